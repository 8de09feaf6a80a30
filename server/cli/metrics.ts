/** `metrics`: the numbers of a scope and a window. */
import type { MetricsAnswer } from '../metrics/answer.ts'
import { openApi } from './api.ts'
import { failingSources } from './failing-sources.ts'
import { metricsTable } from './metrics-table.ts'
import type { Session } from './session.ts'

export interface MetricsOptions {
  scope: string
  from?: string
  to?: string
  bucket?: string
  environment?: string
  json?: boolean
}

export async function showMetrics(session: Session, options: MetricsOptions): Promise<void> {
  const api = await openApi(session)
  try {
    const text = await api.text(`metrics?${queryOf(options)}`)
    session.out(
      options.json ? text : metricsTable(JSON.parse(text) as MetricsAnswer, { paint: session.paint, series: options.bucket !== undefined }),
    )
    for (const line of await failingSources(api, options.scope)) session.note(line)
  } finally {
    await api.close()
  }
}

function queryOf({ scope, from, to, bucket, environment }: MetricsOptions): string {
  const query = new URLSearchParams({ scope })
  for (const [key, value] of Object.entries({ from, to, bucket, environment })) if (value !== undefined) query.set(key, value)
  return query.toString()
}
