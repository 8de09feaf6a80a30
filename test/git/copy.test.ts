import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createGitFixture, type GitFixture } from '../support/git-fixture.ts'
import { certificate, type GitHttpsFake, startGitHttpsFake } from '../support/git-https-fake.ts'
import { deploymentsOf, factsOf, runSource, standing } from '../support/run-git-source.ts'

let repo: GitFixture
let dataDir: string
const url = () => pathToFileURL(repo.dir).href
beforeEach(() => {
  repo = createGitFixture()
  dataDir = mkdtempSync(path.join(tmpdir(), 'shiplog-data-'))
})
afterEach(() => {
  repo.remove()
  rmSync(dataDir, { recursive: true, force: true })
})

describe('a repository behind an address', () => {
  test('gives the same facts as in place', async () => {
    const one = repo.commit('one')
    repo.tag('v1.0.0', one, '2026-01-06T00:00:00Z')
    repo.git(['switch', '--quiet', '-c', 'topic'])
    repo.merge([repo.commit('two')])
    repo.git(['switch', '--quiet', '-f', 'main'])
    for (const deployments of ['auto', { branch: 'topic' }, { branch: true }]) {
      const local = await runSource({ path: repo.dir, deployments })
      expect((await runSource({ url: url(), deployments }, { dataDir })).facts).toEqual(local.facts)
    }
  })

  test('holds commits and tags but no file', async () => {
    repo.git(['config', 'uploadpack.allowFilter', 'true'])
    writeFileSync(`${repo.dir}/file`, 'content')
    repo.git(['add', 'file'])
    const tree = repo.git(['write-tree'])
    repo.git(['update-ref', 'HEAD', repo.git(['commit-tree', tree, '-m', 'with a file'])])
    await runSource({ url: url() }, { dataDir })
    const packs = `${dataDir}/copy.git/objects/pack`
    const index = readdirSync(packs).find((name) => name.endsWith('.idx')) ?? ''
    const objects = repo.git(['verify-pack', '-v', `${packs}/${index}`])
    expect(objects).toMatch(/ commit /)
    expect(objects).not.toMatch(/ (?:tree|blob) /)
  })

  test('follows new commits, moved and deleted tags, branches by force and a new default branch', async () => {
    const one = repo.commit('one')
    repo.tag('v1.0.0')
    repo.tag('v1.0.1')
    const runs = [await runSource({ url: url() }, { dataDir })]
    const again = async () => {
      runs.push(await runSource({ url: url() }, { dataDir, cursor: runs.at(-1)?.cursor }))
      return runs.at(-1)
    }
    repo.commit('two')
    repo.tag('v1.0.1')
    repo.git(['tag', '-d', 'v1.0.0'])
    await again()
    expect(deploymentsOf(...runs)).toEqual(['v1.0.1'])
    repo.git(['update-ref', 'HEAD', one])
    const other = repo.commit('other')
    await again()
    expect(standing(...runs).get('head')).toMatchObject({ branch: 'main', sha: other })
    repo.git(['branch', '-m', 'main', 'trunk'])
    await again()
    expect(standing(...runs).get('head')).toMatchObject({ branch: 'trunk', sha: other })
    repo.git(['checkout', '--quiet', '--detach'])
    const loose = repo.commit('loose')
    await again()
    expect(standing(...runs).get('head')).toMatchObject({ branch: 'HEAD', sha: loose })
    expect((await again())?.batches).toEqual([])
  })

  test('an empty one is a success with a note, and later commits are read', async () => {
    const first = await runSource({ url: url() }, { dataDir })
    expect(first.notes).toEqual(['The repository is empty: there is nothing to count yet.'])
    const one = repo.commit('one')
    expect(deploymentsOf(await runSource({ url: url() }, { dataDir, cursor: first.cursor }))).toEqual([one])
  })

  test('one that is not there is a fault with a mend', async () => {
    await expect(runSource({ url: `${url()}-none` }, { dataDir })).rejects.toMatchObject({
      code: 'source_failed',
      message: expect.stringMatching(/^There is no repository at file:.*-none, or it is hidden/),
    })
    expect(readdirSync(dataDir)).toEqual([])
  })

  test('a shallow one is refused', async () => {
    repo.commit('one')
    repo.commit('two')
    repo.git(['clone', '--quiet', '--depth=1', url(), `${repo.dir}/shallow`])
    const run = runSource({ url: `${url()}/shallow` }, { dataDir })
    await expect(run).rejects.toMatchObject({ mend: expect.stringContaining('git fetch --unshallow') })
  })

  test('a damaged copy is removed, and the next run makes it anew', async () => {
    const one = repo.commit('one')
    const first = await runSource({ url: url() }, { dataDir })
    const packs = `${dataDir}/copy.git/objects/pack`
    const pack = `${packs}/${readdirSync(packs).find((name) => name.endsWith('.pack'))}`
    chmodSync(pack, 0o644)
    const bytes = readFileSync(pack)
    writeFileSync(pack, bytes.fill(0, 14, bytes.length - 20))
    await expect(runSource({ url: url() }, { dataDir })).rejects.toMatchObject({ code: 'source_failed' })
    expect(existsSync(`${dataDir}/copy.git`)).toBe(false)
    expect(deploymentsOf(await runSource({ url: url() }, { dataDir }))).toEqual([one])
    expect((await runSource({ url: url() }, { dataDir, cursor: first.cursor })).batches).toEqual([])
  })

  test('damage on the server leaves the copy alone', async () => {
    const one = repo.commit('one')
    const first = await runSource({ url: url() }, { dataDir })
    const two = repo.commit('two')
    repo.commit('three')
    rmSync(`${repo.dir}/.git/objects/${two.slice(0, 2)}/${two.slice(2)}`)
    const run = runSource({ url: url() }, { dataDir, cursor: first.cursor })
    await expect(run).rejects.toThrow(/The server could not read its own repository/)
    expect(repo.git(['--git-dir', `${dataDir}/copy.git`, 'rev-parse', 'HEAD'])).toBe(one)
  })

  test('locks and unfinished packs that a killed git left behind do not stop the next run', async () => {
    repo.commit('one')
    await runSource({ url: url() }, { dataDir })
    for (const name of ['packed-refs.lock', 'HEAD.lock', 'refs/heads/main.lock', 'objects/pack/tmp_pack_x']) {
      writeFileSync(`${dataDir}/copy.git/${name}`, '')
    }
    const two = repo.commit('two')
    const run = await runSource({ url: url() }, { dataDir })
    expect(factsOf(run, 'head')[0]?.sha).toBe(two)
    expect(existsSync(`${dataDir}/copy.git/objects/pack/tmp_pack_x`)).toBe(false)
  })
})

