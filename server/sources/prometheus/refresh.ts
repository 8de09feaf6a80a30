/** Reads what a delivery left out because it would have been too large. */
import type { Batch, Context } from '../source.ts'
import { collectAlerts } from './collect.ts'
import { parseCursor } from './cursor.ts'
import type { PrometheusOptions } from './options.ts'

/** From where the last run stopped; before the first run, which reads everything, there is nothing to add. */
export async function* refreshAlerts(
  options: PrometheusOptions,
  cursor: string | null,
  ctx: Context,
): AsyncGenerator<Pick<Batch, 'facts'>> {
  const known = parseCursor(cursor, options)
  if (known === null || known.isRuleNew || options.url === undefined) return
  for await (const { facts } of collectAlerts(options, cursor, ctx)) yield { facts }
}
