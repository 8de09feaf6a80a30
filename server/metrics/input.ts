/** What the metrics are computed from: linked rows of one scope and window, read from the store. */

import type { Definition } from '../definition.ts'
import type { Instant } from '../facts.ts'
import type { LinkedDeployment, LinkedIncident, MeasuredChange, ServiceFacts } from '../linked.ts'
import type { Bucket } from './answer.ts'

export interface MetricsInput {
  /** `service:ID`, `team:ID` or `org`. */
  scope: string
  /** Calendar days of the time zone, [from, to). */
  from: string
  to: string
  timeZone: string
  bucket: Bucket
  /** A tier's name (all its environments together) or an environment's. */
  environment: string
  /** Newest successful collection or write of the scope's sources; null before any. */
  asOf: Instant | null
  definition: Definition
  services: ServiceFacts[]
  /** Rows of the asked environments that finished (running: started) in the window. */
  deployments: LinkedDeployment[]
  /** Rows delivered in the window in the asked environments. */
  changes: MeasuredChange[]
  /** Roll-ups: keys (`changeKey` of evidence.ts) of those changes that a deployment of the scope carried before the window. */
  deliveredBefore?: ReadonlySet<string>
  /** Merged, reachable from the default branch, not delivered by asOf: their merge times. */
  waiting: Instant[]
  /** Opened in the window. */
  incidents: LinkedIncident[]
}
