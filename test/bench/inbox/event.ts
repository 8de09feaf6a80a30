/** What a sender of the benchmark sends: Kibana's alerts, each first active, then recovered. */

export const hookToken = 'the-token-of-the-benchmark'

/** The id of the incident that the event is of. */
export function incidentOf(run: string, sender: number, number: number): string {
  return `${run}-${sender}-${Math.floor(number / 2)}`
}

export function eventOf(run: string, sender: number, number: number): string {
  const start = Date.UTC(2026, 0, 5) + number * 1000
  const isOver = number % 2 === 1
  return JSON.stringify({
    'kibana.alert.uuid': incidentOf(run, sender, number),
    'kibana.alert.status': isOver ? 'recovered' : 'active',
    'kibana.alert.start': new Date(isOver ? start - 1000 : start).toISOString(),
    'kibana.alert.end': isOver ? new Date(start + 60_000).toISOString() : '',
    'kibana.alert.severity': 'critical',
    'kibana.alert.instance.id': `host-${sender}`,
    'kibana.alert.url': `https://kibana.example.org/app/observability/alerts/${incidentOf(run, sender, number)}`,
    'kibana.alert.rule.name': 'Latency of a transaction is above its threshold',
    'kibana.alert.rule.tags': 'page,production',
    'service.name': `service-${sender}`,
    'service.environment': 'production',
    '@timestamp': new Date(start).toISOString(),
  })
}
