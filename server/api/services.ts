/** GET /services, /services/{id} and /teams: what is measured, and who owns it. */
import type { Config } from '../config.ts'
import { ShiplogError } from '../errors.ts'
import type { Instant } from '../facts.ts'
import { type MetricsAnswer, metricIds } from '../metrics/answer.ts'
import type { SplitInput } from '../metrics/comparison/split-input.ts'
import { computeMetrics } from '../metrics/compute.ts'
import type { MetricsInput } from '../metrics/input.ts'
import { knownServices, ownership, withDescendants } from '../store/scope.ts'
import { readServices, readStoredServices, type ServiceOverview } from '../store/services.ts'
import { type Answers, reply } from './answers.ts'
import type { ApiDeps } from './api-deps.ts'
import { type Window, windowFrom } from './query.ts'
import { createRouter } from './router.ts'
import { getService, getServices, getTeams, type ServiceList, type ServiceSummary } from './services-schema.ts'
import { standingOut } from './standing-out.ts'
import { timeText, timeTextOrNull } from './wire-time.ts'

/** Names in one message. */
const mostNamed = 20

export function servicesRoutes(deps: ApiDeps, answers: Answers) {
  const { store, config } = deps
  return createRouter()
    .openapi(getServices, async (c) => {
      const { from, to, environment } = c.req.valid('query')
      const window = from === undefined && to === undefined ? null : windowFrom({ from, to }, deps.now(), config.timeZone)
      const today = startOfToday(deps.now(), config.timeZone)
      const answer = await answers.ask('services', { ...window, environment, today }, async (state) => {
        const services = await summaries(deps)
        const list: ServiceList = { asOf: timeTextOrNull(state.asOf), services }
        return window === null
          ? list
          : withMetrics(deps, list, { ...window, environment }, await answers.orgRows(state, { ...window, environment }))
      })
      return reply(c, answer)
    })
    .openapi(getService, async (c) => {
      const id = formerly(config, c.req.valid('param').id)
      const services = await summaries(deps)
      const service = services.find((each) => each.id === id)
      if (service === undefined) {
        const known = services.slice(0, mostNamed).map((each) => each.id)
        const others = services.length > mostNamed ? ` and ${services.length - mostNamed} others` : ''
        throw new ShiplogError(
          'not_found',
          `There is no service ${id}. ${known.length === 0 ? 'None is known yet.' : `Known are: ${known.join(', ')}${others}.`}`,
        )
      }
      return c.json(service, 200)
    })
    .openapi(getTeams, async (c) => {
      const services = await knownServices(store.db, config)
      const now = deps.now().getTime()
      const owners = services.map((service) => ({ service, team: ownersOf(config, service, now).team }))
      const teams = config.teams.map(({ id, title, parent = null }) => {
        const within = withDescendants(config.teams, id)
        return {
          id,
          title,
          parent,
          services: owners.flatMap(({ service, team }) => (team === id ? [service] : [])),
          allServices: owners.flatMap(({ service, team }) => (team !== null && within.has(team) ? [service] : [])),
        }
      })
      return c.json({ teams: teams.sort((a, b) => (a.title < b.title ? -1 : 1)) }, 200)
    })
}

/** All services by name, those without facts too. */
async function summaries({ store, config, now }: ApiDeps): Promise<ServiceSummary[]> {
  const stored = new Map((await readServices(store.db)).map((service) => [service.id, service]))
  const at = now().getTime()
  return (await knownServices(store.db, config)).map((id) => summary(config, id, stored.get(id), at))
}

