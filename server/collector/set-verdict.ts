/** What a person says of a deployment. */
import { ShiplogError } from '../errors.ts'
import type { Deployment, Instant, Ref, Verdict } from '../facts.ts'
import type { Db } from '../store/database.ts'
import { readFactsByKey, type StandingFact } from '../store/facts.ts'
import { readServiceKeys } from '../store/services.ts'
import type { Store } from '../store/store.ts'
import { appendVerdict } from '../store/verdicts.ts'
import { deriveServices } from './derive-services.ts'
import { graphsOf } from './graphs.ts'
import { inTurn } from './in-turn.ts'
import type { ChangeContext } from './ingest.ts'
import { restore } from './names.ts'
import { presentService } from './service-names.ts'
import { settle } from './settle.ts'
import { deployedServices, sharingServices, wholeOf } from './shared-facts.ts'

export interface VerdictRequest {
  ref: Ref
  input: { verdict: Verdict['verdict']; by: string; note?: string; recoveredAt?: Instant }
}

/** Adds the word to the deployment's history and derives its service anew. Throws ShiplogError `not_found` or `invalid`. */
export async function setVerdict(store: Store, context: ChangeContext, { ref, input }: VerdictRequest): Promise<Verdict> {
  if (input.recoveredAt !== undefined && input.verdict !== 'failed') {
    throw new ShiplogError('invalid', 'recoveredAt goes only with the verdict failed. Leave it out, or set the verdict to failed.')
  }
  const verdict: Verdict = {
    source: ref.source,
    id: ref.id,
    verdict: input.verdict,
    by: input.by,
    at: context.now,
    note: input.note ?? null,
    recoveredAt: input.recoveredAt ?? null,
  }
  await inTurn(store, async (tx) => {
    const deployment = await deploymentOf(tx, ref, context)
    if (!deployment) {
      throw new ShiplogError(
        'not_found',
        `There is no deployment ${ref.id} of source ${ref.source}. Take source and id from the list of deployments.`,
      )
    }
    await appendVerdict(tx, verdict)
    // Without what was withdrawn, the service may show fewer signals.
    const cause = verdict.verdict === 'withdrawn' ? null : { changed: [], regraphed: new Set<number>(), judged: [ref] }
    const services = deployment.serviceId === null ? [] : [deployment.serviceId]
    const { written } = await deriveServices(tx, services, { ...context, graphs: graphsOf(store) }, cause)
    await settle(tx, written, context)
  })
  return verdict
}

/** The fact of a deployment, or the one of which a service's part is named. */
async function deploymentOf(tx: Db, ref: Ref, { config }: ChangeContext): Promise<StandingFact | undefined> {
  const part = wholeOf(ref)
  const refs = part === null ? [ref] : [ref, part.whole]
  const found = await readFactsByKey(
    tx,
    refs.map(({ source, id }) => ({ kind: 'deployment' as const, source, id })),
  )
  const whole = found.find(({ id }) => id === ref.id)
  if (whole !== undefined || part === null) return whole
  const [fact] = found
  if (fact?.serviceId == null) return undefined
  const [filed] = await readServiceKeys(tx, [fact.serviceId])
  const sharing = filed === undefined ? [] : deployedServices(sharingServices(config, filed.key), restore<Deployment>(fact))
  return sharing.length > 1 && sharing.some(({ id }) => id === presentService(config, part.service)) ? fact : undefined
}
