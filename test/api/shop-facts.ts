/** A small organisation as facts over HTTP: two services of one repository, failures, incidents, and rows of every kind. */
import { sha } from './open-api.ts'

const day = 86_400_000
const start = Date.UTC(2026, 0, 5, 9)

function at(days: number, hours = 0): string {
  return new Date(start + days * day + hours * 3_600_000).toISOString()
}

/** Commits of one line of history, two hours of work each day. */
export const commits = Array.from({ length: 80 }, (_, n) => ({
  repository: 'shop',
  sha: sha(n + 1),
  parents: n === 0 ? [] : [sha(n)],
  authoredAt: at(n, -4),
  committedAt: at(n, -2),
  message: n === 41 ? `Revert "Change 38"\n\nThis reverts commit ${sha(39)}.` : `Change ${n}`,
}))

const deployed = (service: string, n: number, hours: number) => ({
  id: `${service}-${n}`,
  service,
  repository: 'shop',
  environment: 'production',
  commit: sha(n + 1),
  version: `v${n}`,
  status: 'succeeded',
  startedAt: at(n, hours - 0.1),
  finishedAt: at(n, hours),
})

export const deployments = [
  ...[0, 5, 9, 14, 20, 26, 33, 38, 41, 45, 52, 60, 66, 71, 76].map((n) => deployed('checkout', n, 1)),
  ...[2, 14, 33, 52, 71].map((n) => deployed('billing', n, 2)),
  { ...deployed('checkout', 26, 3), id: 'checkout-26-again' },
  { ...deployed('checkout', 27, 3), id: 'checkout-failed', status: 'failed' },
  { ...deployed('checkout', 28, 3), id: 'checkout-cancelled', status: 'cancelled' },
  { ...deployed('checkout', 61, 3), id: 'checkout-config', config: true },
  { ...deployed('checkout', 30, 1), id: 'checkout-staging', environment: 'staging' },
]

export const incidents = [
  { id: 'INC-1', service: 'checkout', title: 'Totals are wrong', openedAt: at(52, 3), resolvedAt: at(52, 6), cause: 'deployment' },
  { id: 'INC-2', service: 'billing', title: 'Slow', openedAt: at(33, 5), mitigatedAt: at(33, 6), deployment: 'billing-33' },
  { id: 'INC-3', services: ['billing', 'checkout'], title: 'Network', openedAt: at(40), resolvedAt: at(40, 1), cause: 'infrastructure' },
  { id: 'INC-4', title: 'Of no service', openedAt: at(44), resolvedAt: at(44, 1) },
  { id: 'INC-5', service: 'checkout', title: 'Still open', openedAt: at(76, 4), severity: 'high' },
]

export const window = 'from=2026-01-05&to=2026-04-01'
