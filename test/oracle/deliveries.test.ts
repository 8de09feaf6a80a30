/** Cases that Middleware, Four Keys, DevOpsMetrics, Datadog, GitLab, Sleuth, Swarmia and Iris assert about deployments and changes. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Store } from '../../server/store/open.ts'
import { ago, deployed, hour, openEmptyStore, openProduct, type Product, root } from './product.ts'

const now = '2024-06-01T00:00:00Z'
const base = '2024-03-01T12:00:00.000Z'
const recent = ['2024-02-10', '2024-03-02'] as const
let store: Store
let product: Product
let count = 0

beforeAll(async () => {
  store = await openEmptyStore()
  product = await openProduct(store, now)
})
afterAll(() => store.close())

async function freshService(before = base): Promise<string> {
  count += 1
  await product.service(`d${count}`, before)
  return `d${count}`
}

/** The commit id that stands for a name. */
function sha(name: string): string {
  return Buffer.from(name).toString('hex').padEnd(40, '0').slice(0, 40)
}

async function commits(repository: string, rows: [name: string, parents: string[], hoursAgo?: number, message?: string][]): Promise<void> {
  await product.post(
    'commits',
    rows.map(([name, parents, hoursAgo = 48, message]) => ({
      repository,
      sha: sha(name),
      parents: parents.map((parent) => (parent === 'root' ? root : sha(parent))),
      authoredAt: ago(base, 0, hoursAgo),
      committedAt: ago(base, 0, hoursAgo),
      message: message ?? name,
    })),
  )
}

async function deployTimes(service: string, times: string[]): Promise<void> {
  await product.post(
    'deployments',
    times.map((time, index) => deployed(service, `${service}-${index}`, time)),
  )
}

/** Titles of the changes that a deployment carried, whether they count or not. */
async function carried(service: string, deployment: string): Promise<string[]> {
  const rows = await product.evidence('changes', `scope=service:${service}&from=${recent[0]}&to=${recent[1]}`)
  return rows
    .filter((row) => (row.deployment as { id: string } | null)?.id === deployment)
    .map((row) => String(row.title))
    .sort()
}

