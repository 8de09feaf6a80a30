/** Facts as their senders write them: times as text, and nothing that the server adds. */
import type { Fact } from '../../../server/facts.ts'

const added = new Set(['kind', 'reported'])

export function wireOf(fact: Fact): Record<string, unknown> {
  const fields = Object.entries(fact).flatMap(([key, value]) => {
    if (added.has(key)) return []
    return [[key, key.endsWith('At') && typeof value === 'number' ? new Date(value).toISOString() : value]]
  })
  return Object.fromEntries(fields)
}
