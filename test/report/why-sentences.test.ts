import { describe, expect, it } from 'vitest'
import type { Comparison } from '../../server/metrics/answer.ts'
import type { BacklogRelease } from '../../server/metrics/explain/backlog-releases.ts'
import { type Explanation, explain } from '../../server/metrics/explain/explanation.ts'
import { serviceParts } from '../../server/metrics/explain/split-by-service.ts'
import { noSums, type ServiceSums } from '../../server/metrics/explain/sums.ts'
import { whySentences } from '../../server/report/why-sentences.ts'

const day = 86_400

/** So many changes of equal lead time. */
function shipped(service: string, n: number, days: number, rest: Partial<ServiceSums> = {}): ServiceSums {
  return { service, ...noSums(), n, logSum: n * Math.log1p(days * day), seconds: n * days * day, ...rest }
}

function judged(service: string, n: number, failed: number): ServiceSums {
  return { service, ...noSums(), judged: n, failed }
}

function of(metric: Explanation['metric'], before: ServiceSums[], after: ServiceSums[], rest: Partial<Explanation> = {}): Explanation {
  return { ...(explain(metric, before, after, { longest: [], deliveries: [], failures: [] }) as Explanation), ...rest }
}

function told(explanation: Explanation, comparison: Partial<Comparison> = {}): string[] {
  const parts = explanation.services === null ? [] : serviceParts(explanation.services, { mix: 3, within: 5 })
  return whySentences(explanation, comparison as Comparison, parts)
}

const slower: [ServiceSums[], ServiceSums[]] = [[shipped('shop', 40, 1)], [shipped('shop', 40, 2)]]

describe('the sentences of lead time', () => {
  it('tell first what a typical change took', () => {
    expect(told(of('change_lead_time', ...slower))).toEqual([
      'A typical change took 2 days, before 1 day: 2 times slower (geometric means).',
      'The mean went from 1 day to 2 days.',
    ])
  })

  it('begin with the mix where that is the weightier', () => {
    const both = (fast: number, slow: number) => [shipped('fast', fast, 1), shipped('slow', slow, 9)]
    expect(told(of('change_lead_time', both(90, 10), both(10, 90))).slice(1, 3)).toEqual([
      'More of the changes came from slower services: that makes it 5.8 times slower. Most of that is fast (10 % of the changes, before 90 %) and slow (90 % of the changes, before 10 %).',
      'The services themselves stayed as they were.',
    ])
  })

  it('say where no single service makes much of it', () => {
    const all = (days: number) => Array.from({ length: 12 }, (_, i) => shipped(`s${i}`, 10, days))
    expect(told(of('change_lead_time', all(2), all(1)))[1]).toBe(
      'The services themselves became faster: with the same mix of services it would be 2 times faster. No single service makes much of that.',
    )
  })

  it('name services of only one window, up to three', () => {
    const some = ['a', 'b', 'c', 'd'].map((service) => shipped(service, 5, 3))
    const sentences = told(of('change_lead_time', [shipped('shop', 40, 1), shipped('old', 4, 1)], [shipped('shop', 40, 2), ...some]))
    expect(sentences).toContain(
      '4 services had changes only in this window and count as mix. old had changes only before and counts as mix.',
    )
  })

  it('say where the plain mean or the verdict points the other way', () => {
    const [most, longest] = [shipped('shop', 99, 1), shipped('shop', 1, 400)]
    const one = { ...most, n: 100, logSum: most.logSum + longest.logSum, seconds: most.seconds + longest.seconds }
    const sentences = told(of('change_lead_time', [one], [shipped('shop', 100, 2)]), { factor: 0.8 })
    expect(sentences.slice(1, 3)).toEqual([
      'The verdict compares changes by rank and says otherwise: a few very short or very long ones move the mean.',
      'The plain mean moved the other way, from 5 days to 2 days: it follows the few longest changes.',
    ])
  })

  it('say of a stage that it was seen more or less often than before', () => {
    const staged = (days: number, n: number) => [shipped('shop', 40, days, { stages: { review: { sum: n * day, n } } })]
    expect(told(of('change_lead_time', staged(1, 10), staged(2, 40))).at(-1)).toBe(
      'The mean went from 1 day to 2 days, most of it by review (1 day a change, before 6 h; but it was observed for 100 % of the changes, before for 25 %) and stages not observed (1 day a change, before 18 h).',
    )
  })

  it('name the few changes that carry most of it, and the mean without them', () => {
    const long = { service: 'shop', repository: 'shop', key: 'c1', title: 'Split the ledger', url: null, deployedAt: 0, seconds: 60 * day }
    const sums = { ...shipped('shop', 40, 1), seconds: 100 * day }
    const explanation = explain('change_lead_time', [shipped('shop', 40, 1)], [sums], { longest: [long], deliveries: [], failures: [] })
    expect(told(explanation as Explanation).at(-1)).toContain(
      'Most of it is carried by 1 of the 40 changes: “Split the ledger” (60 days). Without it that mean would be 1 day, not 2.5 days.',
    )
  })

  it('tell several releases of a backlog together', () => {
    const deployment = { service: 'shop', source: 'api', id: 'd', commit: null, url: null, finishedAt: 0 }
    const releases = ['1', '2', '3', '4', '5'].map((version): BacklogRelease => {
      return {
        service: 'shop',
        deployment: { ...deployment, version },
        n: 9,
        logSum: 0,
        waitLogSum: 0,
        wait: day,
        usualWait: 60,
        usualChanges: 2,
      }
    })
    const backlog = { window: 'after' as const, releases, logMeanWithout: Math.log1p(day) }
    expect(told(of('change_lead_time', ...slower, { backlog })).at(-1)).toBe(
      '5 deployments released a backlog, 45 changes that had waited far longer than usual from merge to live: shop 1, shop 2, shop 3 and 2 others. Without them a typical change would have taken 1 day, not 2 days.',
    )
  })
})

describe('the sentences of the fail rate', () => {
  it('tell counts, rates and points', () => {
    const before = [judged('shop', 50, 10), judged('till', 50, 10)]
    const after = [judged('shop', 50, 2), judged('till', 50, 9)]
    expect(told(of('change_fail_rate', before, after))).toEqual([
      '11 of 100 judged deployments failed (11 %), before 20 of 100 (20 %): 9 points lower.',
      'The services themselves failed less often: with the same mix of services the rate would be 9 points lower. Most of that is shop (2 of 50 failed, before 10 of 50).',
      'Which services shipped more plays no part.',
    ])
  })
})
