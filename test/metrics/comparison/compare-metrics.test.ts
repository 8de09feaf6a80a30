import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { defineMetrics } from '../../../server/definition.ts'
import type { LinkedChange, LinkedDeployment } from '../../../server/linked.ts'
import type { Comparison, MetricsAnswer } from '../../../server/metrics/answer.ts'
import { splitInput } from '../../../server/metrics/comparison/split-input.ts'
import { computeMetrics } from '../../../server/metrics/compute.ts'
import { changeKey } from '../../../server/metrics/evidence.ts'
import type { MetricsInput } from '../../../server/metrics/input.ts'
import { addDays } from '../../../server/metrics/windows.ts'
import { at, change, day, deployment, failure, hour, incident, normal, question, seeded, serviceFacts } from '../rows.ts'

// Twelve weeks from a Monday, and the twelve before.
const start = at('2026-01-05')
const from = addDays('2026-01-05', 84)
const to = addDays('2026-01-05', 168)

interface Weeks {
  /** Deployments a week, before and after. */
  perWeek?: [number, number]
  /** Changes take so many times as long after. */
  slower?: number
  /** Every so many deployment fails, before and after; 0 for none. */
  failing?: [number, number]
  recovery?: [number, number]
}

function history({ perWeek = [4, 4], slower = 1, failing = [10, 10], recovery = [3600, 3600] }: Weeks): MetricsInput {
  const random = seeded(5)
  const deployments: LinkedDeployment[] = []
  const changes: LinkedChange[] = []
  const incidents = []
  for (let week = 0; week < 24; week++) {
    const side = week < 12 ? 0 : 1
    for (let i = 0; i < perWeek[side]; i++) {
      const finished = start + week * 7 * day + Math.floor((i * 5 * day) / perWeek[side]) + 9 * hour
      const id = `d${week}-${i}`
      const failed = failing[side] > 0 && deployments.length % failing[side] === 0
      const recovered = finished + recovery[side] * 1000 * Math.exp(normal(random) / 2)
      deployments.push(deployment(id, finished, { changes: 2, failure: failed ? failure(finished, recovered) : null }))
      if (failed) incidents.push(incident(`i-${id}`, finished, recovered))
      for (let k = 0; k < 2; k++) {
        const seconds = (side === 0 ? 1 : slower) * 50_000 * Math.exp(normal(random) / 3)
        changes.push(change(`${id}-${k}`, finished, seconds, { deployment: { source: 'api', id } }))
      }
    }
  }
  return question({
    from: '2026-01-05',
    to,
    asOf: at('2026-08-01'),
    services: [serviceFacts('2025-06-01', '2026-08-01')],
    deployments,
    changes,
    incidents,
  })
}

function compared(wide: MetricsInput, asked = from): MetricsAnswer {
  const { input, earlier } = splitInput(wide, asked)
  return computeMetrics(input, earlier)
}

function comparisonOf(answer: MetricsAnswer, id: keyof MetricsAnswer['metrics']): Comparison {
  return answer.metrics[id].comparison as Comparison
}

