/** What a derivation that begins within the life of a service takes as given of the time before. */
import type { Instant } from '../facts.ts'
import type { Live } from './kinds.ts'

/**
 * The service's deployments from an instant on are derived; those given here went live before it and stay as they are. It holds only for
 * repositories without any commit: there nothing but names tells what a deployment carries.
 */
export interface Earlier {
  /** By reference: deployments among the input's that stay as they are, with their kinds; null: it never went live. */
  kinds: Map<string, Live['kind'] | null>
  /** By `chainKey`: keys of changes that the chain carries already. */
  carried: Map<string, Set<string>>
  /** By `tierKey`: keys of changes that a chain of the tier carries already. */
  inTier: Map<string, Set<string>>
  /** By repository: when its first production deployment was live. */
  since: Map<string, Instant>
}

export function chainKey(environment: string, repository: string): string {
  return `${environment}\n${repository}`
}

export function tierKey(tier: string | null, repository: string): string {
  return `${tier} ${repository}`
}
