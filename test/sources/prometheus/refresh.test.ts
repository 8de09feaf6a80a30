import { expect, test } from 'vitest'
import type { Fact } from '../../../server/facts.ts'
import { prometheusSource } from '../../../server/sources/prometheus/index.ts'
import { alertOptions, alertsContext, runAlerts, standingIncidents } from '../../fakes/prometheus/run-alerts.ts'
import { startPrometheus } from '../../fakes/prometheus/start-prometheus.ts'

test('what a delivery left out is read from where the last run stopped', async () => {
  const fake = await startPrometheus()
  const { cursor } = await runAlerts(fake, '2026-03-05T00:00:00Z')
  const from = Date.parse('2026-03-05T00:10:00Z')
  fake.alerts = [{ labels: { alertname: 'Down', service: 'shop', severity: 'page' }, from, to: null }]
  fake.now = Date.parse('2026-03-05T00:20:00Z')
  async function refresh(at: string | null): Promise<Fact[]> {
    const facts: Fact[] = []
    const batches = prometheusSource.refresh?.(alertOptions({ url: fake.url }), ['truncated'], at, alertsContext('2026-03-05T00:20:00Z'))
    for await (const batch of batches ?? []) facts.push(...batch.facts)
    return facts
  }
  expect(standingIncidents(...(await refresh(cursor)))).toEqual(['Down of shop: 03-05T00:10:00 to open'])
  // The first run reads everything anyway.
  expect(await refresh(null)).toEqual([])
  fake.stop()
})