describe('the comparison with the window before', () => {
  it('says which window it was, and what it had', () => {
    const answer = compared(history({ perWeek: [4, 5] }))
    expect(comparisonOf(answer, 'deployment_frequency')).toMatchObject({
      from: '2026-01-05',
      to: from,
      value: 4,
      n: 48,
      current: { from, to },
    })
    expect(comparisonOf(answer, 'change_fail_rate')).toMatchObject({ value: 5 / 48, n: 48, count: 5 })
    expect(computeMetrics(splitInput(history({}), from).input).metrics.change_lead_time).not.toHaveProperty('comparison')
  })

  it('of weeks that are the same is no clear change', () => {
    const { metrics } = compared(history({}))
    for (const [id, answer] of Object.entries(metrics)) {
      const enough = !['failed_deployment_recovery_time', 'incident_time_to_restore'].includes(id)
      expect([id, answer.comparison?.verdict]).toEqual([id, enough ? 'no clear change' : 'not enough data'])
    }
    expect(metrics.failed_deployment_recovery_time.comparison?.text).toBe('not enough data: 5 of 10 failed deployments')
  })

  it.each([
    ['change_lead_time', { slower: 1.5 }, 1.5, /^clear: 1\.[3-7] times slower than the 12 weeks before$/],
    ['change_lead_time', { slower: 0.5 }, 0.5, /^clear: (?:1\.9|2(?:\.\d)?) times faster than the 12 weeks before$/],
    ['deployment_frequency', { perWeek: [3, 6] }, 2, /^clear: 2 times more often than the 12 weeks before$/],
    ['deployment_frequency', { perWeek: [6, 2] }, 1 / 3, /^clear: 3 times less often than the 12 weeks before$/],
    ['deployment_frequency', { perWeek: [3, 0] }, 0, /^clear: none, unlike the 12 weeks before$/],
    ['deployment_frequency', { perWeek: [0, 3] }, null, /^clear: there was none in the 12 weeks before$/],
    ['failed_deployment_recovery_time', { failing: [3, 3], recovery: [3600, 10_800] }, 3, /^clear: [2-4](?:\.\d)? times slower than/],
    ['incident_time_to_restore', { failing: [3, 3], recovery: [10_800, 3600] }, 1 / 3, /^clear: [2-4](?:\.\d)? times faster than/],
  ] as const)('%s of %j is a clear factor', (id, given, factor, words) => {
    const comparison = comparisonOf(compared(history(given as Weeks)), id)
    expect(comparison.text).toMatch(words)
    expect(comparison).toMatchObject({ verdict: 'clear', reason: null, needs: null })
    if (factor === null) expect(comparison.factor).toBeNull()
    else if (factor > 0) expect(Math.abs(Math.log((comparison.factor as number) / factor))).toBeLessThan(0.35)
    if (factor) expect(comparison.interval).not.toBeNull()
  })

  it('tells ratios in percentage points', () => {
    const worse = comparisonOf(compared(history({ failing: [0, 3] })), 'change_fail_rate')
    expect(worse).toMatchObject({
      verdict: 'clear',
      points: expect.closeTo(100 / 3, 9),
      text: 'clear: 33 points higher than the 12 weeks before',
    })
    expect(worse).not.toHaveProperty('factor')
    const better = comparisonOf(compared(history({ failing: [3, 0] })), 'change_fail_rate')
    expect(better.points).toBeCloseTo(-100 / 3, 9)
    expect(better.text).toBe('clear: 33 points lower than the 12 weeks before')
  })

  it('calls a certain difference that is small no clear change', () => {
    const definition = defineMetrics({ clearFactor: 3 })
    const comparison = comparisonOf(compared({ ...history({ slower: 2 }), definition }), 'change_lead_time')
    expect(comparison).toMatchObject({ verdict: 'no clear change', reason: 'too_small', text: 'no clear change' })
    expect(comparison.p).toBeLessThan(0.01)
  })

  it('says how much there is of what is needed', () => {
    const days = history({})
    const short = {
      ...days,
      deployments: days.deployments.filter(
        ({ finishedAt }) => (finishedAt as number) < at(addDays(from, 3)) || (finishedAt as number) > at(addDays(from, 160)),
      ),
    }
    expect(comparisonOf(compared({ ...short, to: addDays(from, 28) }, from), 'deployment_frequency')).toMatchObject({
      verdict: 'not enough data',
      reason: 'too_few',
      needs: { n: 4, of: 5, unit: 'whole week' },
      p: null,
      text: 'not enough data: 4 of 5 whole weeks',
    })
    expect(comparisonOf(compared({ ...short, to: addDays(from, 28) }, from), 'change_fail_rate').text).toBe(
      'not enough data: 3 of 5 deployments',
    )
  })

  it('does not compare what is not covered, or cannot fail', () => {
    const wide = history({})
    const young = { ...wide, services: [serviceFacts(from, '2026-08-01')], deployments: [], changes: [] }
    expect(comparisonOf(compared(young), 'deployment_frequency').text).toBe('not enough data: no data covers the 12 weeks before')
    expect(comparisonOf(compared(young), 'change_lead_time').reason).toBe('not_covered')
    const blind = { ...wide, services: [serviceFacts('2025-06-01', '2026-08-01', { signals: [] })] }
    expect(comparisonOf(compared(blind), 'change_fail_rate')).toMatchObject({ reason: 'no_value', verdict: 'not enough data' })
  })

  it('does not compare changes that start by something else, or are counted otherwise', () => {
    const wide = history({ slower: 3 })
    const later = (each: LinkedChange) => (each.deployedAt as number) >= at(from)
    const opened = wide.changes.map((each, i) =>
      later(each as LinkedChange) && i % 8 === 0 ? { ...each, basis: 'opened' as const } : each,
    )
    expect(comparisonOf(compared({ ...wide, changes: opened }), 'change_lead_time')).toMatchObject({
      verdict: 'not enough data',
      reason: 'basis_changed',
      factor: null,
    })
    const some = opened.map((each, i) => (i % 16 === 0 ? { ...each, basis: 'first_commit' as const } : each))
    expect(comparisonOf(compared({ ...wide, changes: some }), 'change_lead_time').verdict).toBe('clear')
    const pulls = wide.changes.map((each) => (later(each as LinkedChange) ? { ...each, key: `github/${each.key}` } : each))
    expect(comparisonOf(compared({ ...wide, changes: pulls }), 'batch_size').reason).toBe('basis_changed')
  })

  it('leaves holiday weeks out, and takes the rest by their working days', () => {
    const wide = history({ perWeek: [5, 5] })
    const off = [0, 1, 2].map((weekday) => addDays(from, 7 + weekday))
    const quiet = wide.deployments.filter(
      ({ finishedAt }) => (finishedAt as number) < at(addDays(from, 7)) || (finishedAt as number) >= at(addDays(from, 14)),
    )
    const definition = defineMetrics({ holidays: off })
    const plain = comparisonOf(compared({ ...wide, deployments: quiet }), 'deployment_frequency')
    const known = compared({ ...wide, deployments: quiet, definition })
    expect(plain.factor).toBeCloseTo(55 / 60, 9)
    expect(comparisonOf(known, 'deployment_frequency').factor).toBeCloseTo(1, 9)
    expect(known.series.filter(({ holiday }) => holiday).map(({ start: first }) => first)).toEqual([addDays(from, 7)])
    const oneOff = defineMetrics({ holidays: [addDays(from, 7)] })
    expect(comparisonOf(compared({ ...wide, definition: oneOff }), 'deployment_frequency').factor).toBeCloseTo(60 / 59, 9)
  })

  it('cuts a window that holds the present, and does not see what came after', () => {
    const wide = history({ slower: 1 })
    const present = at(addDays(from, 82)) + 15 * hour
    const services = [serviceFacts('2025-06-01', new Date(present).toISOString())]
    const slow = change('slow', at(addDays(from, 80)), 1e9)
    const cut = compared({ ...wide, services, asOf: present, to: addDays(from, 83), changes: [...wide.changes, slow] })
    expect(comparisonOf(cut, 'change_lead_time')).toMatchObject({ from: '2026-01-12', to: from, current: { from, to: addDays(from, 77) } })
    const without = compared({ ...wide, services, asOf: present, to: addDays(from, 83) })
    expect(comparisonOf(cut, 'change_lead_time')).toEqual(comparisonOf(without, 'change_lead_time'))
  })

  it('turns over with the windows', () => {
    const there = comparisonOf(compared(history({ slower: 2 })), 'change_lead_time')
    const wide = history({ slower: 2 })
    const mirrored = (time: number) => (time < at(from) ? time + 84 * day : time - 84 * day)
    const back = comparisonOf(
      compared({
        ...wide,
        deployments: wide.deployments.map((row) => ({ ...row, finishedAt: mirrored(row.finishedAt as number) })),
        changes: wide.changes.map((row) => {
          const deployedAt = mirrored(row.deployedAt as number)
          return { ...row, deployedAt, startedAt: deployedAt - ((row.deployedAt as number) - row.startedAt) }
        }),
      }),
      'change_lead_time',
    )
    expect(back.factor).toBeCloseTo(1 / (there.factor as number), 6)
    expect(back.verdict).toBe('clear')
  })
})

