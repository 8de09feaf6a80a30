/** Cases that middlewarehq/middleware, dora-team/fourkeys, Sleuth and RocketBus/iris assert about failures and recovery, answered by Shiplog's rules. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Store } from '../../server/store/open.ts'
import { ago, day, deployed, hour, openEmptyStore, openProduct, type Product } from './product.ts'

const now = '2024-06-01T00:00:00Z'
const base = '2024-03-01T12:00:00.000Z'
const recent = ['2024-02-10', '2024-03-02'] as const
let store: Store
let product: Product
let strict: Product
let count = 0

beforeAll(async () => {
  store = await openEmptyStore()
  product = await openProduct(store, now, { failureWindow: (14 * day) / 1000 })
  strict = await openProduct(store, now)
})
afterAll(() => store.close())

/** A fresh service with deployments and incidents so many days before the base. */
async function given(deployments: number[], incidents: number[]): Promise<string> {
  count += 1
  const id = `s${count}`
  await product.service(id, base)
  await product.post(
    'deployments',
    deployments.map((days, index) => deployed(id, `${id}-D${index + 1}`, ago(base, days))),
  )
  await product.post(
    'incidents',
    incidents.map((days, index) => ({ id: `${id}-I${index}`, service: id, title: 'Down', openedAt: ago(base, days) })),
  )
  return id
}

async function blamed(id: string): Promise<Record<string, string>> {
  const rows = await product.evidence('incidents', `scope=service:${id}&from=${recent[0]}&to=${recent[1]}`)
  const links = rows.map((row): [string, string] => [
    String(row.id).replace(`${id}-`, ''),
    (row.deployment as { id: string } | null)?.id.replace(`${id}-`, '') ?? 'none',
  ])
  return Object.fromEntries(links.sort())
}

describe('attribution of incidents by time (AGREE per service)', () => {
  it.each([
    { name: 'between', deployments: [2, 0.25], incidents: [1], map: { I0: 'D1' } },
    { name: 'before all', deployments: [2, 0.25], incidents: [3], map: { I0: 'none' } },
    { name: 'after all', deployments: [2, 0.25], incidents: [1 / 24], map: { I0: 'D2' } },
    { name: 'no deployments', deployments: [], incidents: [3], map: { I0: 'none' } },
    { name: 'no incidents', deployments: [2, 0.25], incidents: [], map: {} },
    {
      name: 'many',
      deployments: [7, 6, 4, 2, 0.25],
      incidents: [5, 3, 20 / 24, 1 / 24],
      map: { I0: 'D2', I1: 'D3', I2: 'D4', I3: 'D5' },
    },
  ])('$name', async ({ deployments, incidents, map }) => {
    expect(await blamed(await given(deployments, incidents))).toEqual(map)
  })

  it('keeps two services apart, where one list for all would blame whichever deployed last', async () => {
    const a = await given([2], [1])
    const b = await given([1.5], [])
    expect(await blamed(a)).toEqual({ I0: 'D1' })
    expect((await product.metrics(`service:${b}`, ...recent)).metrics.change_fail_rate.count).toBe(0)
  })
})