describe('deployment frequency', () => {
  const six = ['02T12:00', '03T00:00', '18T00:00', '20T00:00', '21T18:00', '21T23:30'].map((text) => `2024-01-${text}:00Z`)

  it('counts 3 in 3 days as 7 a week, where few days are asked to be enough (AGREE on the exact rate)', async () => {
    const id = await freshService('2024-01-01T00:00:00Z')
    await deployTimes(id, ['2024-01-02T12:00:00Z', '2024-01-03T00:00:00Z', '2024-01-04T00:00:00Z', '2024-01-25T00:00:00Z'])
    const eager = await openProduct(store, now, { minimumCoveredDays: 1 })
    expect((await eager.metrics(`service:${id}`, '2024-01-02', '2024-01-05')).metrics.deployment_frequency).toMatchObject({
      value: 7,
      n: 3,
    })
    expect((await product.metrics(`service:${id}`, '2024-01-02', '2024-01-05')).metrics.deployment_frequency).toMatchObject({
      value: null,
      n: 3,
      reason: 'too_short',
    })
  })

  it('counts 6 in 21 days as 2 a week, and weeks without any as zero (AGREE)', async () => {
    const id = await freshService('2024-01-01T00:00:00Z')
    await deployTimes(id, six)
    const answer = await product.metrics(`service:${id}`, '2024-01-02', '2024-01-23')
    expect(answer.metrics.deployment_frequency).toMatchObject({ value: 2, n: 6 })
    expect(answer.series.map(({ start, metrics }) => [start, metrics.deployment_frequency.n])).toEqual([
      ['2024-01-01', 2],
      ['2024-01-08', 0],
      ['2024-01-15', 4],
      ['2024-01-22', 0],
    ])
    expect(answer.series[1]?.metrics.deployment_frequency.value).toBe(0)
  })

  it('totals 13 over a quarter (AGREE)', async () => {
    const id = await freshService('2024-01-01T00:00:00Z')
    const more = ['02-01T00:30', '02-03T00:00', '02-04T00:00', '03-28T00:00', '03-29T00:00', '03-30T00:00', '03-30T01:00'].map(
      (text) => `2024-${text}:00Z`,
    )
    await deployTimes(id, [...six, ...more])
    expect((await product.metrics(`service:${id}`, '2024-01-02', '2024-03-31')).metrics.deployment_frequency.n).toBe(13)
  })

  it('is 5 a week for five in seven days, 21 for thirty in ten (AGREE); without coverage there is none', async () => {
    const five = await freshService()
    await deployTimes(
      five,
      [0, 1, 2, 3, 4, 8].map((days) => ago(base, days)),
    )
    expect((await product.metrics(`service:${five}`, '2024-02-24', '2024-03-02')).metrics.deployment_frequency).toMatchObject({
      value: 5,
      n: 5,
    })
    const thirty = await freshService()
    await deployTimes(
      thirty,
      Array.from({ length: 30 }, (_, index) => ago(base, index / 3)),
    )
    expect((await product.metrics(`service:${thirty}`, '2024-02-20', '2024-03-02')).metrics.deployment_frequency.n).toBe(30)
    expect((await product.metrics(`service:${five}`, '2023-01-01', '2023-02-01')).metrics.deployment_frequency).toMatchObject({
      value: null,
      reason: 'not_covered',
    })
  })

  it('pools services: nine deployments of two services, not the mean of two means (AGREE)', async () => {
    const pooled = await openEmptyStore()
    try {
      const fresh = await openProduct(pooled, now)
      for (const [id, n] of [
        ['a', 2],
        ['b', 7],
      ] as const) {
        await fresh.service(id, base)
        await fresh.post(
          'deployments',
          Array.from({ length: n }, (_, index) => deployed(id, `${id}${index}`, ago(base, index + 1))),
        )
      }
      const { metrics, pooled: shares } = await fresh.metrics('org', '2024-02-16', '2024-03-01')
      expect(metrics.deployment_frequency).toMatchObject({ n: 9, value: 4.5, perService: 2.25 })
      expect(shares).toMatchObject({ services: 2, largestShare: 7 / 9 })
    } finally {
      await pooled.close()
    }
  })

  it('leaves out other environments, cancelled and skipped ones, and stamps at completion (TRANSLATED)', async () => {
    const id = await freshService()
    await product.post('deployments', [
      deployed(id, `${id}-staging`, ago(base, 2), { environment: 'staging' }),
      deployed(id, `${id}-cancelled`, ago(base, 2), { status: 'cancelled' }),
      deployed(id, `${id}-late`, '2024-02-29T00:11:00Z', { startedAt: '2024-02-28T23:59:00Z' }),
      deployed(id, `${id}-offset`, '2024-02-20T21:50:00+02:00'),
    ])
    const answer = await product.metrics(`service:${id}`, ...recent, 'day')
    const days = answer.series.filter(({ metrics }) => metrics.deployment_frequency.n > 0).map(({ start }) => start)
    expect(days).toEqual(['2024-02-20', '2024-02-29'])
    const rows = await product.evidence('deployments', `scope=service:${id}&from=${recent[0]}&to=${recent[1]}&metric=deployment_frequency`)
    expect(rows.find((row) => row.id === `${id}-offset`)?.finishedAt).toBe('2024-02-20T19:50:00Z')
    expect(rows.find((row) => row.id === `${id}-cancelled`)).toMatchObject({ included: false, reason: 'cancelled' })
  })
})

