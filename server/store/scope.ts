/** Which services a scope stands for, and in which time they belong to it. */
import { DateTime } from 'luxon'
import type { Config } from '../config.ts'
import { ShiplogError } from '../errors.ts'
import type { Instant } from '../facts.ts'
import type { Db } from './database.ts'
import { readStoredServices, type StoredService } from './services.ts'

export interface ScopedService {
  service: string
  /** Owned from, [from, to); null: without limit. A service that came back has one entry for each time. */
  from: Instant | null
  to: Instant | null
}

export interface ResolvedScope {
  /** `service:ID`, `team:ID` or `org`. */
  scope: string
  title: string
  services: ScopedService[]
}

/** Throws ShiplogError `invalid` for a malformed scope, `not_found` that names the known ones for an unknown one. */
export async function resolveScope(db: Db, config: Config, scope: string): Promise<ResolvedScope> {
  if (scope === 'org') {
    const known = await knownServices(db, config)
    const resolved = organisations.get(known) ?? organisationOf(known)
    organisations.set(known, resolved)
    return resolved
  }
  const [, kind, id] = /^(service|team):(.+)$/.exec(scope) ?? []
  if (kind === undefined || id === undefined) {
    throw new ShiplogError('invalid', `The scope ${JSON.stringify(scope)} is not understood. Write service:ID, team:ID or org.`)
  }
  return kind === 'service' ? serviceScope(db, config, scope, id) : teamScope(config, scope, id)
}

const organisations = new WeakMap<readonly string[], ResolvedScope>()

function organisationOf(known: readonly string[]): ResolvedScope {
  return { scope: 'org', title: 'Organisation', services: known.map((service) => ({ service, from: null, to: null })) }
}

const lists = new WeakMap<StoredService[], { config: Config; names: string[] }>()

/** The scope of a team or of a service that is known to exist. */
export function knownScope(config: Config, scope: string): ResolvedScope {
  const id = scope.slice(scope.indexOf(':') + 1)
  return scope.startsWith('team:') ? teamScope(config, scope, id) : { scope, title: id, services: [{ service: id, from: null, to: null }] }
}

/** Services that are configured or have facts, by name. */
export async function knownServices(db: Db, config: Config): Promise<string[]> {
  const stored = await readStoredServices(db)
  const known = lists.get(stored)
  if (known?.config === config) return known.names
  const ids = new Set([...config.services.map((service) => service.id), ...stored.map(({ id }) => id)])
  if (config.services.length === 0) {
    for (const source of config.sources) if (source.type === 'git') ids.add(source.id)
  }
  const names = [...ids].sort()
  lists.set(stored, { config, names })
  return names
}

async function serviceScope(db: Db, config: Config, scope: string, id: string): Promise<ResolvedScope> {
  const known = await knownServices(db, config)
  if (known.includes(id)) return { scope, title: id, services: [{ service: id, from: null, to: null }] }
  const renamed = config.services.find((service) => service.was.includes(id))
  if (renamed) return { scope: `service:${renamed.id}`, title: renamed.id, services: [{ service: renamed.id, from: null, to: null }] }
  throw new ShiplogError('not_found', `There is no service ${id}. ${listed('services', known)}`)
}

const teamScopesOf = new WeakMap<Config, Map<string, ResolvedScope>>()

/** Made once for a configuration: there may be thousands of services. */
function teamScope(config: Config, scope: string, id: string): ResolvedScope {
  const made = teamScopesOf.get(config) ?? new Map<string, ResolvedScope>()
  teamScopesOf.set(config, made)
  const known = made.get(id) ?? makeTeamScope(config, scope, id)
  made.set(id, known)
  return known
}

function makeTeamScope(config: Config, scope: string, id: string): ResolvedScope {
  const team = config.teams.find((candidate) => candidate.id === id)
  const teams = withDescendants(config.teams, id)
  const services = config.services.flatMap((service) => heldBy(config, service, teams))
  if (!team && services.length === 0) {
    throw new ShiplogError(
      'not_found',
      `There is no team ${id}. ${listed(
        'teams',
        config.teams.map((known) => known.id),
      )}`,
    )
  }
  return { scope, title: team?.title ?? id, services }
}

/** Ids of a team and of all teams within it. */
export function withDescendants(teams: Config['teams'], id: string): Set<string> {
  const found = new Set([id])
  for (const above of found) for (const team of teams) if (team.parent === above) found.add(team.id)
  return found
}

/** When any of the teams owned the service; a handover from one of them to another leaves no seam. */
function heldBy(config: Config, service: Config['services'][number], teams: Set<string>): ScopedService[] {
  const held: ScopedService[] = []
  for (const { team, from, to } of ownership(config, service)) {
    if (!teams.has(team)) continue
    const before = held.at(-1)
    if (before !== undefined && before.to === from) before.to = to
    else held.push({ service: service.id, from, to })
  }
  return held
}

type ScopeFinder = (service: string, at: Instant) => string[]

const finders = new WeakMap<Config, ScopeFinder>()

/** The scopes, besides its own, that a service belongs to at some time: the organisation, its team and the teams above. */
export function scopeFinder(config: Config): ScopeFinder {
  const known = finders.get(config) ?? makeScopeFinder(config)
  finders.set(config, known)
  return known
}

function makeScopeFinder(config: Config): ScopeFinder {
  const owners = new Map<string, { scopes: string[]; from: Instant | null; to: Instant | null }[]>()
  for (const service of config.services) {
    const owned = ownership(config, service).map(({ team, from, to }) => ({ scopes: ['org', ...teamScopes(config, team)], from, to }))
    owners.set(service.id, owned)
  }
  const none = ['org']
  return (service, at) =>
    owners.get(service)?.find(({ from, to }) => (from === null || from <= at) && (to === null || at < to))?.scopes ?? none
}

function teamScopes(config: Config, team: string): string[] {
  const found: string[] = []
  for (let id: string | null | undefined = team; id != null && !found.includes(`team:${id}`); ) {
    found.push(`team:${id}`)
    const above: string | null | undefined = config.teams.find((each) => each.id === id)?.parent
    id = above
  }
  return found
}

type Owned = ScopedService & { team: string }

const ownersOf = new WeakMap<Config['services'][number], { timeZone: string; owned: Owned[] }>()

/** Who owns a service when; days start in the installation's time zone (definition `dora@1`, section 1). */
export function ownership({ timeZone }: Pick<Config, 'timeZone'>, service: Config['services'][number]): Owned[] {
  const known = ownersOf.get(service)
  if (known?.timeZone === timeZone) return known.owned
  const owned = service.teams.map((owner, index) => ({
    service: service.id,
    team: owner.team,
    from: owner.from === null ? null : startOfDay(owner.from, timeZone),
    to: endOf(service.teams[index + 1]?.from ?? null, timeZone),
  }))
  ownersOf.set(service, { timeZone, owned })
  return owned
}

function endOf(day: string | null, timeZone: string): Instant | null {
  return day === null ? null : startOfDay(day, timeZone)
}

/** The first instant of a calendar day of the time zone. */
export function startOfDay(day: string, timeZone: string): Instant {
  return DateTime.fromISO(day, { zone: timeZone }).startOf('day').toMillis()
}

function listed(what: string, known: string[]): string {
  if (known.length === 0) return `No ${what} are known yet.`
  const shown = known.slice(0, 20).join(', ')
  return `Known ${what}: ${shown}${known.length > 20 ? ` and ${known.length - 20} others` : ''}.`
}
