import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createGitFixture, type GitFixture } from '../support/git-fixture.ts'
import { deploymentsOf, factsOf, runSource } from '../support/run-git-source.ts'

let repo: GitFixture
const branch = () => ({ path: repo.dir, deployments: { branch: true } })
beforeEach(() => {
  repo = createGitFixture()
})
afterEach(() => repo.remove())

describe('where a repository is', () => {
  test('no folder', async () => {
    await expect(runSource({ path: `${repo.dir}/none` })).rejects.toMatchObject({
      code: 'source_failed',
      message: `There is no folder ${repo.dir}/none. Correct the path, in the configuration or after --git.`,
      mend: 'Correct the path, in the configuration or after --git.',
    })
  })

  test('a folder within a repository is not that repository', async () => {
    repo.commit('one')
    mkdirSync(`${repo.dir}/sub`)
    await expect(runSource({ path: `${repo.dir}/sub` })).rejects.toThrow(/sub is not a git repository. Set path to the top folder/)
  })

  test('a bare repository, a .git folder and a linked work tree are read alike', async () => {
    const one = repo.commit('one')
    const base = mkdtempSync(path.join(tmpdir(), 'shiplog-git-'))
    try {
      repo.git(['clone', '--quiet', '--bare', repo.dir, `${base}/bare`])
      repo.git(['worktree', 'add', '--quiet', '--detach', `${base}/tree`])
      for (const place of [`${base}/bare`, `${base}/tree`, `${repo.dir}/.git`]) {
        expect(deploymentsOf(await runSource({ path: place, deployments: { branch: true } }))).toEqual([one])
      }
    } finally {
      rmSync(base, { recursive: true, force: true })
    }
  })

  test('an empty repository gives no facts, a note and a success', async () => {
    for (const deployments of ['auto', { branch: true }, { branch: 'main' }, { tags: 'v.*' }]) {
      const run = await runSource({ path: repo.dir, deployments })
      expect(run.facts).toEqual([])
      expect(run.notes).toEqual(['The repository is empty: there is nothing to count yet.'])
    }
    const empty = await runSource({ path: repo.dir })
    const one = repo.commit('one')
    expect(deploymentsOf(await runSource({ path: repo.dir }, { cursor: empty.cursor }))).toEqual([one])
  })

  test('a shallow clone is refused with the way to mend it', async () => {
    repo.commit('one')
    repo.commit('two')
    const clone = `${repo.dir}/clone`
    repo.git(['clone', '--quiet', '--depth=1', pathToFileURL(repo.dir).href, clone])
    await expect(runSource({ path: clone })).rejects.toMatchObject({ mend: expect.stringContaining('git fetch --unshallow') })
  })

  test('a HEAD without a commit is told, and tags still count', async () => {
    repo.commit('one')
    repo.tag('v1.0.0')
    repo.git(['symbolic-ref', 'HEAD', 'refs/heads/none'])
    const run = await runSource({ path: repo.dir })
    expect(deploymentsOf(run)).toEqual(['v1.0.0'])
    expect(factsOf(run, 'head')).toEqual([])
    expect(run.notes[1]).toContain('HEAD names the branch none, which has no commit')
  })

  test('is read in place: not a byte of it changes', async () => {
    repo.commit('one')
    repo.tag('v1.0.0')
    const before = listing(repo.dir)
    await runSource({ path: repo.dir })
    expect(listing(repo.dir)).toEqual(before)
  })

  test('what its own configuration could execute is not executed', async () => {
    repo.commit('one')
    repo.tag('v1.0.0')
    const trap = `${repo.dir}/trap.sh`
    writeFileSync(trap, `#!/bin/sh\ntouch '${repo.dir}/sprung'\n`)
    chmodSync(trap, 0o755)
    const keys = [
      'core.fsmonitor',
      'core.pager',
      'core.sshCommand',
      'gpg.program',
      'core.alternateRefsCommand',
      'diff.external',
      'core.askPass',
    ]
    for (const key of keys) repo.git(['config', key, trap])
    for (const [key, value] of [
      ['log.showSignature', 'true'],
      ['core.hooksPath', repo.dir],
      ['alias.rev-list', `!${trap}`],
    ] as const) {
      repo.git(['config', key, value])
    }
    expect(deploymentsOf(await runSource({ path: repo.dir }))).toEqual(['v1.0.0'])
    expect(existsSync(`${repo.dir}/sprung`)).toBe(false)
  })

  test.each([
    ['emptied', (file: string) => writeFileSync(file, '')],
    ['overwritten', (file: string) => writeFileSync(file, 'not an object')],
    ['removed', (file: string) => rmSync(file)],
  ])('an object that is %s is a fault that quotes git and names git fsck', async (_, damage) => {
    const one = repo.commit('one')
    repo.commit('two')
    const file = `${repo.dir}/.git/objects/${one.slice(0, 2)}/${one.slice(2)}`
    chmodSync(file, 0o644)
    damage(file)
    await expect(runSource(branch())).rejects.toMatchObject({
      code: 'source_failed',
      message: expect.stringMatching(/is damaged. git says: (?:fatal|error): .*Run `git fsck --full`/),
    })
  })

  test('a tag whose object is gone is damage too', async () => {
    const one = repo.commit('one')
    repo.tag('v1.0.0', one, '2026-01-06T00:00:00Z')
    const object = repo.git(['rev-parse', 'v1.0.0'])
    rmSync(`${repo.dir}/.git/objects/${object.slice(0, 2)}/${object.slice(2)}`)
    await expect(runSource({ path: repo.dir })).rejects.toMatchObject({ mend: expect.stringContaining('git fsck') })
  })
})