describe('buckets of time', () => {
  it.each([
    { from: '2023-01-03', to: '2023-01-22', bucket: 'week', starts: ['2023-01-02', '2023-01-09', '2023-01-16'] },
    {
      from: '2022-12-26',
      to: '2023-01-24',
      bucket: 'week',
      starts: ['2022-12-26', '2023-01-02', '2023-01-09', '2023-01-16', '2023-01-23'],
    },
    { from: '2022-01-01', to: '2022-01-04', bucket: 'day', starts: ['2022-01-01', '2022-01-02', '2022-01-03'] },
    { from: '2022-01-01', to: '2022-03-16', bucket: 'month', starts: ['2022-01-01', '2022-02-01', '2022-03-01'] },
  ])('$from to $to by $bucket are $starts (AGREE)', async ({ from, to, bucket, starts }) => {
    const { series } = await product.metrics('org', from, to, bucket)
    expect(series.map(({ start }) => start)).toEqual(starts)
  })

  it('refuse a window that ends before it begins (AGREE)', async () => {
    const answer = await product.api.get('metrics?scope=org&from=2024-02-01&to=2024-01-01')
    expect(answer.status).toBe(400)
  })

  it('leave out what lies outside the window (AGREE)', async () => {
    const id = await freshService('2023-01-01T00:00:00Z')
    const dates = ['2022-12-30', '2023-01-04', '2023-01-05', '2023-01-06', '2023-01-18', '2023-01-19', '2023-01-20', '2023-01-23']
    await deployTimes(
      id,
      dates.map((date) => `${date}T10:00:00Z`),
    )
    const { series } = await product.metrics(`service:${id}`, '2023-01-03', '2023-01-22')
    expect(series.map(({ metrics }) => metrics.deployment_frequency.n)).toEqual([3, 0, 3])
  })
})

describe('stages of a pull request', () => {
  const h = (hours: number) => new Date(Date.parse(ago(base, 5)) + hours * hour).toISOString()
  it.each([
    { name: 'a review an hour after opening', times: { openedAt: 0, firstReviewAt: 1, mergedAt: 24 }, stages: { pickup: 3600 } },
    { name: 'no reviews', times: { openedAt: 0, mergedAt: 24 }, stages: {} },
    { name: 'merged, never approved', times: { openedAt: 0, firstReviewAt: 1, mergedAt: 24 }, stages: { pickup: 3600 } },
    {
      name: 'approved three hours after opening, first reviewed after one',
      times: { openedAt: 0, firstReviewAt: 1, approvedAt: 3, mergedAt: 24 },
      stages: { pickup: 3600, review: 7200, merge: 21 * 3600 },
    },
    {
      name: 'the approval is the first review',
      times: { openedAt: 0, firstReviewAt: 2, approvedAt: 2, mergedAt: 24 },
      stages: { pickup: 7200, review: 0, merge: 22 * 3600 },
    },
    {
      name: 'ready two hours later, review at three',
      times: { openedAt: 0, readyAt: 2, firstReviewAt: 3, mergedAt: 24 },
      stages: { pickup: 3600 },
    },
    { name: 'no ready event, review at three', times: { openedAt: 0, firstReviewAt: 3, mergedAt: 24 }, stages: { pickup: 10_800 } },
    { name: 'draft for two days', times: { openedAt: 0, readyAt: 48, firstReviewAt: 52, mergedAt: 72 }, stages: { pickup: 14_400 } },
  ])('$name (AGREE)', async ({ times, stages }) => {
    const id = await freshService()
    await commits(id, [[`${id}m`, ['root']]])
    const fields = Object.fromEntries(Object.entries(times).map(([field, hours]) => [field, h(hours)]))
    await product.post('changes', [{ id: `${id}-pr`, service: id, title: 'Pull', commits: [], mergeCommit: sha(`${id}m`), ...fields }])
    await product.post('deployments', [deployed(id, `${id}-D`, ago(base, 1), { commit: sha(`${id}m`) })])
    const [row] = await product.evidence('changes', `scope=service:${id}&from=${recent[0]}&to=${recent[1]}`)
    const { pickup, review, merge } = (row?.stages ?? {}) as Record<string, number>
    expect(Object.fromEntries(Object.entries({ pickup, review, merge }).filter(([, value]) => value !== undefined))).toEqual(stages)
  })
})

