/** /deployments/{source}/{id}/verdict: what people say of a deployment. */
import { setVerdict } from '../collector/set-verdict.ts'
import { ShiplogError } from '../errors.ts'
import type { Ref, Verdict, VerdictInput } from '../facts.ts'
import { readDeployment } from '../store/deployments.ts'
import { readVerdicts } from '../store/verdicts.ts'
import type { ApiDeps } from './api-deps.ts'
import { createRouter } from './router.ts'
import { deleteVerdict, getVerdict, putVerdict, type VerdictHistory } from './verdicts-schema.ts'
import { timeText, timeTextOrNull } from './wire-time.ts'

type Input = ReturnType<(typeof VerdictInput)['parse']>

export function verdictsRoutes(deps: ApiDeps) {
  const { store, config } = deps
  const context = () => ({ now: deps.now().getTime(), config })

  return createRouter()
    .openapi(getVerdict, async (c) => c.json(await historyOf(deps, c.req.valid('param')), 200))
    .openapi(putVerdict, async (c) => {
      const ref = c.req.valid('param')
      const input: Input = c.req.valid('json')
      checkRecovery(input)
      await known(deps, ref)
      await setVerdict(store, context(), { ref, input })
      return c.json(await historyOf(deps, ref), 200)
    })
    .openapi(deleteVerdict, async (c) => {
      const ref = c.req.valid('param')
      const { standing } = await historyOf(deps, ref)
      if (standing === null) {
        throw new ShiplogError(
          'not_found',
          `Nobody’s verdict stands on the deployment ${ref.source}/${ref.id}, so there is none to withdraw.`,
        )
      }
      await setVerdict(store, context(), { ref, input: { verdict: 'withdrawn', by: c.req.valid('query').by ?? standing.by } })
      return c.json(await historyOf(deps, ref), 200)
    })
}

async function known({ store }: ApiDeps, ref: Ref): Promise<void> {
  if ((await readDeployment(store.db, ref)) === null) {
    throw new ShiplogError(
      'not_found',
      `There is no deployment ${ref.source}/${ref.id}. Sources and ids are as they were sent; encode each as one part of the path.`,
    )
  }
}

async function historyOf(deps: ApiDeps, ref: Ref): Promise<VerdictHistory> {
  await known(deps, ref)
  const history = (await readVerdicts(deps.store.db, ref)).map(entryOf)
  const newest = history[0] ?? null
  return { standing: newest?.verdict === 'withdrawn' ? null : newest, history }
}

function entryOf({ verdict, by, at, note, recoveredAt }: Verdict): VerdictHistory['history'][number] {
  return { verdict, by, at: timeText(at), note, recoveredAt: timeTextOrNull(recoveredAt) }
}

function checkRecovery(input: Input): void {
  if (input.recoveredAt === undefined || input.verdict === 'failed') return
  const fault = { path: 'recoveredAt', message: 'is given with the verdict failed only: remove it' }
  throw new ShiplogError('invalid', `${fault.path}: ${fault.message}`, [fault])
}
