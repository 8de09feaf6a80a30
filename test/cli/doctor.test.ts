/** `doctor` as a person runs it: two sources of one release, with and without an authority, beside a server and alone. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createGitFixture, type GitFixture } from '../support/git-fixture.ts'
import { runCli, type Started, startCli } from './run-cli.ts'

const day = 24 * 3_600_000
const timeOf = (at: number) => `${new Date(at).toISOString().slice(0, 19)}Z`

let folder = ''
let repository: GitFixture
let server: Started

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'shiplog-doctor-'))
  repository = createGitFixture()
  for (const [index, days] of [20, 10, 5].entries()) {
    const at = timeOf(Date.now() - days * day)
    repository.tag(`v1.${index}.0`, repository.commit(`Release ${index}`, { at }), at)
  }
})
afterAll(() => {
  server?.process.kill('SIGTERM')
  repository.remove()
  rmSync(folder, { recursive: true, force: true })
})

function configure(authority: string) {
  const source = `{ id: tags, type: git, path: ${JSON.stringify(repository.dir)} }`
  writeFileSync(path.join(folder, 'shiplog.yaml'), `sources: [${source}]\nservices: [{ id: shop, source: tags${authority} }]\n`)
}

async function serve(): Promise<string> {
  server = startCli(['serve', '--port', '0'], { cwd: folder, env: { LOG_LEVEL: 'info' } })
  const said = await server.said(/"url":"http:[^"]+"/)
  return /"url":"(http:[^"]+)"/.exec(said)?.[1] ?? ''
}

async function stop() {
  server.process.kill('SIGTERM')
  await server.finished
}

interface Found {
  check: string
  where: string
  state: string
  write: string | null
}

const doctor = (...args: string[]) => runCli(['doctor', ...args], { cwd: folder })
const findings = (out: string, check: string) => (JSON.parse(out).findings as Found[]).filter((finding) => finding.check === check)

describe('shiplog doctor', { timeout: 180_000 }, () => {
  it('is content with a folder in which nothing is collected, and creates no database', async () => {
    configure('')
    const { code, out, err } = await doctor('--data', 'empty')
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toMatch(/^ok +Database +embedded; the first collection creates it$/m)
    expect(out).toMatch(/^ok +Source tags: rule +.* 3 of 3 would count\.$/m)
  })

  it('points out a release that counts twice, ends with 1, and is content once an authority is named', async () => {
    configure('')
    expect((await runCli(['collect'], { cwd: folder })).code).toBe(0)
    const url = await serve()
    const reported = [20, 10, 5].map((days, index) => {
      const finishedAt = timeOf(Date.now() - days * day + 600_000)
      return {
        id: `argo-${index}`,
        service: 'shop',
        environment: 'production',
        version: `shop@sha256:${String(index).repeat(64)}`,
        status: 'succeeded',
        finishedAt,
      }
    })
    const posted = await fetch(`${url}/api/v1/deployments`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ items: reported }),
    })
    expect(await posted.json()).toEqual({ accepted: 3, unchanged: 0 })
    const doubled = await doctor()
    expect(doubled).toMatchObject({ code: 1, err: expect.stringMatching(/^1 of \d+ checks found what must be mended\.$/m) })
    expect(doubled.out).toMatch(/^ok +Database +embedded, in use: the server at http/m)
    expect(doubled.out).toMatch(
      /^FAULT +Service shop, production: double counting +api \(3 to production\) and tags \(3 to production\) .* 3 pairs look like one release[^\n]*\n +write: services: \[\{ id: shop, \.\.\., authority: \{ production: api \} \}\]$/m,
    )
    const json = await doctor('--json')
    expect(json.code).toBe(1)
    expect(findings(json.out, 'double_counting')).toMatchObject([{ state: 'fault', write: expect.stringContaining('authority') }])
    await stop()

    configure(', authority: { production: api }')
    await serve()
    const mended = await doctor('--json')
    expect(mended).toMatchObject({ code: 0, err: '' })
    expect(findings(mended.out, 'double_counting')).toEqual([])
    expect(findings(mended.out, 'authority')).toMatchObject([{ where: 'Service shop, production', state: 'good' }])
    const metrics = await runCli(['metrics', '--scope', 'service:shop', '--json'], { cwd: folder })
    const { deployment_frequency: frequency, change_lead_time: lead } = JSON.parse(metrics.out).metrics
    expect(frequency).toMatchObject({ n: 3, excluded: { witness: 3 } })
    // Each of the last two carried the commit of its tag, which only the witness knew.
    expect(lead.n).toBe(2)
    await stop()
  })

  it('says without a server what is there, and what is only late', async () => {
    const { code, out } = await doctor()
    expect(code).toBe(0)
    expect(out).toMatch(/^ok +Database +embedded, opens$/m)
    expect(out).toMatch(/^ok +Source tags: lag +It was last read /m)
  })

  it('ends with 1 where a source is not reached', async () => {
    const file = path.join(folder, 'gone.yaml')
    writeFileSync(file, 'sources: [{ id: gone, type: git, path: ./gone }]\n')
    const { code, out, err } = await doctor('--config', file)
    expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining('1 of ') })
    expect(out).toMatch(/^FAULT +Source gone: connection +.*gone/m)
  })
})
