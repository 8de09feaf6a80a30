import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { previewSource } from '../../../server/collector/preview.ts'
import { receiveDelivery } from '../../../server/collector/receive.ts'
import type { SourceConfig } from '../../../server/config.ts'
import { testConfig } from '../../api/open-api.ts'
import { testStore } from '../../support/stores.ts'
import { delivery, deployRule, optionsOf } from '../../support/webhook-things.ts'

const now = new Date('2026-01-05T09:00:00Z')
const body = { event: 'deploy', run: { id: 7, at: '2026-01-05T08:00:00Z' }, app: 'shop', env: 'live', result: 'ok' }
const store = testStore('pglite')
let folder: string

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'shiplog-samples-'))
  writeFileSync(path.join(folder, 'a-deploy.json'), JSON.stringify(body))
  writeFileSync(path.join(folder, 'b-header.json'), JSON.stringify({ headers: { 'X-Event': 'push' }, body: { event: 'test' } }))
  writeFileSync(path.join(folder, 'notes.txt'), 'no sample')
})
afterAll(() => rmSync(folder, { recursive: true }))

// biome-ignore lint/suspicious/noExplicitAny: any options
function sourceWith(more: any): SourceConfig {
  return { id: 'ci', type: 'webhook', options: optionsOf(more), schedule: '0 * * * *' }
}

function preview(source: SourceConfig) {
  const config = testConfig({ sources: [source] })
  return previewSource({ config, dataDir: '/nowhere', now, store: store() }, source, new AbortController().signal)
}

describe('preview', () => {
  test('shows what the rules make of samples, and why not', async () => {
    const { rule, rows, hints } = await preview(sourceWith({ deployments: deployRule, samples: folder }))
    expect(rule).toBe('a rule of deployments')
    expect(rows).toEqual([
      {
        group: 'a-deploy.json',
        name: 'deployment 7',
        at: Date.UTC(2026, 0, 5, 8),
        counted: true,
        reason: 'service shop, environment live, status succeeded, finishedAt 2026-01-05T08:00:00.000Z',
      },
      { group: 'b-header.json', name: 'nothing', at: now.getTime(), counted: false, reason: 'event is "test"; the rule takes deploy' },
    ])
    expect(hints).toEqual([])
  })

  test('shows deliveries that are kept: those that wait and those that failed', async () => {
    const source = sourceWith({ deployments: deployRule, setup: true })
    const deps = { store: store(), config: testConfig({ sources: [source] }), now: () => now }
    await receiveDelivery(deps, 'ci', delivery({ ...body, result: 'odd' }))
    await receiveDelivery(deps, 'ci', delivery({ event: 'test' }))
    const { rows } = await preview(source)
    expect(rows.map(({ name, counted, reason }) => ({ name, counted, reason }))).toEqual([
      { name: 'nothing', counted: false, reason: 'event is "test"; the rule takes deploy' },
      { name: 'deployment', counted: false, reason: 'status: "odd" is not in the map; add it, or otherwise:' },
    ])
    expect(rows[0]?.group).toMatch(/^delivery sha256:/)
  })

  test('says what to do where there is nothing to look at', async () => {
    expect((await preview(sourceWith({ deployments: deployRule }))).hints).toHaveLength(3)
  })

  test('says which samples cannot be read', async () => {
    await expect(preview(sourceWith({ deployments: deployRule, samples: path.join(folder, 'none.json') }))).rejects.toThrow(
      /none\.json cannot be read \(ENOENT\)/,
    )
    await expect(preview(sourceWith({ deployments: deployRule, samples: path.join(folder, 'notes.txt') }))).rejects.toThrow(
      /cannot be read \(no JSON\)/,
    )
  })
})
