import { describe, expect, it } from 'vitest'
import { changesSince } from '../../server/report/changes-since.ts'
import type { MetricLine, ReportContent } from '../../server/report/snapshot.ts'
import { failureLine, reportContent, whyLine } from './snapshot-fixture.ts'

function withMetric(id: MetricLine['id'], given: Partial<MetricLine>): ReportContent {
  const content = reportContent()
  return { ...content, metrics: content.metrics.map((line) => (line.id === id ? { ...line, ...given } : line)) }
}

describe('changesSince', () => {
  it('tells nothing where only the clock moved', () => {
    const health = {
      ...reportContent().health,
      sources: [{ id: 'api', lastSuccessAt: '2026-11-30T08:00:00.000Z', lagSeconds: 10, error: null }],
    }
    expect(changesSince(reportContent(), reportContent({ asOf: '2026-11-30T08:00:00.000Z', health }))).toEqual([])
    const open = (seconds: number) => reportContent({ failures: [failureLine({ recoveredAt: null, seconds })] })
    expect(changesSince(open(60), open(6000))).toEqual([])
  })

  const cases: [string, ReportContent, ReportContent, string[]][] = [
    [
      'a value',
      reportContent(),
      withMetric('change_fail_rate', { value: 2 / 12, count: 2 }),
      ['Change fail rate: 1 of 12 (8 %) is now 2 of 12 (17 %).'],
    ],
    [
      'what a value rests on',
      reportContent(),
      withMetric('batch_size', { n: 13 }),
      ['Batch size: still 3.5, from 13 deployments instead of 12 deployments.'],
    ],
    [
      'an interval',
      reportContent(),
      withMetric('deployment_frequency', { interval: [6, 21] }),
      ['Deployment frequency: its interval 6.2 to 21 is now 6 to 21.'],
    ],
    [
      'a verdict against the week before',
      withMetric('batch_size', { comparison: 'no clear change' }),
      withMetric('batch_size', { comparison: 'clear: 2 times larger than the week before' }),
      ['Batch size, against the week before: no clear change is now clear: 2 times larger than the week before.'],
    ],
    ['no verdict of a report from before there were any', reportContent(), withMetric('batch_size', { comparison: 'no clear change' }), []],
    [
      'a week before',
      withMetric('batch_size', { before: [{ week: '2026-W46', value: 3, n: 4, count: null, reason: null }] }),
      withMetric('batch_size', { before: [{ week: '2026-W46', value: null, n: 0, count: null, reason: 'no_deployments' }] }),
      ['Batch size of 2026-W46: 3 is now no deployments.'],
    ],
    ['a failure added', reportContent({ failures: [] }), reportContent(), ['New failure: shop 1.7.0 (rolled back to 1.6.0).']],
    ['a failure removed', reportContent(), reportContent({ failures: [] }), ['No longer a failure of the week: shop 1.7.0.']],
    [
      'a recovery',
      reportContent({ failures: [failureLine({ recoveredAt: null })] }),
      reportContent(),
      ['The failure of shop 1.7.0 recovered after 1 h.'],
    ],
    [
      'a verdict',
      reportContent({ failures: [failureLine({ confidence: 'possible' })] }),
      reportContent({ failures: [failureLine({ saidBy: 'ada' })] }),
      ['The failure of shop 1.7.0 is now confirmed, said by ada.'],
    ],
    ['the definition', reportContent(), reportContent({ definition: 'dora@1+abc' }), ['The definition dora@1 is now dora@1+abc.']],
    [
      'what waits',
      reportContent(),
      reportContent({ waiting: { ...reportContent().waiting, count: 3 } }),
      ['Waiting: 4 changes is now 3 changes, or others than before.'],
    ],
    [
      'why a metric moved',
      reportContent({ why: [whyLine()] }),
      reportContent({ why: [whyLine({ sentences: ['A typical change took 2.5 days.'] }), whyLine({ id: 'change_fail_rate' })] }),
      ['Why change lead time moved is told anew.', 'Why change fail rate moved is told anew.'],
    ],
    ['nothing of why where the first report did not tell it', reportContent(), reportContent({ why: [whyLine()] }), []],
    ['coverage', reportContent(), reportContent({ coverage: { days: 6, of: 7 } }), ['Covered days: 7 are now 6 of 7.']],
  ]
  it.each(cases)('tells %s', (_, before, after, expected) => {
    expect(changesSince(before, after)).toEqual(expected)
  })
})
