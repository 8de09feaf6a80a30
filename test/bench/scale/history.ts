/** The facts of a service as its CI would send them: changes, the deployments that name them, incidents. */
import type { Change, Deployment, Fact, Incident } from '../../../server/facts.ts'
import { createRandom, type Random } from '../../fakes/github/random.ts'
import { apportion, beginning, present, type ScaleService } from './organisation.ts'
import { workInstants } from './work-calendar.ts'

const minute = 60_000
const halfYear = 182 * 86_400_000

/** What an attempt is. */
const code = 0
const hotfix = 1
const rollback = 2
const failed = 3
const cancelled = 4

/** What is sent with one deployment, in the order in which it becomes known. */
export interface Delivery {
  changes: ({ kind: 'change' } & Change)[]
  deployment: { kind: 'deployment' } & Deployment
}

/** Every fact of the service, deployment by deployment. Never more than one delivery is in memory. */
export function* historyOf(service: ScaleService): Generator<Fact> {
  const random = createRandom(service.seed)
  const count = service.deployments
  const attempts = attemptsOf(service, random)
  const sizes = sizesOf(service, attempts, random)
  let live: Deployment | null = null
  let before: Deployment | null = null
  let changes = 0
  let incidents = 0
  let n = 0
  for (const at of workInstants(count, random)) {
    const attempt = attempts[n] as number
    const delivery: Delivery =
      attempt === rollback && before !== null
        ? rolledBack(service, n, at, before, random)
        : deliver(service, { number: n, at, first: changes, size: sizes[n] as number, attempt, live, random })
    yield* delivery.changes
    yield delivery.deployment
    changes += delivery.changes.length
    if (attempt < failed) [before, live] = [live, delivery.deployment]
    n++
    for (const due = Math.round((n / count) * service.incidents); incidents < due; incidents++) {
      yield incidentOf(service, incidents, delivery.deployment, random)
    }
  }
}

/** The next deployment of a service after its history, with so many changes. */
export function nextDelivery(service: ScaleService, run: string, number: number, at: number, size: number, random: Random): Delivery {
  return deliver(service, { number, at, first: 0, size, attempt: code, live: null, random, prefix: `${run}-${number}-` })
}

/** Mostly code; what is rolled back is mended next. */
function attemptsOf(service: ScaleService, random: Random): Uint8Array {
  const attempts = new Uint8Array(service.deployments)
  for (let n = 0; n < attempts.length; n++) {
    const before = n === 0 ? code : (attempts[n - 1] as number)
    const luck = random.next()
    const drifted = service.rollbacks * Math.exp((service.drift * n * 4) / attempts.length)
    if (before === rollback) attempts[n] = luck < 0.6 ? hotfix : code
    else if (before !== code || n < 3) attempts[n] = code
    else if (luck < 0.03) attempts[n] = failed
    else if (luck < 0.035) attempts[n] = cancelled
    else if (luck < 0.045) attempts[n] = hotfix
    else if (luck < 0.045 + drifted) attempts[n] = rollback
  }
  return attempts
}

/** Changes of each attempt: as many as the service has, few in a hotfix, none where nothing went live or went back. */
function sizesOf(service: ScaleService, attempts: Uint8Array, random: Random): Int32Array {
  const weights = Float64Array.from(attempts, (attempt) => {
    if (attempt === code) return random.logNormal(8, 0.7)
    return attempt === hotfix ? 1.2 : 0
  })
  return apportion(weights, service.changes)
}

interface Planned {
  number: number
  at: number
  /** Number of its first change. */
  first: number
  size: number
  attempt: number
  live: Deployment | null
  random: Random
  /** Of all numbers in ids. */
  prefix?: string
}

function deliver(service: ScaleService, { number, at, first, size, attempt, live, random, prefix = '' }: Planned): Delivery {
  const finishedAt = at + Math.floor((3 + 9 * random.next()) * minute)
  const alike = Math.sqrt(service.alike) * random.normal()
  const own = Math.sqrt(1 - service.alike)
  const median = service.leadSeconds * Math.exp((service.drift * (at - beginning)) / halfYear) * (attempt === hotfix ? 0.1 : 1)
  const changes: Delivery['changes'] = []
  for (let index = 0; index < size; index++) {
    const seconds = 300 + median * Math.exp(service.leadSpread * (alike + own * random.normal()))
    changes.push(changeOf(service, `${prefix}${first + index}`, at, seconds, attempt === hotfix, random))
  }
  const reverted = live?.changes?.[0]
  const last = changes.at(-1)
  if (last && reverted !== undefined && random.chance(0.01)) Object.assign(last, { title: `Revert "${reverted}"`, reverts: reverted })
  const ending = attempt === failed ? 'failed' : attempt === cancelled ? 'cancelled' : 'succeeded'
  const deployment: Delivery['deployment'] = {
    kind: 'deployment',
    ...deploymentOf(service, `${prefix}${number}`, at, finishedAt, last?.mergeCommit ?? shaOf(random)),
    status: ending,
    ...(attempt < failed ? { changes: changes.map(({ id }) => id) } : {}),
    ...(attempt === hotfix ? { labels: ['hotfix'] } : {}),
    ...(attempt === code && random.chance(0.01) ? { unplanned: true } : {}),
  }
  return { changes, deployment }
}

