/** The command line in processes of its own, on a small repository. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { MetricsAnswer } from '../server/metrics/answer.ts'
import { type Finished, runCli, startCli } from './cli/run-cli.ts'
import { createGitFixture, type GitFixture } from './support/git-fixture.ts'

let folder = ''
let repository: GitFixture

/** Three releases of two commits each; the third reverts a commit of the second. */
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'shiplog-cli-'))
  repository = createGitFixture()
  for (const [month, message] of [
    ['01', 'Add totals'],
    ['02', 'Round totals'],
    ['03', ''],
  ] as const) {
    const first = repository.git(['rev-list', '--max-count=1', '--all'])
    const last = repository.commit(message === '' ? `Revert "Round totals"\n\nThis reverts commit ${first}.` : message, {
      at: `2026-${month}-02T09:00:00Z`,
    })
    repository.tag(`v1.${Number(month)}.0`, last, message === '' ? '2026-02-04T09:00:00Z' : `2026-${month}-03T09:00:00Z`)
  }
  writeFileSync(path.join(folder, 'shiplog.yaml'), `sources: [{ id: shop, type: git, path: ${JSON.stringify(repository.dir)} }]\n`)
})
afterAll(() => {
  repository.remove()
  rmSync(folder, { recursive: true, force: true })
})

const cli = (args: string[], env: Record<string, string> = {}) => runCli(args, { cwd: folder, env })
const window = ['--scope', 'service:shop', '--from', '2026-01-01', '--to', '2026-04-01']

describe('what is not understood ends with 2, and nothing on stdout', () => {
  it.each([
    ['an unknown command', ['metricks'], /unknown command 'metricks'[\s\S]*Did you mean metrics/],
    ['no command', [], /Usage: shiplog/],
    ['an unknown option', ['metrics', '--form', 'x'], /unknown option '--form'[\s\S]*Did you mean --from/],
    ['a format that is none', ['report', '--format', 'pdf'], /Allowed choices are md, html, csv, json/],
    ['a missing file', ['metrics', '--config', 'none.yaml'], /none\.yaml does not exist/],
    ['a file and a repository', ['metrics', '--config', 'shiplog.yaml', '--git', '.'], /Give one of them/],
    ['an unknown source', ['collect', '--source', 'shpo'], /no source shpo; did you mean shop\? Configured: shop\./],
    ['a source like none', ['preview', '--source', 'elsewhere'], /There is no source elsewhere\. Configured: shop\./],
  ])('%s', async (_name, args, said) => {
    const { code, out, err } = await cli(args)
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toMatch(said)
  })

  it('a database that is none, without repeating its password', async () => {
    const { code, err } = await cli(['metrics'], { DATABASE_URL: 'mysql://me:sesame@db/x' })
    expect(code).toBe(2)
    expect(err).toMatch(/DATABASE_URL is not the address of a PostgreSQL/)
    expect(err).not.toMatch(/sesame/)
  })

  it('the demo in a database', async () => {
    const { code, err } = await runCli(['collect'], { cwd: repository.dir, env: { DATABASE_URL: 'postgres://db/x' } })
    expect(code).toBe(2)
    expect(err).toMatch(/the demo never goes into a database of yours/)
  })
})