function summary(config: Config, id: string, stored: ServiceOverview | undefined, now: Instant): ServiceSummary {
  const last = stored?.lastDeployment ?? null
  const configured = config.services.find((service) => service.id === id)
  return {
    id,
    ...ownersOf(config, id, now),
    sources: [...new Set([...(configured?.sources ?? []), ...(stored?.sources ?? [])])],
    repositories: stored?.repositories ?? [],
    coveredFrom: timeTextOrNull(stored?.coveredFrom ?? null),
    coveredTo: timeTextOrNull(stored?.coveredTo ?? null),
    signals: stored?.signals ?? [],
    lastDeployment:
      last === null || last.finishedAt === null
        ? null
        : { source: last.source, id: last.id, finishedAt: timeText(last.finishedAt), version: last.version, commit: last.commit },
  }
}

function ownersOf(config: Config, id: string, now: Instant): { team: string | null; teams: { team: string; from: string | null }[] } {
  const service = config.services.find((each) => each.id === id)
  if (service === undefined) return { team: null, teams: [] }
  const current = ownership(config, service).find(({ from, to }) => (from === null || from <= now) && (to === null || to > now))
  return { team: current?.team ?? null, teams: service.teams }
}

function formerly(config: Config, id: string): string {
  return config.services.find((service) => service.was.includes(id))?.id ?? id
}

/** Who owns a service changes at midnight, not with the data. */
function startOfToday(now: Date, timeZone: string): string {
  return windowFrom({ from: '1970-01-01' }, now, timeZone).to
}

/** The metrics of every service from one reading of all rows. */
async function withMetrics(
  { store, config }: ApiDeps,
  list: ServiceList,
  question: Window & { environment: string },
  rows: SplitInput,
): Promise<ServiceList> {
  const asOf = new Map((await readStoredServices(store.db)).map((service) => [service.id, service.asOf]))
  const inputs = inputsByService(rows.input, asOf)
  const earlier = rows.earlier && inputsByService(rows.earlier, asOf)
  let buckets: ServiceList['buckets']
  const services = list.services.map((service) => {
    const own = inputs.get(service.id)
    if (own === undefined) return service
    const answer = computeMetrics(own, earlier?.get(service.id), metricIds)
    // A week is cut by the present in some services and by the window in all: the list says what holds for any.
    buckets = answer.series.map(({ start, end, partial, provisional }, index) => ({
      start,
      end,
      partial: partial || (buckets?.[index]?.partial ?? false),
      provisional: provisional || (buckets?.[index]?.provisional ?? false),
    }))
    return { ...service, ...shortAnswer(answer) }
  })
  return { ...list, from: question.from, to: question.to, buckets: buckets ?? [], ...standingOut(services, config.definition) }
}

function inputsByService(input: MetricsInput, asOf: Map<string, Instant | null>): Map<string, MetricsInput> {
  const inputs = new Map<string, MetricsInput>()
  for (const facts of input.services) {
    inputs.set(facts.service, {
      ...input,
      scope: `service:${facts.service}`,
      asOf: asOf.get(facts.service) ?? null,
      services: [facts],
      deployments: [],
      changes: [],
      deliveredBefore: undefined,
      waiting: [],
      incidents: [],
    })
  }
  for (const row of input.deployments) inputs.get(row.service)?.deployments.push(row)
  for (const row of input.changes) inputs.get(row.service)?.changes.push(row)
  for (const row of input.incidents) if (row.service !== null) inputs.get(row.service)?.incidents.push(row)
  return inputs
}

function shortAnswer({ metrics, series }: MetricsAnswer): Pick<ServiceSummary, 'metrics' | 'series'> {
  const points = metricIds.map((id) => {
    const { value, n, interval, reason, comparison } = metrics[id]
    const count = 'count' in metrics[id] ? { count: metrics[id].count } : {}
    return [id, { value, n, interval, reason, ...count, ...(comparison && { comparison: { ...comparison, standsOut: false } }) }] as const
  })
  const values = metricIds.map((id) => [id, series.map((entry) => entry.metrics[id].value)] as const)
  return {
    metrics: Object.fromEntries(points) as ServiceSummary['metrics'],
    series: Object.fromEntries(values) as ServiceSummary['series'],
  }
}