describe('change fail rate', () => {
  it.each([
    { deployments: [], incidents: [], value: null, n: 0 },
    { deployments: [2, 0.25], incidents: [], value: 0, n: 2 },
    { deployments: [], incidents: [1], value: null, n: 0 },
    { deployments: [2, 0.25], incidents: [1], value: 0.5, n: 2 },
    { deployments: [2, 0.25], incidents: [3], value: 0, n: 2 },
    { deployments: [2, 0.25], incidents: [1 / 24], value: 0.5, n: 2 },
    { deployments: [7, 6, 4, 2, 0.25, 1 / 48], incidents: [10, 5, 3, 20 / 24, 4 / 24, 2 / 24, 1 / 24], value: 4 / 6, n: 6 },
  ])(
    'deployments $deployments and incidents $incidents days ago: $value (AGREE; none is no data, not 0)',
    async ({ deployments, incidents, value, n }) => {
      const id = await given(deployments, incidents)
      const { change_fail_rate: rate } = (await product.metrics(`service:${id}`, ...recent)).metrics
      expect(rate).toMatchObject({ value, n })
      if (value === null) expect(rate.reason).toBe('no_deployments')
    },
  )

  it('by week of the deployment, with every week present (AGREE)', async () => {
    await product.service('weekly', '2024-01-01T00:00:00Z')
    const times = ['02T12', '03T00', '18T00', '20T00', '21T18', '21T23:30']
    const opened = ['02T10', '03T04', '03T05', '19T00', '19T00', '21T21', '21T22']
    const full = (text: string) => `2024-01-${text.length === 5 ? `${text}:00` : text}:00Z`
    await product.post(
      'deployments',
      times.map((text, index) => deployed('weekly', `w${index}`, full(text))),
    )
    await product.post(
      'incidents',
      opened.map((text, index) => ({ id: `wi${index}`, service: 'weekly', title: 'Down', openedAt: full(text) })),
    )
    const { series } = await product.metrics('service:weekly', '2024-01-02', '2024-01-25')
    const weeks = series.map(({ start, metrics: { change_fail_rate: rate } }) => `${start} ${rate.count}/${rate.n}`)
    expect(weeks).toEqual(['2024-01-01 1/2', '2024-01-08 0/0', '2024-01-15 2/4', '2024-01-22 0/0'])
  })

  it.each([
    { failed: 0, of: 5, value: 0 },
    { failed: 1, of: 5, value: 0.2 },
    { failed: 2, of: 5, value: 0.4 },
    { failed: 3, of: 5, value: 0.6 },
    { failed: 1, of: 4, value: 0.25 },
  ])('$failed of $of named as failed is $value (AGREE)', async ({ failed, of, value }) => {
    const id = await given(
      Array.from({ length: of }, (_, index) => index / 10),
      [],
    )
    await product.post(
      'incidents',
      Array.from({ length: failed }, (_, index) => ({
        id: `${id}-N${index}`,
        title: 'Down',
        openedAt: ago(base, 0),
        deployment: `${id}-D${index + 1}`,
      })),
    )
    expect((await product.metrics(`service:${id}`, ...recent)).metrics.change_fail_rate).toMatchObject({ value, count: failed, n: of })
  })

  it('of one deployment with two causes is 100 %, not 200 % (AGREE)', async () => {
    const id = await given([], [])
    const commits = [2, 3].map((n) => ({
      repository: id,
      sha: String(n).repeat(40),
      parents: [n === 2 ? '1'.padStart(40, '0') : '2'.repeat(40)],
      authoredAt: ago(base, 2),
      committedAt: ago(base, 2),
      message: `c${n}`,
    }))
    await product.post('commits', commits)
    await product.post('deployments', [deployed(id, `${id}-D`, ago(base, 1), { commit: '3'.repeat(40) })])
    await product.post(
      'incidents',
      [2, 3].map((n) => ({ id: `${id}-c${n}`, service: id, title: 'Down', openedAt: ago(base, 0.9), commit: String(n).repeat(40) })),
    )
    expect((await product.metrics(`service:${id}`, ...recent)).metrics.change_fail_rate).toMatchObject({ value: 1, count: 1, n: 1 })
  })

  it('of one incident within reach of 2 of 20 deployments is 1/20: one culprit (TRANSLATED from 2/20)', async () => {
    const id = await given(
      Array.from({ length: 20 }, (_, index) => index / 2),
      [0.1],
    )
    expect((await product.metrics(`service:${id}`, ...recent)).metrics.change_fail_rate).toMatchObject({ count: 1, n: 20 })
  })

  it('leaves pending ones out and counts them: 2 of 10, 2 pending; all pending is no data (AGREE)', async () => {
    const id = 'pending'
    await strict.service(id, base)
    await strict.post('deployments', [
      ...Array.from({ length: 10 }, (_, index) => deployed(id, `p${index}`, ago(now, 3, index))),
      deployed(id, 'young1', ago(now, 0, 2)),
      deployed(id, 'young2', ago(now, 0, 1)),
    ])
    await strict.post(
      'incidents',
      ['p3', 'p7'].map((name) => ({ id: `pi-${name}`, title: 'Down', openedAt: ago(now, 2), deployment: name })),
    )
    const answer = await strict.metrics(`service:${id}`, '2024-05-20', '2024-06-02')
    expect(answer.metrics.change_fail_rate).toMatchObject({ value: 0.2, count: 2, n: 10, pending: 2 })
    expect(answer.metrics.deployment_frequency.n).toBe(12)
    const young = await strict.metrics(`service:${id}`, '2024-05-31', '2024-06-01')
    expect(young.metrics.change_fail_rate).toMatchObject({ value: null, pending: 2, reason: 'all_pending' })
  })
})