describe('which pull requests a deployment carries, along branches', () => {
  const pull = (id: string, name: string, at: number, list: string[], merge: string) => ({
    id: `${id}-${name}`,
    service: id,
    title: name,
    mergedAt: ago(base, 10 - at),
    commits: list.map(sha),
    mergeCommit: sha(merge),
  })

  it('feature into main and into release: the release carries only the second', async () => {
    const id = await freshService()
    await commits(id, [
      ['f', ['root']],
      ['m1', ['root', 'f']],
      ['f2', ['f']],
      ['r1', ['root', 'f2']],
    ])
    await product.post('changes', [pull(id, 'first', 0, ['f'], 'm1'), pull(id, 'second', 2, ['f', 'f2'], 'r1')])
    await product.post('deployments', [deployed(id, `${id}-D`, ago(base, 1), { commit: sha('r1') })])
    expect(await carried(id, `${id}-D`)).toEqual(['second'])
  })

  it('another branch that holds neither carries none', async () => {
    const id = await freshService()
    await commits(id, [
      ['f', ['root']],
      ['m1', ['root', 'f']],
      ['r1', ['root', 'f']],
      ['x', ['root']],
    ])
    await product.post('changes', [pull(id, 'first', 0, ['f'], 'm1'), pull(id, 'second', 2, ['f'], 'r1')])
    await product.post('deployments', [deployed(id, `${id}-D`, ago(base, 1), { commit: root })])
    expect(await carried(id, `${id}-D`)).toEqual([])
  })

  it('a feature of a feature, promoted through main: all three, the promotions as no change', async () => {
    const id = await freshService()
    await commits(id, [
      ['c', ['root']],
      ['f1', ['root', 'c']],
      ['m1', ['root', 'f1']],
      ['r1', ['root', 'm1']],
    ])
    await product.post('changes', [
      pull(id, 'custom', 1, ['c'], 'f1'),
      pull(id, 'feature', 2, ['c', 'f1'], 'm1'),
      pull(id, 'promotion', 4, ['c', 'f1', 'm1'], 'r1'),
    ])
    await product.post('deployments', [deployed(id, `${id}-D`, ago(base, 1), { commit: sha('r1') })])
    expect(await carried(id, `${id}-D`)).toEqual(['custom', 'feature', 'promotion'])
    const rows = await product.evidence('changes', `scope=service:${id}&from=${recent[0]}&to=${recent[1]}`)
    expect(
      rows
        .filter((row) => row.reason === 'promotion')
        .map((row) => row.title)
        .sort(),
    ).toEqual(['feature', 'promotion'])
  })

  it('what is merged into main only is not in a release', async () => {
    const id = await freshService()
    await commits(id, [
      ['f', ['root']],
      ['m1', ['root', 'f']],
      ['r', ['root']],
    ])
    await product.post('changes', [pull(id, 'first', 0, ['f'], 'm1')])
    await product.post('deployments', [deployed(id, `${id}-D`, ago(base, 1), { commit: sha('r') })])
    expect(await carried(id, `${id}-D`)).toEqual(['r'])
  })

  it('what was merged after the promotion is not in it', async () => {
    const id = await freshService()
    await commits(id, [
      ['f', ['root']],
      ['m1', ['root', 'f']],
      ['r1', ['root', 'm1']],
      ['g', ['f']],
      ['m2', ['m1', 'g']],
    ])
    await product.post('changes', [
      pull(id, 'first', 0, ['f'], 'm1'),
      pull(id, 'second', 4, ['g'], 'm2'),
      pull(id, 'promotion', 2, ['f', 'm1'], 'r1'),
    ])
    await product.post('deployments', [deployed(id, `${id}-D`, ago(base, 1), { commit: sha('r1') })])
    expect(await carried(id, `${id}-D`)).toEqual(['first', 'promotion'])
  })
})