describe('what is in a repository', () => {
  test('dates before 1970, absurd or missing never fail', async () => {
    const tree = repo.git(['mktree'])
    const write = (author: string, committer: string, parent?: string) =>
      repo.object('commit', `tree ${tree}\n${parent ? `parent ${parent}\n` : ''}author ${author}\ncommitter ${committer}\n\nx\n`)
    const old = write('A <a@x> -86400 +0000', 'A <a@x> -3600 +0000')
    const future = write('A <a@x> 99999999999999999 +0000', 'A <a@x> 1000 +0000', old)
    const none = write('A <a@x>', 'nobody', future)
    repo.git(['update-ref', 'HEAD', none])
    const run = await runSource(branch())
    expect(factsOf(run, 'commit').map(({ authoredAt, committedAt }) => [authoredAt, committedAt])).toEqual([
      [-86_400_000, -3_600_000],
      [Date.UTC(9998, 0, 1), 1_000_000],
      [0, 0],
    ])
    expect(factsOf(run, 'deployment').map(({ finishedAt }) => finishedAt)).toEqual([-3_600_000, 1_000_000, 1_000_000])
    expect(run.notes).toEqual([expect.stringContaining('1 commits have a date that cannot be')])
  })

  test('a tag far in the past and one far in the future count, with a note', async () => {
    const sha = repo.commit('one')
    for (const [name, date] of [
      ['v1.0.0', '-86400'],
      ['v1.0.1', '99999999999999999'],
    ]) {
      const tag = repo.object('tag', `object ${sha}\ntype commit\ntag ${name}\ntagger A <a@x> ${date} +0000\n\nx\n`)
      repo.git(['update-ref', `refs/tags/${name}`, tag])
    }
    const run = await runSource({ path: repo.dir })
    expect(factsOf(run, 'deployment').map(({ finishedAt }) => finishedAt)).toEqual([-86_400_000, Date.UTC(9998, 0, 1)])
    expect(run.notes[1]).toContain('v1.0.1')
  })

  test('names and messages in other encodings are kept, byte for byte where no encoding is named', async () => {
    repo.commit(Buffer.from([0x47, 0x72, 0xfc, 0xdf, 0x65]), { author: { name: 'Zoë', mail: 'z@x' } })
    const tree = repo.git(['mktree'])
    const latin = Buffer.concat([
      Buffer.from(`tree ${tree}\nparent ${repo.git(['rev-parse', 'HEAD'])}\nauthor J`),
      Buffer.from([0xf6]),
      Buffer.from('rg <j@x> 1000 +0000\ncommitter A <a@x> 1000 +0000\nencoding ISO-8859-1\n\nGr'),
      Buffer.from([0xfc]),
      Buffer.from('n\n'),
    ])
    repo.git(['update-ref', 'HEAD', repo.object('commit', latin)])
    const run = await runSource(branch())
    expect(factsOf(run, 'commit').map(({ author, message }) => [author, message?.trim()])).toEqual([
      ['Zoë <z@x>', 'Grüße'],
      ['Jörg <j@x>', 'Grün'],
    ])
  })

  test('a NUL or nothing at all in a message, and fields that look like the format, do not confuse the reading', async () => {
    const one = repo.commit('')
    const tree = repo.git(['mktree'])
    const nul = repo.object('commit', `tree ${tree}\nparent ${one}\nauthor  <> 1000 +0000\ncommitter A <a@x> 1000 +0000\n\nbefore\0after\n`)
    repo.git(['update-ref', 'HEAD', nul])
    const three = repo.commit(`\n\n${one}\n%H%x00\n`)
    const run = await runSource(branch())
    expect(factsOf(run, 'commit').map(({ sha }) => sha)).toEqual([one, nul, three])
    expect(factsOf(run, 'commit').every(({ message }) => !message?.includes('\0'))).toBe(true)
    expect(factsOf(run, 'commit')[1]?.author).toBeUndefined()
  })

  test('grafts, replaced objects and mailmaps change nothing', async () => {
    const one = repo.commit('one')
    const two = repo.commit('two')
    const other = repo.git(['commit-tree', '-m', 'other', repo.git(['mktree'])])
    repo.git(['replace', two, other])
    mkdirSync(`${repo.dir}/.git/info`, { recursive: true })
    writeFileSync(`${repo.dir}/.git/info/grafts`, `${two}\n`)
    writeFileSync(`${repo.dir}/.mailmap`, 'Somebody Else <ada@example.com>\n')
    const run = await runSource(branch())
    expect(factsOf(run, 'commit').map(({ sha, message, author }) => [sha, message?.trim(), author])).toEqual([
      [one, 'one', 'Ada Example <ada@example.com>'],
      [two, 'two', 'Ada Example <ada@example.com>'],
    ])
  })

  test('ids of 64 digits are read as well', async () => {
    const sha256 = createGitFixture()
    try {
      rmSync(`${sha256.dir}/.git`, { recursive: true })
      sha256.git(['init', '--quiet', '--object-format=sha256', '--initial-branch=main'])
      const shas = [sha256.commit('one'), sha256.commit('two')]
      const first = await runSource({ path: sha256.dir, deployments: { branch: true } })
      expect(deploymentsOf(first)).toEqual(shas)
      expect((await runSource({ path: sha256.dir, deployments: { branch: true } }, { cursor: first.cursor })).batches).toEqual([])
    } finally {
      sha256.remove()
    }
  })
})

/** Every file with its content. */
function listing(folder: string): [string, string][] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => path.join(folder, name))
    .filter((name) => statSync(name).isFile())
    .sort()
    .map((name) => [name, readFileSync(name, 'latin1')])
}
