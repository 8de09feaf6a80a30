/** GET /services, /services/{id} and /teams: what is measured, and who owns it. */

import { serviceConfig } from '../collector/service-config.ts'
import type { Config } from '../config.ts'
import { ShiplogError } from '../errors.ts'
import type { Instant } from '../facts.ts'
import { knownServices, ownership, withDescendants } from '../store/scope.ts'
import { readServices, type ServiceOverview } from '../store/services.ts'
import { type Answer, type Answers, reply } from './answers.ts'
import type { ApiDeps } from './api-deps.ts'
import { listMetrics } from './list-metrics.ts'
import { type Window, windowFrom } from './query.ts'
import { createRouter } from './router.ts'
import {
  getService,
  getServices,
  getTeams,
  type ServiceList,
  type ServiceSummary,
  type TeamList,
  type TeamSummary,
} from './services-schema.ts'
import { timeText, timeTextOrNull } from './wire-time.ts'

/** Names in one message. */
const mostNamed = 20

export function servicesRoutes(deps: ApiDeps, answers: Answers) {
  const { config } = deps
  return createRouter()
    .openapi(getServices, async (c) => reply(c, await askServices(deps, answers, listQuestion(deps, c.req.valid('query')))))
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
    .openapi(getTeams, async (c) => reply(c, await askTeams(deps, answers, listQuestion(deps, c.req.valid('query')))))
}

interface ListQuestion {
  /** Null: the list says no metrics. */
  window: Window | null
  environment: string
}

function listQuestion({ config, now }: ApiDeps, { from, to, environment }: Partial<Window> & { environment: string }): ListQuestion {
  return { window: from === undefined && to === undefined ? null : windowFrom({ from, to }, now(), config.timeZone), environment }
}

/** The list of all services, remembered. */
export function askServices(deps: ApiDeps, answers: Answers, { window, environment }: ListQuestion): Promise<Answer<ServiceList>> {
  const today = startOfToday(deps.now(), deps.config.timeZone)
  return answers.ask('services', { ...window, environment, today }, async (state) => {
    const services = await summaries(deps)
    const list: ServiceList = { asOf: timeTextOrNull(state.asOf), services }
    if (window === null) return list
    const { items, ...rest } = await listMetrics(deps, services, (id) => `service:${id}`, { ...window, environment })
    return { ...list, ...rest, services: items }
  })
}

/** The list of all teams, remembered. */
export function askTeams(deps: ApiDeps, answers: Answers, { window, environment }: ListQuestion): Promise<Answer<TeamList>> {
  const today = startOfToday(deps.now(), deps.config.timeZone)
  return answers.ask('teams', { ...window, environment, today }, async (state) => {
    const teams = await teamSummaries(deps, today)
    const list: TeamList = { asOf: timeTextOrNull(state.asOf), teams }
    if (window === null) return list
    const { items, ...rest } = await listMetrics(deps, teams, (id) => `team:${id}`, { ...window, environment })
    return { ...list, ...rest, teams: items }
  })
}

const teamLists = new WeakMap<readonly string[], { config: Config; today: string; teams: TeamSummary[] }>()

/** All teams by title; they change with the day, the configuration and the known services alone. */
async function teamSummaries({ store, config, now }: ApiDeps, today: string): Promise<TeamSummary[]> {
  const services = await knownServices(store.db, config)
  const known = teamLists.get(services)
  if (known?.config === config && known.today === today) return known.teams
  const teams = summariesOf(config, services, now().getTime())
  teamLists.set(services, { config, today, teams })
  return teams
}

function summariesOf(config: Config, services: readonly string[], at: Instant): TeamSummary[] {
  const owners = services.map((service) => ({ service, team: ownersOf(config, service, at).team }))
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
  return teams.sort((a, b) => (a.title < b.title ? -1 : 1))
}

/** All services by name, those without facts too. */
async function summaries({ store, config, now }: ApiDeps): Promise<ServiceSummary[]> {
  const stored = new Map((await readServices(store.db)).map((service) => [service.id, service]))
  const at = now().getTime()
  return (await knownServices(store.db, config)).map((id) => summary(config, id, stored.get(id), at))
}

function summary(config: Config, id: string, stored: ServiceOverview | undefined, now: Instant): ServiceSummary {
  const last = stored?.lastDeployment ?? null
  const configured = serviceConfig(config, id)
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
  const service = serviceConfig(config, id)
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