describe('reverts and rollbacks', () => {
  it('finds reverts by a team’s own patterns, numbers being of one repository (AGREE)', async () => {
    const own = await openProduct(store, now, {
      reverts: [
        { field: 'headBranch', pattern: '^revert-(\\d+)$' },
        { field: 'title', pattern: '^Revert PR #(\\d+)' },
      ],
    })
    for (const id of ['repo_1', 'repo_2']) {
      await own.service(id, base)
      const names = ['1', '2', '3', '4']
      await own.post(
        'commits',
        names.map((name, index) => ({
          repository: id,
          sha: sha(`${id}${name}`),
          parents: [index === 0 ? root : sha(`${id}${names[index - 1]}`)],
          authoredAt: ago(base, 9),
          committedAt: ago(base, 9),
          message: `m${name}`,
        })),
      )
      await own.post(
        'changes',
        names.map((name) => ({
          id: `${id}#${name}`,
          service: id,
          title: id === 'repo_1' && name === '4' ? 'Revert PR #3 due to some reason' : `Change ${name}`,
          mergedAt: ago(base, 9),
          commits: [],
          mergeCommit: sha(`${id}${name}`),
          ...(name === '2' ? { headBranch: 'revert-1' } : {}),
        })),
      )
      await own.post(
        'deployments',
        names.map((name, index) => deployed(id, `${id}-${name}`, ago(base, 5, -index), { commit: sha(`${id}${name}`) })),
      )
    }
    const failed = async (id: string) =>
      (await own.evidence('deployments', `scope=service:${id}&from=${recent[0]}&to=${recent[1]}`))
        .filter((row) => row.failure !== null)
        .map((row) => row.id)
        .sort()
    expect(await failed('repo_1')).toEqual(['repo_1-1', 'repo_1-3'])
    expect(await failed('repo_2')).toEqual(['repo_2-1'])
    const recovery = (await own.metrics('service:repo_2', ...recent)).metrics.failed_deployment_recovery_time
    expect(recovery).toMatchObject({ value: hour / 1000, n: 1 })
  })

  it('blames the first deployment after the target of a rollback: V2 of V1 V2 V3 V1, 1 of 4 (AGREE)', async () => {
    const id = await freshService()
    await product.post(
      'deployments',
      ['V1', 'V2', 'V3', 'V1'].map((version, index) => deployed(id, `${id}-${index}`, ago(base, 5 - index), { version })),
    )
    const rows = await product.evidence('deployments', `scope=service:${id}&from=${recent[0]}&to=${recent[1]}`)
    expect(rows.filter((row) => row.failure !== null).map((row) => row.id)).toEqual([`${id}-1`])
    expect(rows.find((row) => row.id === `${id}-3`)?.kind).toBe('rollback')
    expect((await product.metrics(`service:${id}`, ...recent)).metrics.change_fail_rate).toMatchObject({ count: 1, n: 4, value: 0.25 })
  })

  it('takes the same version back to back for no rollback (AGREE)', async () => {
    const id = await freshService()
    await product.post(
      'deployments',
      [0, 1].map((index) => deployed(id, `${id}-${index}`, ago(base, 5 - index), { version: 'V1' })),
    )
    const rows = await product.evidence('deployments', `scope=service:${id}&from=${recent[0]}&to=${recent[1]}`)
    expect(rows.map((row) => row.kind).sort()).toEqual(['code', 'redeploy'])
  })

  it('takes a hotfix for the remedy of the deployment before it (AGREE)', async () => {
    const id = await freshService()
    await product.post('deployments', [
      deployed(id, `${id}-bad`, ago(base, 3), { version: 'V1' }),
      deployed(id, `${id}-fix`, ago(base, 3, -5), { version: 'V2', labels: ['hotfix'] }),
    ])
    const { metrics } = await product.metrics(`service:${id}`, ...recent)
    expect(metrics.failed_deployment_recovery_time.value).toBe((5 * hour) / 1000)
    expect(metrics.deployment_rework_rate).toMatchObject({ count: 1, n: 2 })
  })
})

