/** Pages of the deployments of an environment by its name: no index holds it apart, so that all rows of the scope are read and judged. */
import type { LinkedDeployment } from '../../linked.ts'
import { explainDeployment } from '../../metrics/evidence.ts'
import type { NumberedDeployment } from '../deployments.ts'
import { type DeploymentsAsked, deploymentOrder, isByRecovery, lasted } from './deployments-page.ts'
import { type Page, pageOf, passes, positionIn } from './order.ts'

export function pageOfDeployments(all: readonly NumberedDeployment[], asked: Omit<DeploymentsAsked, 'tier'>): Page<LinkedDeployment> {
  const order = deploymentOrder(asked.sort, asked.metric)
  const after = asked.after === undefined ? null : (positionIn(order, asked.after, 'instant', 'instant', 'number') as number[])
  const sign = asked.sort === 'oldest' ? 1 : -1
  const found = all
    .filter(({ row }) => passes(asked, explainDeployment(row, asked.metric, asked).reason))
    .map(({ n, at, row }) => ({ row, place: [keyOf(row, asked), at, n] }))
    .filter(({ place }) => after === null || sign * compare(place, after) > 0)
    .sort((a, b) => sign * compare(a.place, b.place))
  return pageOf(
    found,
    asked,
    order,
    ({ place }) => place,
    ({ row }) => row,
  )
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (const [i, part] of a.entries()) if (part !== b[i]) return part - (b[i] as number)
  return 0
}

function keyOf({ failure, changes }: LinkedDeployment, { sort, metric }: Pick<DeploymentsAsked, 'sort' | 'metric'>): number {
  if (sort !== 'longest') return 0
  if (!isByRecovery(metric)) return changes
  return failure === null ? -1 : lasted(failure.beganAt, failure.recoveredAt)
}
