/** What a person says of a deployment. */
import { ShiplogError } from '../errors.ts'
import type { Instant, Ref, Verdict } from '../facts.ts'
import { readFactsByKey } from '../store/facts.ts'
import { bumpRevision } from '../store/meta.ts'
import type { Store } from '../store/store.ts'
import { appendVerdict } from '../store/verdicts.ts'
import { deriveServices } from './derive-services.ts'
import { graphsOf } from './graphs.ts'
import { inTurn } from './in-turn.ts'
import type { ChangeContext } from './ingest.ts'

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
    const [deployment] = await readFactsByKey(tx, [{ kind: 'deployment', source: ref.source, id: ref.id }])
    if (!deployment) {
      throw new ShiplogError(
        'not_found',
        `There is no deployment ${ref.id} of source ${ref.source}. Take source and id from the list of deployments.`,
      )
    }
    await appendVerdict(tx, verdict)
    // Without what was withdrawn, the service may show fewer signals.
    const cause = verdict.verdict === 'withdrawn' ? null : { changed: [], regraphed: new Set<number>(), judged: [ref] }
    if (deployment.serviceId !== null) await deriveServices(tx, [deployment.serviceId], { ...context, graphs: graphsOf(store) }, cause)
    await bumpRevision(tx, context.now)
  })
  return verdict
}