describe('time to restore', () => {
  it.each([
    { durations: [], median: null },
    { durations: [100, 300, 800], median: 300 },
    { durations: [100, 300, 800, 90], median: 200 },
    { durations: [520_167, 120_000], median: 320_083.5 },
    { durations: [3600, 7200, 10_800], median: 7200 },
    { durations: [2400, 3000], median: 2700 },
  ])('of $durations s is the median $median s (TRANSLATED from means)', async ({ durations, median }) => {
    count += 1
    const id = `restore${count}`
    await product.service(id, base)
    await product.post(
      'incidents',
      durations.map((seconds, index) => ({
        id: `${id}-${index}`,
        service: id,
        title: 'Down',
        openedAt: ago(base, 2),
        resolvedAt: new Date(Date.parse(ago(base, 2)) + seconds * 1000).toISOString(),
        cause: 'infrastructure',
      })),
    )
    const { incident_time_to_restore: restore } = (await product.metrics(`service:${id}`, ...recent)).metrics
    expect(restore).toMatchObject({ value: median, n: durations.length })
    if (median === null) expect(restore.reason).toBe('no_incidents')
  })

  it('by the week in which they opened (TRANSLATED)', async () => {
    await product.service('bydays', '2024-01-01T00:00:00Z')
    const rows = [
      ['2024-01-02', 100],
      ['2024-01-03', 100],
      ['2024-01-04', 400],
      ...Array.from({ length: 4 }, () => ['2024-01-16', 100] as const),
    ] as const
    await product.post(
      'incidents',
      rows.map(([date, seconds], index) => ({
        id: `bydays-${index}`,
        service: 'bydays',
        title: 'Down',
        openedAt: `${date}T10:00:00Z`,
        resolvedAt: new Date(Date.parse(`${date}T10:00:00Z`) + seconds * 1000).toISOString(),
      })),
    )
    const { series } = await product.metrics('service:bydays', '2024-01-01', '2024-01-29')
    expect(
      series.map(
        ({
          metrics: {
            incident_time_to_restore: { value, n },
          },
        }) => [value, n],
      ),
    ).toEqual([
      [100, 3],
      [null, 0],
      [100, 4],
      [null, 0],
    ])
  })

  it('counts from the deployment where the culprit is named, 3 h; else it is incident restore, 2 h', async () => {
    const incident = (id: string, more: object) => ({
      id,
      service: id,
      title: 'Down',
      openedAt: ago(base, 0, 1),
      resolvedAt: ago(base, 0, -1),
      ...more,
    })
    for (const [id, more] of [
      ['named', { deployment: 'named-D' }],
      ['other', { cause: 'other' }],
    ] as const) {
      await product.service(id, base)
      await product.post('deployments', [deployed(id, `${id}-D`, ago(base, 0, 2))])
      await product.post('incidents', [incident(id, more)])
    }
    const named = (await product.metrics('service:named', ...recent)).metrics
    expect(named.failed_deployment_recovery_time).toMatchObject({ value: (3 * hour) / 1000, n: 1 })
    const other = (await product.metrics('service:other', ...recent)).metrics
    expect(other.incident_time_to_restore.value).toBe((2 * hour) / 1000)
    expect(other.failed_deployment_recovery_time).toMatchObject({ value: null, reason: 'no_failed_deployments' })
  })

  it('of failed deployments is 600 s of 300, 900 and 600; one that did well does not enter (AGREE)', async () => {
    await product.service('recovery', base)
    const at = ago(base, 3)
    await product.post(
      'deployments',
      [0, 1, 2, 3].map((index) => deployed('recovery', `r${index}`, ago(at, 0, -index))),
    )
    await product.post(
      'incidents',
      [300, 900, 600].map((seconds, index) => ({
        id: `ri${index}`,
        title: 'Down',
        deployment: `r${index}`,
        openedAt: ago(at, 0, -index),
        resolvedAt: new Date(Date.parse(ago(at, 0, -index)) + seconds * 1000).toISOString(),
      })),
    )
    expect((await product.metrics('service:recovery', ...recent)).metrics.failed_deployment_recovery_time).toMatchObject({
      value: 600,
      n: 3,
      open: 0,
    })
  })
})
