/** An invented organisation of any size: its services in a Zipf shape, its nested teams, who owns what since when. */
import { createRandom, type Random } from '../../fakes/github/random.ts'

/** How a service works. */
export interface ScaleService {
  id: string
  /** From 1, the largest, on. */
  rank: number
  seed: number
  /** Owners in order; the first from the beginning. */
  teams: { team: string; from: string | null }[]
  /** In the whole period; deployments are attempts. */
  deployments: number
  changes: number
  incidents: number
  /** Median lead time in seconds, and the deviation of its logarithm. */
  leadSeconds: number
  leadSpread: number
  /** Share of the logarithm's variance that the changes of one deployment have in common. */
  alike: number
  /** Share of deployments that are rolled back. */
  rollbacks: number
  /** Logarithm of the factor by which lead time and failures grow in half a year; 0 for most. */
  drift: number
}

export interface ScaleTeam {
  id: string
  parent: string | null
}

export interface Organisation {
  services: ScaleService[]
  teams: ScaleTeam[]
}

/** At scale 1. */
const whole = { services: 5000, deployments: 1_000_000, changes: 10_000_000, incidents: 30_000 }
/** The largest service has almost 4 % of all changes, nearly 100,000 in 26 weeks; the eighth has a fifth of that. */
const exponent = 0.77

export const weeks = 104
const day = 86_400_000
/** The present of the data, and the first instant of its 24 months. Both are Mondays. */
export const present = Date.UTC(2026, 5, 29)
export const beginning = present - weeks * 7 * day

const companies = 10
const divisionsEach = 4
const teamCount = 200

/** The same for the same scale and seed. */
export function organisationOf(scale: number, seed = 1): Organisation {
  const random = createRandom(seed * 7919 + 17)
  const teams = makeTeams()
  const owners = teams.filter(({ id }) => !teams.some(({ parent }) => parent === id))
  const count = Math.max(1, Math.round(whole.services * scale))
  const weights = Array.from({ length: count }, (_, index) => (index + 1) ** -exponent)
  const share = (total: number) => apportion(weights, Math.round(total * scale))
  const [deployments, changes, incidents] = [share(whole.deployments), share(whole.changes), share(whole.incidents)]
  const services = weights.map((_, index): ScaleService => {
    const rank = index + 1
    return {
      id: `service-${String(rank).padStart(4, '0')}`,
      rank,
      seed: Math.floor(random.next() * 2 ** 31),
      teams: ownersOf(owners, index, random),
      deployments: deployments[index] ?? 0,
      changes: changes[index] ?? 0,
      incidents: incidents[index] ?? 0,
      leadSeconds: random.logNormal(20 * 3600, 0.7),
      leadSpread: 0.8 + 0.6 * random.next(),
      alike: 0.2 + 0.3 * random.next(),
      rollbacks: 0.005 + 0.02 * random.next(),
      drift: random.chance(0.2) ? (random.chance(0.5) ? 0.35 : -0.35) : 0,
    }
  })
  return { services, teams }
}

/** A shiplog.yaml of it: facts come over HTTP. */
export function configText({ services, teams }: Organisation): string {
  const owners = (list: ScaleService['teams']) =>
    list.map(({ team, from }) => (from === null ? `{ team: ${team} }` : `{ team: ${team}, from: ${from} }`)).join(', ')
  return [
    'timeZone: UTC',
    'services:',
    ...services.map(({ id, teams: list }) => `  - { id: ${id}, team: [${owners(list)}] }`),
    'teams:',
    ...teams.map(({ id, parent }) => `  - { id: ${id}${parent === null ? '' : `, parent: ${parent}`} }`),
    '',
  ].join('\n')
}

/** The team that owns the service at the present, and those above it. */
export function teamsAbove({ teams }: Organisation, service: ScaleService): string[] {
  const found: string[] = []
  for (let id = service.teams.at(-1)?.team ?? null; id !== null; id = teams.find((team) => team.id === id)?.parent ?? null) found.push(id)
  return found
}

/** Whole numbers in proportion to the weights that add up to the total. */
export function apportion(weights: ArrayLike<number>, total: number): Int32Array {
  let sum = 0
  for (let index = 0; index < weights.length; index++) sum += weights[index] as number
  let reached = 0
  let given = 0
  return Int32Array.from(weights, (weight) => {
    reached += weight
    const until = Math.round((reached / sum) * total)
    const own = until - given
    given = until
    return own
  })
}

/** Two or three levels: 10 companies, 40 divisions, 150 teams, of which a fifth is in no division. */
function makeTeams(): ScaleTeam[] {
  const teams: ScaleTeam[] = []
  for (let company = 1; company <= companies; company++) {
    teams.push({ id: `company-${company}`, parent: null })
    for (let division = 1; division <= divisionsEach; division++) {
      teams.push({ id: `division-${company}-${division}`, parent: `company-${company}` })
    }
  }
  for (let number = 1; teams.length < teamCount; number++) {
    const company = ((number - 1) % companies) + 1
    const division = (Math.floor((number - 1) / companies) % (divisionsEach + 1)) + 1
    const parent = division > divisionsEach ? `company-${company}` : `division-${company}-${division}`
    teams.push({ id: `team-${number}`, parent })
  }
  return teams
}

/** One service in ten changed hands. */
function ownersOf(owners: ScaleTeam[], index: number, random: Random): ScaleService['teams'] {
  const first = (owners[index % owners.length] as ScaleTeam).id
  if (!random.chance(0.1)) return [{ team: first, from: null }]
  const next = random.pick(owners).id
  if (next === first) return [{ team: first, from: null }]
  const from = new Date(beginning + Math.floor((0.2 + 0.6 * random.next()) * weeks * 7) * day).toISOString().slice(0, 10)
  return [
    { team: first, from: null },
    { team: next, from },
  ]
}
