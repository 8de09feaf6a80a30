import { renderToStaticMarkup } from 'react-dom/server'
import { describe, expect, it } from 'vitest'
import type { Comparison, ListedMetrics, ServiceList } from '../../../web/api.ts'
import { MetricList } from '../../../web/parts/metric-list.tsx'

type Point = NonNullable<ListedMetrics['metrics']>['change_lead_time']
type Item = { id: string } & ListedMetrics

const compared: Comparison = {
  from: '2026-01-01',
  to: '2026-03-26',
  value: 2,
  n: 20,
  current: { from: '2026-03-26', to: '2026-06-18' },
  factor: 1,
  interval: [0.5, 2],
  p: 0.5,
  verdict: 'no clear change',
  reason: null,
  needs: null,
  text: 'no clear change',
}
const steady: Point = { value: 86_400, n: 20, interval: null, reason: null, comparison: { ...compared, standsOut: false } }
const moved: Point = { ...steady, comparison: { ...compared, standsOut: true, text: 'clear: 2 times slower than the 12 weeks before' } }
const unknown: Point = { value: null, n: 0, interval: null, reason: 'not_covered' }

function item(id: string, lead: Point): Item {
  return {
    id,
    metrics: {
      deployment_frequency: unknown,
      change_lead_time: lead,
      failed_deployment_recovery_time: unknown,
      change_fail_rate: unknown,
      deployment_rework_rate: unknown,
    },
  }
}

const whole: ServiceList['comparison'] = { compared: 40, standOut: 9, text: 'of 40 compared, 9 stand out' }

function shown(items: Item[], list: Partial<ServiceList> = {}): string {
  const name = { title: 'Team', cell: ({ id }: Item) => id }
  return renderToStaticMarkup(
    <MetricList id="teams" title="Teams" noun="team" items={items} list={{ comparison: whole, ...list }} name={name} before={[]} />,
  ).replaceAll(/<[^>]+>/g, '')
}

describe('a list of metrics', () => {
  it('counts what stands out among the items that it shows, not among all of the answer', () => {
    const text = shown([item('a', moved), item('b', steady), item('c', unknown)])
    expect(text).toContain('Those that stand out first, the rest by name. 3 teams; of 2 compared, 1 stands out from the window before.')
    expect(text).toContain('aStands out: lead time 2 times slower than the 12 weeks before')
  })

  it('says that it is by name where nothing stands out', () => {
    const text = shown([item('b', steady)])
    expect(text).toContain('TeamsBy name. 1 team; of 1 compared, 0 stand out from the window before.')
    expect(text).not.toContain('Stands out')
  })

  it('says of a value that is not known why it is not', () => {
    expect(shown([item('c', unknown)])).toMatch(/no data: Nothing was collected for this window/)
  })

  it('says where times are estimates, and only there', () => {
    expect(shown([item('a', steady)], { estimate: { relativeError: 0.005 } })).toContain('Times are estimates, within 0.5%.')
    expect(shown([item('a', steady)])).not.toContain('estimate')
  })
})