describe('https', () => {
  const token = 'secret-token-0123456789'
  const header = `Basic ${Buffer.from(`x-access-token:${token}`).toString('base64')}`
  let fake: GitHttpsFake
  beforeEach(() => {
    writeFileSync(`${dataDir}/ca.pem`, certificate)
    process.env.GIT_SSL_CAINFO = `${dataDir}/ca.pem`
  })
  afterEach(async () => {
    delete process.env.GIT_SSL_CAINFO
    await fake.close()
  })

  test('the token goes in a header, and nowhere into the copy', async () => {
    const one = repo.commit('one')
    fake = await startGitHttpsFake(repo.dir, header)
    const run = await runSource({ url: `${fake.origin}/.git`, token }, { dataDir })
    expect(deploymentsOf(run)).toEqual([one])
    expect(new Set(fake.authorizations)).toEqual(new Set([header]))
    for (const name of readdirSync(`${dataDir}/copy.git`, { recursive: true, encoding: 'utf8' })) {
      const file = `${dataDir}/copy.git/${name}`
      if (statSync(file).isFile()) expect(readFileSync(file, 'latin1')).not.toContain(token)
    }
  })

  test.each([
    ['without a token', undefined, /asks for credentials.*Set token to the name of an environment variable/],
    ['with a wrong one', 'wrong-token', /refused the token.*Check that the token is valid/],
  ])('%s the error says what to do and holds no secret', async (_, wrong, message) => {
    fake = await startGitHttpsFake(repo.dir, header)
    const error = await runSource({ url: `${fake.origin}/.git`, token: wrong }, { dataDir }).catch((caught: unknown) => caught)
    expect(error).toMatchObject({ code: 'source_failed', message: expect.stringMatching(message) })
    const told = JSON.stringify(error) + String((error as Error).stack) + String((error as Error).cause)
    for (const secret of ['wrong-token', Buffer.from('x-access-token:wrong-token').toString('base64')]) expect(told).not.toContain(secret)
  })

  test('a token is in no argument of a process', async () => {
    let seen = ''
    fake = await startGitHttpsFake(repo.dir, header, () => {
      for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
        try {
          seen += readFileSync(`/proc/${pid}/cmdline`, 'latin1')
        } catch {
          // It has ended.
        }
      }
      return false
    })
    repo.commit('one')
    await runSource({ url: `${fake.origin}/.git`, token }, { dataDir })
    expect(seen).toContain('ls-remote')
    expect(seen).not.toContain(token)
    expect(seen).not.toContain(header.slice('Basic '.length))
  })

  test('a redirect to another host is not followed with a token', async () => {
    let followed = false
    const other = await startGitHttpsFake(repo.dir, null, () => {
      followed = true
      return false
    })
    fake = await startGitHttpsFake(repo.dir, header, (request, response) => {
      response.writeHead(302, { location: `${other.origin}${request.url}` }).end()
      return true
    })
    const run = runSource({ url: `${fake.origin}/.git`, token }, { dataDir })
    await expect(run).rejects.toThrow(/answers with another address.*Set url to the new address/)
    expect(followed).toBe(false)
    await other.close()
  })

  test('an abort in the middle of a copy ends git and leaves nothing behind', async () => {
    repo.commit('one')
    const stop = new AbortController()
    let pids: string[] = []
    let posts = 0
    fake = await startGitHttpsFake(repo.dir, header, (request) => {
      if (request.method === 'POST') posts++
      if (posts < 2) return false
      pids = childrenOf(process.pid)
      stop.abort(new Error('stopped by the test'))
      return true
    })
    const run = runSource({ url: `${fake.origin}/.git`, token }, { dataDir, signal: stop.signal })
    await expect(run).rejects.toThrow('stopped by the test')
    expect(pids.length).toBeGreaterThan(0)
    expect(childrenOf(process.pid).filter((pid) => pids.includes(pid))).toEqual([])
    expect(readdirSync(dataDir)).toEqual(['ca.pem'])
  })

  test('a process killed in the middle of the first copy leaves nothing that is taken for one', async () => {
    const one = repo.commit('one')
    let asked = () => {}
    const fetching = new Promise<void>((resolve) => {
      asked = resolve
    })
    let stall = true
    // The first one asks for HEAD, before there is a folder to leave behind.
    let posts = 0
    fake = await startGitHttpsFake(repo.dir, null, (request) => {
      if (request.method === 'POST') posts++
      if (!stall || posts < 2) return false
      asked()
      return true
    })
    const script = fileURLToPath(new URL('./copy-child.ts', import.meta.url))
    const child = spawn(process.execPath, ['--import', 'tsx', script, `${fake.origin}/.git`, dataDir], { stdio: 'ignore' })
    await fetching
    child.kill('SIGKILL')
    await once(child, 'close')
    expect(readdirSync(dataDir).join()).toContain(`incoming-${child.pid}-`)
    stall = false
    expect(deploymentsOf(await runSource({ url: `${fake.origin}/.git` }, { dataDir }))).toEqual([one])
    expect(readdirSync(dataDir).sort()).toEqual(['ca.pem', 'copy.git'])
  })

  test('a certificate that nobody trusts is a fault that names the mend', async () => {
    delete process.env.GIT_SSL_CAINFO
    fake = await startGitHttpsFake(repo.dir, header)
    await expect(runSource({ url: `${fake.origin}/.git`, token }, { dataDir })).rejects.toThrow(/No trusted connection .*GIT_SSL_CAINFO/)
  })

  test('a server that has gone is a fault that the next run mends', async () => {
    fake = await startGitHttpsFake(repo.dir, header)
    const gone = fake.origin
    await fake.close()
    await expect(runSource({ url: `${gone}/.git`, token }, { dataDir })).rejects.toThrow(/does not answer.*the next run tries again/)
  })
})

function childrenOf(parent: number): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.split(' ')[1] === String(parent)
    } catch {
      return false
    }
  })
}