function rolledBack(service: ScaleService, number: number, at: number, before: Deployment, random: Random): Delivery {
  const finishedAt = at + Math.floor((2 + 3 * random.next()) * minute)
  const { commit = '', version } = before
  return {
    changes: [],
    deployment: { kind: 'deployment', ...deploymentOf(service, String(number), at, finishedAt, commit), version, changes: [] },
  }
}

function deploymentOf(service: ScaleService, number: string, startedAt: number, finishedAt: number, commit: string): Deployment {
  return {
    source: 'api',
    id: `${service.id}/${number}`,
    url: `https://ci.example.org/${service.id}/runs/${number}`,
    service: service.id,
    environment: 'production',
    commit,
    version: `${service.id}-1.${number}`,
    status: 'succeeded',
    startedAt,
    finishedAt,
    reported: 'event',
  }
}

const verbs = ['Add', 'Fix', 'Move', 'Simplify', 'Speed up', 'Remove', 'Validate', 'Log', 'Rename', 'Test']
const things = [
  'address form',
  'voucher entry',
  'price rules',
  'refund requests',
  'session tokens',
  'stock levels',
  'rate limits',
  'exports',
]

/** One that was merged shortly before the instant of its deployment, so long after it was begun. */
function changeOf(service: ScaleService, number: string, deployedAt: number, seconds: number, urgent: boolean, random: Random) {
  const began = deployedAt - Math.floor(seconds * 1000)
  const point = (share: number) => began + Math.floor((deployedAt - began) * share)
  const [a, b, c] = [0.3 * random.next(), 0.3 + 0.2 * random.next(), 0.5 + 0.2 * random.next()]
  const title = `${random.pick(verbs)} ${random.pick(things)} ${number}`
  const seen = random.next()
  const change: { kind: 'change' } & Change = {
    kind: 'change',
    source: 'api',
    id: `${service.id}#${number}`,
    url: `https://git.example.org/${service.id}/pull/${number}`,
    service: service.id,
    title: urgent ? `Hotfix: ${title}` : title,
    author: `person-${random.between(1, 40)}`,
    mergedAt: point(0.7 + 0.25 * random.next()),
    mergeCommit: shaOf(random),
    commits: [],
  }
  if (seen > 0.08) change.openedAt = began
  if (seen > 0.2) Object.assign(change, { firstReviewAt: point(a), approvedAt: point(seen > 0.5 ? b : c) })
  return change
}

/** Some name the deployment, some only the service; some are nobody's. */
function incidentOf(service: ScaleService, number: number, deployment: Deployment, random: Random): { kind: 'incident' } & Incident {
  const openedAt = (deployment.finishedAt ?? 0) + Math.floor(random.logNormal(70 * minute, 1.2))
  const mended = openedAt + Math.floor(random.logNormal(80 * minute, 1))
  const sort = random.next()
  const incident: { kind: 'incident' } & Incident = {
    kind: 'incident',
    source: 'api',
    id: `${service.id}-incident-${number}`,
    title: `${random.pick(things)}: errors`,
    severity: random.pick(['sev1', 'sev2', 'sev3']),
    openedAt,
    acknowledgedAt: openedAt + Math.floor(5 * minute * random.next()),
  }
  if (mended < present) incident.resolvedAt = Math.max(mended, openedAt + 5 * minute)
  if (sort < 0.97) incident.service = service.id
  if (sort < 0.35) incident.deployment = deployment.id
  else if (sort < 0.42) incident.version = deployment.version
  else if (sort < 0.45) incident.commit = deployment.commit
  else if (sort < 0.5) incident.cause = random.pick(['infrastructure', 'third_party'])
  return incident
}

/** 40 hexadecimal digits. */
function shaOf(random: Random): string {
  let sha = ''
  for (let part = 0; part < 5; part++)
    sha += Math.floor((1 + random.next()) * 2 ** 32)
      .toString(16)
      .slice(-8)
  return sha
}