describe('one reading of two windows', () => {
  const random = fc.array(
    fc.record({ key: fc.nat(12), service: fc.constantFrom('a', 'b'), days: fc.nat(167), firstInTier: fc.constantFrom(true, true, false) }),
    { maxLength: 40 },
  )

  it('gives each the numbers of a reading of its own', () => {
    fc.assert(
      fc.property(random, (rows) => {
        const changes = rows.map(({ key, service, days, firstInTier }, i) =>
          change(`c${key}`, start + days * day, 5000 + i, { service, firstInTier, deployment: { source: 'api', id: `d${i}` } }),
        )
        const wide = question({ scope: 'org', from: '2026-01-05', to, services: [], changes, deliveredBefore: new Set() })
        const { input } = splitInput(wide, from)
        const own = changes.filter(({ deployedAt }) => (deployedAt as number) >= at(from))
        const before = changes.filter(({ deployedAt, firstInTier }) => firstInTier && (deployedAt as number) < at(from)).map(changeKey)
        const asked = { ...wide, from, changes: own, deliveredBefore: new Set(before) }
        expect(computeMetrics(input)).toEqual(computeMetrics(asked))
      }),
    )
  })

  it('is the asked window alone where there is nothing before', () => {
    const wide = question()
    expect(splitInput(wide, wide.from)).toEqual({ input: wide })
  })
})
