/** POST and DELETE of deployments, changes, incidents, commits and artifacts. */
import type { Context } from 'hono'
import { ingest } from '../collector/ingest.ts'
import { ShiplogError } from '../errors.ts'
import type { Fact, Instant } from '../facts.ts'
import { isStanding } from '../store/facts.ts'
import type { ApiDeps } from './api-deps.ts'
import { type Fault, faultSentence, faultsOf, pathText } from './error-body.ts'
import { deleteRoute, type FactResource, factResources, maxItems, postRoute } from './facts-schema.ts'
import { readJson } from './request-body.ts'
import { type AppEnv, createRouter } from './router.ts'

const maxFaults = 100
/** How far a sender's clock may be ahead, milliseconds. */
const futureLimit = 24 * 3600 * 1000

export function factsRoutes(deps: ApiDeps) {
  const router = createRouter()
  for (const resource of factResources) {
    router.openAPIRegistry.registerPath(postRoute(resource))
    router.post(`/${resource.path}`, async (c: Context<AppEnv>) => {
      const facts = parseFacts(await readJson(c), resource, deps.now().getTime())
      const { accepted, unchanged, withdrawn } = await ingest(deps.store, facts, contextOf(deps))
      return c.json({ accepted, unchanged, ...(withdrawn ? { withdrawn, note: withdrawnNote(withdrawn) } : {}) }, 200)
    })
    router.openapi(deleteRoute(resource.path), async (c) => {
      const { source, id } = c.req.valid('param')
      const of = resource.kind
      if (!(await isStanding(deps.store.db, { kind: of, source, id }))) {
        throw new ShiplogError(
          'not_found',
          `There is no ${of} ${source}/${id}. Sources and ids are as they were sent; encode each as one part of the path.`,
        )
      }
      const { accepted, unchanged } = await ingest(deps.store, [{ kind: 'withdrawal', of, source, id }], contextOf(deps))
      return c.json({ accepted, unchanged }, 200)
    })
  }
  return router
}

function withdrawnNote(withdrawn: number): string {
  const stays = withdrawn === 1 ? 'One fact was withdrawn before and stays so' : `${withdrawn} facts were withdrawn before and stay so`
  return `${stays}. To bring back what was withdrawn, send it with an updatedAt later than that of the withdrawn version.`
}

function contextOf({ config, now }: ApiDeps) {
  return { now: now().getTime(), config, authority: 'push' as const }
}

/** The facts of one request; throws one `invalid` that names each fault by its item and field. */
function parseFacts(body: unknown, resource: FactResource, now: Instant): Fact[] {
  const { items, prefix } = itemsOf(body)
  const facts: Fact[] = []
  const faults: Fault[] = []
  items.forEach((item, index) => {
    const parsed = resource.schema.safeParse(item)
    if (parsed.success) facts.push(factOf(resource, parsed.data))
    if (faults.length >= maxFaults) return
    faults.push(...(parsed.success ? futureFaults(parsed.data, now, prefix(index)) : faultsOf(parsed.error, prefix(index))))
  })
  if (faults.length > 0) throw new ShiplogError('invalid', faultSentence(faults), faults.slice(0, maxFaults))
  return facts
}

/** The times of a fact that have not come yet, but for clocks that differ: nothing could have happened then. */
function futureFaults(data: Record<string, unknown>, now: Instant, prefix: PropertyKey[]): Fault[] {
  return Object.entries(data).flatMap(([field, at]) => {
    if (!field.endsWith('At') || typeof at !== 'number' || at <= now + futureLimit) return []
    const message = `must not lie more than 24 hours in the future; here it is ${new Date(now).toISOString()}`
    return [{ path: pathText([...prefix, field]), message }]
  })
}

function factOf({ kind }: FactResource, data: Record<string, unknown>): Fact {
  return (kind === 'deployment' ? { kind, reported: 'event', ...data } : { kind, ...data }) as Fact
}

/** One object, or the list under `items`. */
function itemsOf(body: unknown): { items: unknown[]; prefix: (index: number) => PropertyKey[] } {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new ShiplogError('invalid', 'The body must be one JSON object, or { "items": [...] } for several.')
  }
  if (!Object.hasOwn(body, 'items')) return { items: [body], prefix: () => [] }
  const { items, ...others } = body as { items: unknown }
  const unknown = Object.keys(others).map((path) => ({ path, message: 'is not a known field beside items: remove it' }))
  if (unknown.length > 0) throw new ShiplogError('invalid', faultSentence(unknown), unknown.slice(0, maxFaults))
  if (!Array.isArray(items) || items.length < 1 || items.length > maxItems) {
    const fault = {
      path: 'items',
      message: `must be a list of 1 to ${maxItems} objects${Array.isArray(items) ? `, and has ${items.length}` : ''}`,
    }
    throw new ShiplogError(Array.isArray(items) && items.length > maxItems ? 'too_large' : 'invalid', faultSentence([fault]), [fault])
  }
  return { items, prefix: (index) => ['items', index] }
}