describe('change lead time', () => {
  /** Commits one after another, so many minutes before the deployment that carries them. */
  async function delivered(groups: number[][]): Promise<string> {
    const id = await freshService()
    let parent = root
    for (const [index, minutes] of groups.entries()) {
      const at = Date.parse(ago(base, 3)) + index * hour
      const rows = minutes.map((lead, n) => {
        const row = { repository: id, sha: sha(`${id}.${index}.${n}`), parents: [parent], message: `c${index}.${n}` }
        parent = row.sha
        return { ...row, authoredAt: new Date(at - lead * 60_000).toISOString(), committedAt: new Date(at - lead * 60_000).toISOString() }
      })
      await product.post('commits', rows)
      await product.post('deployments', [deployed(id, `${id}-${index}`, new Date(at).toISOString(), { commit: parent })])
    }
    return id
  }

  it.each([
    { name: 'five values', groups: [[120], [45], [60], [40], [50]], median: 50 },
    { name: 'one value', groups: [[45]], median: 45 },
    { name: 'two deployments and one that carries nothing', groups: [[60, 120], [30], []], median: 60 },
  ])('of $name is $median min (AGREE)', async ({ groups, median }) => {
    const id = await delivered(groups)
    expect((await product.metrics(`service:${id}`, ...recent)).metrics.change_lead_time.value).toBe(median * 60)
  })

  it('of nothing delivered is no data (TRANSLATED from 0)', async () => {
    const id = await freshService()
    const { change_lead_time: lead } = (await product.metrics(`service:${id}`, ...recent)).metrics
    expect(lead).toMatchObject({ value: null, n: 0, reason: 'no_changes' })
  })

  it('follows a merge: 4 h and 3 h, the merge commit is no change, the first deployment is history (AGREE)', async () => {
    const id = await freshService()
    const at = Date.parse('2024-02-28T19:00:00Z')
    const row = (name: string, parents: string[], hoursBefore: number) => ({
      repository: id,
      sha: sha(`${id}${name}`),
      parents: parents.map((parent) => (parent === 'root' ? root : sha(`${id}${parent}`))),
      authoredAt: new Date(at - hoursBefore * hour).toISOString(),
      committedAt: new Date(at - hoursBefore * hour).toISOString(),
      message: name,
    })
    await product.post('commits', [row('C1', ['root'], 30), row('C2', ['C1'], 4), row('C3', ['C2'], 3), row('C4', ['C2', 'C3'], 1)])
    await product.post('deployments', [
      deployed(id, `${id}-1`, new Date(at - 24 * hour).toISOString(), { commit: sha(`${id}C1`) }),
      deployed(id, `${id}-2`, new Date(at).toISOString(), { commit: sha(`${id}C4`) }),
    ])
    const rows = await product.evidence('changes', `scope=service:${id}&from=2024-02-28&to=2024-02-29`)
    expect(rows.map((each) => [each.title, each.leadTimeSeconds]).sort()).toEqual([
      ['C2', 4 * 3600],
      ['C3', 3 * 3600],
    ])
  })

  it('counts pull requests where they are known, commits where not: 7 min and 50 min of the same data (AGREE by unit)', async () => {
    const sizes: [string, number, number][] = [
      ['MR1', 1, 5],
      ['MR2', 1, 7],
      ['MR3', 100, 50],
    ]
    const medians: (number | null)[] = []
    for (const withPulls of [true, false]) {
      const id = await freshService()
      const at = Date.parse(ago(base, 1))
      let parent = root
      for (const [name, size, minutes] of sizes) {
        const time = new Date(at - minutes * 60_000).toISOString()
        const rows = Array.from({ length: size }, (_, n) => {
          const row = {
            repository: id,
            sha: sha(`${id}${name}${n}`),
            parents: [parent],
            authoredAt: time,
            committedAt: time,
            message: `${name} ${n}`,
          }
          parent = row.sha
          return row
        })
        await product.post('commits', rows)
        const change = {
          id: `${id}${name}`,
          service: id,
          title: name,
          mergedAt: time,
          commits: rows.map((row) => row.sha),
          mergeCommit: parent,
        }
        if (withPulls) await product.post('changes', [change])
      }
      await product.post('deployments', [deployed(id, `${id}-D`, new Date(at).toISOString(), { commit: parent })])
      medians.push((await product.metrics(`service:${id}`, ...recent)).metrics.change_lead_time.value)
    }
    expect(medians).toEqual([7 * 60, 50 * 60])
  })
})
