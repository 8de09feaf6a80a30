/** What a look at the refs changes in the deployments of a source. */
import type { Fact } from '../facts.ts'
import type { State } from './cursor.ts'

export interface Changes {
  /** How many facts there are. */
  size: number
  /** Withdrawals before deployments; can be asked for more than once. */
  facts(): Iterable<Fact>
  /** For the run log. */
  notes: string[]
  /** What the next look compares with. */
  tags: State['tags']
  branch: State['branch']
}
