/** Git over http of the fake, by the real git. */
import { execFile, execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { Octokit } from '@octokit/rest'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { renameRepository } from './change-issues.ts'
import { type GithubFake, startGithub } from './start-github.ts'
import { addRepository, createWorld, type Repository, type World } from './world.ts'

const run = promisify(execFile)
let folder: string
let world: World
let repository: Repository
let github: GithubFake

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'fake-github-'))
  const work = path.join(folder, 'work')
  const gitDir = path.join(folder, 'shop.git')
  const who = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com']
  execFileSync('git', ['init', '-q', '-b', 'main', work])
  for (const message of ['Start', 'Add a cart']) execFileSync('git', ['-C', work, ...who, 'commit', '-q', '--allow-empty', '-m', message])
  execFileSync('git', ['-C', work, ...who, 'tag', '-a', 'v1', '-m', 'First'])
  execFileSync('git', ['clone', '-q', '--bare', work, gitDir])
  world = createWorld()
  repository = addRepository(world, { owner: 'acme', name: 'shop', gitDir })
  github = await startGithub(world)
})
afterEach(async () => {
  await github.stop()
  rmSync(folder, { recursive: true, force: true })
})

function clone(token: string | null, ...options: string[]): Promise<unknown> {
  const authorization = token === null ? [] : ['-c', `http.extraHeader=Authorization: Basic ${btoa(`x-access-token:${token}`)}`]
  const args = [...authorization, '-c', 'credential.helper=', 'clone', '-q', '--bare', ...options]
  const env = { ...process.env, GIT_TERMINAL_PROMPT: '0' }
  return run('git', [...args, `${github.url}/acme/shop.git`, path.join(folder, 'copy.git')], { env })
}

it('serves a partial clone to the right token', async () => {
  await clone(github.token, '--filter=blob:none')
  expect(existsSync(path.join(folder, 'copy.git', 'HEAD'))).toBe(true)
  const v2 = github.requests.filter((request) => request.headers['git-protocol'] === 'version=2')
  expect(v2.length).toBe(github.requests.length)
  expect(github.requests.every((request) => request.kind === 'git' && request.status === 200)).toBe(true)
})

it('refuses others, and follows a rename', async () => {
  await expect(clone(null)).rejects.toThrow()
  expect(github.requests.at(-1)?.status).toBe(401)
  await expect(clone('wrong')).rejects.toThrow()
  expect(github.requests.at(-1)?.status).toBe(401)
  github.permissions.contents = 'none'
  await expect(clone(github.token)).rejects.toThrow(/403/)
  github.permissions.contents = 'read'
  renameRepository(world, repository, '2026-03-01T00:00:00Z', 'store')
  await clone(github.token)
  repository.hidden = true
  rmSync(path.join(folder, 'copy.git'), { recursive: true })
  await expect(clone(github.token)).rejects.toThrow(/not found/)
})

it('tells the commits and tags of the real repository over the API', async () => {
  const octokit = new Octokit({ baseUrl: github.baseUrl, auth: github.token })
  const { data } = await octokit.rest.repos.listCommits({ owner: 'acme', repo: 'shop' })
  expect(data.map((commit) => commit.commit.message)).toEqual(['Add a cart', 'Start'])
  const tags = await octokit.rest.git.listMatchingRefs({ owner: 'acme', repo: 'shop', ref: 'tags' })
  expect(tags.data[0]).toMatchObject({ ref: 'refs/tags/v1', object: { type: 'tag' } })
})