describe('without a server', { timeout: 180_000 }, () => {
  let collected: Finished
  beforeAll(async () => {
    collected = await cli(['collect'])
  })

  it('says that nothing is collected yet, and creates nothing', async () => {
    const { code, out, err } = await cli(['metrics', ...window, '--data', 'empty'])
    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(err).toMatch(/Nothing is collected in .*empty yet\. Run .*collect/)
  })

  it('collects with plain lines on stderr, and answers as the API does', async () => {
    expect(collected).toMatchObject({ code: 0, out: '' })
    expect(collected.err).toMatch(/^shop: Each tag like v1\.2\.3 .*\nshop: 7 facts new or changed, 0 unchanged, in [\d.]+ s$/m)
    expect(collected.err).not.toContain('\u001b')

    const json = await cli(['metrics', ...window, '--json'])
    expect(json).toMatchObject({ code: 0, err: '' })
    const answer = JSON.parse(json.out) as MetricsAnswer
    expect(answer).toMatchObject({ scope: 'service:shop', from: '2026-01-01', to: '2026-04-01', bucket: 'week', definition: 'dora@1' })
    expect(answer.metrics.deployment_frequency.n).toBe(3)
    expect(answer.metrics.change_fail_rate).toMatchObject({ count: 1, n: 3, signals: ['revert'] })

    const table = await cli(['metrics', ...window])
    expect(table).toMatchObject({ code: 0, err: '' })
    expect(table.out).toMatch(/^service:shop {2}2026-01-01 to 2026-04-01/)
    expect(table.out).toMatch(/Change fail rate +33 % .*1 of 3 deployments/)

    const unknown = await cli(['metrics', '--scope', 'service:shpo'])
    expect(unknown).toMatchObject({ code: 1, out: '', err: expect.stringContaining('There is no service shpo. Known services: shop.') })
    const day = await cli(['metrics', '--from', '2026-02-30'])
    expect(day).toMatchObject({ code: 2, out: '', err: expect.stringContaining('from: ') })
  })

  it('previews, reports and checks', async () => {
    const preview = await cli(['preview'])
    expect(preview).toMatchObject({ code: 0, err: '' })
    expect(preview.out).toMatch(/v1\.1\.0 +2026-01-03T09:00:00.* counted/)

    const tried = await cli(['preview', '--source', 'shop', '--deployments', '{ tags: "v1.[12].0" }'])
    expect(tried).toMatchObject({ code: 0, err: '' })
    expect(tried.out).toMatch(/^2 of 3 things looked at would be deployments\n {2}1: does not match$/m)
    expect(tried.out).toMatch(/To keep this rule, write in shiplog\.yaml:\n {2}deployments: \{ tags: 'v1\.\[12\]\.0' \}$/m)
    const refused = await cli(['preview', '--deployments', '{ tag: x }'])
    expect(refused).toMatchObject({ code: 2, out: '', err: 'deployments.tag: is not a known key; write tags\n' })

    const first = await cli(['report', '--scope', 'service:shop', '--week', '2026-W06'])
    expect(first).toMatchObject({ code: 0, err: '', out: expect.stringMatching(/^# /) })
    expect(await cli(['report', '--scope', 'service:shop', '--week', '2026-W06'])).toEqual(first)

    const doctor = await cli(['doctor'])
    expect(doctor.out).toMatch(/ok +Source shop: rule +.*3 of 3 would count/)
    expect(doctor).toMatchObject({ code: 0, err: '' })
  })

  it('collects a paused source no more until it is resumed, and says how', async () => {
    expect(await cli(['pause', '--source', 'shop'])).toMatchObject({ code: 0, out: '', err: expect.stringMatching(/^shop: paused/) })
    const named = await cli(['collect', '--source', 'shop'])
    expect(named).toMatchObject({ code: 1, err: expect.stringMatching(/^shop: paused\. Resume it with .*resume --source shop/) })
    expect(await cli(['collect'])).toMatchObject({ code: 0, err: expect.stringMatching(/^shop: paused\. Resume it with/) })
    expect(await cli(['resume', '--source', 'shop'])).toMatchObject({ code: 0, err: expect.stringMatching(/^shop: resumed/) })
    expect(await cli(['collect'])).toMatchObject({ code: 0, err: expect.stringContaining('nothing new') })
  })

  it('moves everything to another folder, and derives it anew', async () => {
    const before = (await cli(['metrics', ...window, '--json'])).out
    const exported = await cli(['export', 'backup.jsonl'])
    expect(exported).toMatchObject({ code: 0, out: '' })
    expect(await cli(['export', 'backup.jsonl'])).toMatchObject({ code: 1, err: expect.stringContaining('is there already') })
    expect((await cli(['export'])).out).toBe(readFileSync(path.join(folder, 'backup.jsonl'), 'utf8'))
    expect(await cli(['import', 'backup.jsonl', '--data', 'second'])).toMatchObject({ code: 0, out: '' })
    expect((await cli(['metrics', ...window, '--json', '--data', 'second'])).out).toBe(before)
    expect(await cli(['rebuild', '--data', 'second'])).toMatchObject({ code: 0, err: expect.stringContaining('1 service') })
    expect(await cli(['import', 'backup.jsonl', '--data', 'second'])).toMatchObject({ code: 1, err: expect.stringContaining('not empty') })
  })

  it('goes on with the other sources where one fails, and ends with 1', async () => {
    writeFileSync(
      path.join(folder, 'two.yaml'),
      `sources:\n  - { id: gone, type: git, path: ./gone }\n  - { id: shop, type: git, path: ${JSON.stringify(repository.dir)} }\n`,
    )
    const { code, out, err } = await cli(['collect', '--config', 'two.yaml'])
    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(err).toMatch(/^gone: .*gone/m)
    expect(err).toMatch(/^shop: 7 facts new or changed/m)
    expect(err).toMatch(/^Not collected: gone\.$/m)
  })

  it('says beside the numbers which of their sources failed, and what their data is as of', async () => {
    const failed = await cli(['metrics', '--config', 'two.yaml', ...window])
    expect(failed).toMatchObject({ code: 0, err: '' })
    const all = await cli(['metrics', '--config', 'two.yaml', '--json'])
    expect(all.err).toMatch(/^Source gone failed at [\dT:-]+Z: There is no folder .*\. It has never been read\.$/m)
    expect(JSON.parse(all.out)).toMatchObject({ scope: 'org' })
  })
})

describe('with a server that has the folder open', { timeout: 180_000 }, () => {
  it('works through it, is refused where it cannot, and the server ends with 0 on SIGTERM', async () => {
    const server = startCli(['serve', '--port', '0', '--data', 'served'], { cwd: folder, env: { LOG_LEVEL: 'silent' } })
    try {
      await server.said(/^Shiplog is at http:\/\/127\.0\.0\.1:\d+ with shop\.$/m)
      const served = ['--data', 'served']
      const collected = await cli(['collect', ...served])
      expect(collected).toMatchObject({
        code: 0,
        out: '',
        err: expect.stringMatching(/^The server at http:\/\/127\.0\.0\.1:\d+ has the folder open; it collects\.\nshop: /),
      })
      const answer = JSON.parse((await cli(['metrics', ...window, '--json', ...served])).out) as MetricsAnswer
      expect(answer.metrics.deployment_frequency.n).toBe(3)
      expect(await cli(['pause', ...served])).toMatchObject({ code: 0 })
      expect(await cli(['collect', ...served])).toMatchObject({ code: 0, err: expect.stringContaining('shop: paused. Resume it') })
      expect(await cli(['resume', ...served])).toMatchObject({ code: 0 })
      const refused = await cli(['rebuild', ...served])
      expect(refused).toMatchObject({ code: 1, out: '', err: expect.stringMatching(/in use by process \d+.*stop it first/) })
    } finally {
      server.process.kill('SIGTERM')
    }
    expect(await server.finished).toMatchObject({ code: 0, out: '' })
  })
})
