import { afterEach, beforeEach, expect, test } from 'vitest'
import { prometheusSource } from '../../../server/sources/prometheus/index.ts'
import { alertOptions, alertsContext } from '../../fakes/prometheus/run-alerts.ts'
import { type PrometheusFake, startPrometheus } from '../../fakes/prometheus/start-prometheus.ts'

let fake: PrometheusFake
beforeEach(async () => {
  fake = await startPrometheus()
})
afterEach(() => fake.stop())

const at = (time: string) => Date.parse(`2026-03-03T${time}Z`)
const preview = (fields: Record<string, unknown> = {}) =>
  prometheusSource.preview?.(alertOptions({ url: fake.url, ...fields }), alertsContext('2026-03-05T00:00:00Z'))

test('lists what fired within a week, newest first, with why it does not count', async () => {
  fake.alerts = [
    { labels: { alertname: 'Down', service: 'shop', severity: 'critical' }, from: at('10:00'), to: at('11:00') },
    { labels: { alertname: 'Full', severity: 'critical' }, from: at('12:00'), to: null },
    { labels: { alertname: 'Slow', service: 'shop', severity: 'warning' }, from: at('09:00'), to: at('09:30') },
    { labels: { alertname: 'Watchdog' }, from: at('08:00'), to: null },
  ]
  expect(await preview()).toEqual({
    rule: 'every alert that fires of which severity matches (?i)^(?:critical|page)$, except those of which alertname matches ^(?:Watchdog|DeadMansSwitch|InfoInhibitor)$',
    rows: [
      { name: 'Full', at: at('12:00'), counted: true, reason: null },
      { name: 'Down', at: at('10:00'), counted: true, reason: null, group: 'shop' },
      { name: 'Slow', at: at('09:00'), counted: false, reason: 'Its label severity is warning.', group: 'shop' },
      { name: 'Watchdog', at: at('08:00'), counted: false, reason: 'Its label alertname is what `except` leaves out.' },
    ],
    hints: ['1 of these name no service. Write under service the label that does.'],
  })
})

test('gives advice where nothing fired, nothing counts, or nothing can be asked', async () => {
  expect(await preview({ alerts: true, except: {} })).toEqual({
    rule: 'every alert that fires',
    rows: [],
    hints: [expect.stringContaining('7 days')],
  })
  fake.alerts = [{ labels: { alertname: 'Slow', severity: 'warning' }, from: at('09:00'), to: at('09:30') }]
  expect((await preview())?.hints).toEqual([expect.stringContaining('None of these counts')])
  const receiving = prometheusSource.preview?.(alertOptions({ webhook: { token: 'x' } }), alertsContext('2026-03-05T00:00:00Z'))
  expect((await receiving)?.hints).toEqual([expect.stringContaining('Write url')])
})
