import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createElasticExporter } from '../../../server/exporters/elastic/index.ts'
import { ElasticExportOptions } from '../../../server/exporters/elastic/options.ts'
import type { ExportDocument } from '../../../server/exporters/exporter.ts'
import type { LinkedDeployment } from '../../../server/linked.ts'
import { apiKey, type ElasticFake, startElastic } from '../../fakes/elastic/server.ts'

const exporter = createElasticExporter(1)
const now = new Date('2026-01-05T12:00:00Z')
let fake: ElasticFake
beforeEach(async () => {
  fake = await startElastic()
})
afterEach(() => fake.stop())

const context = { signal: new AbortController().signal, now, progress: () => {}, note: () => {} }
const write = (documents: ExportDocument[], fields = {}) =>
  exporter.write(ElasticExportOptions.parse({ url: fake.url, token: apiKey, ...fields }), documents, context)

function deployment(fields: Partial<LinkedDeployment> = {}): ExportDocument {
  const at = Date.parse('2026-01-05T10:00:00Z')
  const row: LinkedDeployment = {
    source: 'ci',
    id: 'd/1',
    service: 'shop',
    url: 'https://ci.example.org/1',
    environment: 'production',
    tier: 'production',
    repository: 'acme/shop',
    line: null,
    commit: 'a'.repeat(40),
    version: 'v1',
    status: 'succeeded',
    startedAt: at - 60_000,
    finishedAt: at,
    kind: 'code',
    counted: true,
    commitUnknown: false,
    changes: 3,
    previous: null,
    failure: null,
    verdict: null,
    rework: null,
    witness: null,
    ...fields,
  }
  return { kind: 'deployment', deployment: row }
}

const metrics: ExportDocument = {
  kind: 'metrics',
  scope: 'service:shop',
  start: '2025-12-29',
  end: '2026-01-05',
  startAt: Date.parse('2025-12-29T00:00:00Z'),
  partial: false,
  values: {
    deployment_frequency: 2,
    change_lead_time: 3600,
    failed_deployment_recovery_time: null,
    change_fail_rate: 0.5,
    deployment_rework_rate: 0,
  },
}

describe('a deployment', () => {
  test('is a document of the common schema, under its own id, once however often it is written', async () => {
    await write([deployment(), metrics])
    await write([deployment({ kind: 'rollback' })])
    expect([...fake.documents.keys()]).toEqual(['shiplog-deployments/ci/d/1', 'shiplog-metrics/service:shop/2025-12-29'])
    expect(fake.documents.get('shiplog-deployments/ci/d/1')).toMatchObject({
      '@timestamp': '2026-01-05T10:00:00.000Z',
      event: { outcome: 'success', duration: 60_000_000_000, id: 'ci/d/1', start: '2026-01-05T09:59:00.000Z' },
      service: { name: 'shop', version: 'v1', environment: 'production' },
      shiplog: { kind: 'rollback', counted: true, changes: 3, failed: false },
    })
    expect(fake.documents.get('shiplog-metrics/service:shop/2025-12-29')).toMatchObject({
      '@timestamp': '2025-12-29T00:00:00.000Z',
      service: { name: 'shop' },
      shiplog: { scope: 'service:shop', change_lead_time: 3600, failed_deployment_recovery_time: null },
    })
  })

  test('that is live is marked in APM once, and one that is not, or long ago, never', async () => {
    const kibana = { kibana: { url: `${fake.url}/s/shop` } }
    const old = deployment({ id: 'old', finishedAt: now.getTime() - 30 * 86_400_000 })
    await write([deployment(), deployment({ id: 'd2', version: null }), deployment({ id: 'no', status: 'failed' }), old, metrics], kibana)
    await write([deployment(), deployment({ id: 'd3' })], kibana)
    expect(fake.annotations.map(({ service, body }) => [service, (body.service as { version: string }).version])).toEqual([
      ['shop', 'v1'],
      ['shop', 'aaaaaaaaaaaa'],
      ['shop', 'v1'],
    ])
    expect(fake.annotations[0]?.body).toEqual({
      '@timestamp': '2026-01-05T10:00:00.000Z',
      service: { version: 'v1', environment: 'production' },
      message: 'Deployment of shop v1',
      tags: ['apm', 'deployment', 'shiplog'],
    })
    expect(fake.requests).toContain('POST /s/shop/api/apm/services/shop/annotation')
  })
})

describe('an export', () => {
  test('of which a document is refused has failed, and says why', async () => {
    fake.refused.add('ci/d/1')
    await expect(write([deployment(), deployment({ id: 'd2' })])).rejects.toThrow(
      'refused 1 of 2 documents (document_parsing_exception: failed to parse field). Where an index was made',
    )
    expect([...fake.documents.keys()]).toEqual(['shiplog-deployments/ci/d2'])
  })

  test('waits where it is asked to, and fails where it is not let in', async () => {
    fake.faults = [{ status: 429, headers: { 'retry-after': '0' } }]
    await write([deployment()])
    expect(fake.documents.size).toBe(1)
    await expect(write([deployment()], { token: 'wrong' })).rejects.toThrow('Make an API key that may create, write and read')
  })

  test('can be checked', async () => {
    const options = ElasticExportOptions.parse({ url: fake.url, token: apiKey })
    expect(await exporter.check(options, context)).toBe(
      'Elasticsearch 9.2.0 answers; documents go to shiplog-deployments and shiplog-metrics.',
    )
  })
})
