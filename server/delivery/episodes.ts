/** Failure episodes: signals with the same culprit together, with their incidents, remedies and recovery. */
import type { Definition } from '../definition.ts'
import type { Deployment, Incident, Instant, Ref, Verdict } from '../facts.ts'
import { refKey } from '../facts.ts'
import type { Evidence, Failure, LinkedIncident, ReworkRule } from '../linked.ts'
import { signals as strengths } from '../linked.ts'
import { compareDeployments } from './carries.ts'
import { order } from './changes.ts'
import type { Live } from './kinds.ts'
import type { FailureSignal, Joined, KindChain } from './signals.ts'
import { isAttempt, nameOf } from './signals.ts'
import { startOf } from './units.ts'

/** An incident with the services it is filed under. */
export interface FiledIncident {
  incident: Incident
  services: string[]
}

export interface Rework {
  rule: ReworkRule
  culprit: Ref
}

export interface Failures {
  /** By the culprit's reference. */
  failures: Map<string, Failure>
  /** By the remedy's reference. */
  rework: Map<string, Rework>
  incidents: LinkedIncident[]
  /** Every episode, also one that a person does not hold for a failure. */
  episodes: EpisodeSpan[]
}

/** The deployments of an episode, and until when a fact may change it. */
export interface EpisodeSpan {
  culprit: Ref
  remedies: Ref[]
  reach: Instant
}

interface Episode {
  culprit: Deployment
  evidence: Evidence[]
  remedies: Map<string, Deployment>
  rework: Map<string, ReworkRule>
  incidents: Incident[]
}

/** What went wrong in one service, and by what it was mended (definition `dora@1`, section 3). */
export function findFailures(
  service: string,
  chains: KindChain[],
  deployments: Deployment[],
  found: FailureSignal[],
  joined: Joined,
  filed: FiledIncident[],
  verdicts: Verdict[],
  definition: Definition,
): Failures {
  const episodes = new Map<string, Episode>()
  const episodeOf = (culprit: Deployment): Episode => {
    const key = refKey(culprit)
    const known = episodes.get(key)
    if (known) return known
    const episode: Episode = { culprit, evidence: [], remedies: new Map(), rework: new Map(), incidents: [] }
    episodes.set(key, episode)
    return episode
  }
  const explicit = new Set(found.filter(({ evidence }) => evidence.signal === 'explicit').map(({ culprit }) => refKey(culprit)))
  const incidents: LinkedIncident[] = []
  const byTime: Incident[] = []
  for (const { incident, services } of [...filed].sort((a, b) => compareIncidents(a.incident, b.incident))) {
    const linked = linkedIncident(incident, services.includes(service) ? service : null)
    const blamesOther = incident.cause !== undefined && incident.cause !== 'deployment'
    const named = namesCulprit(incident)
    const culprit = named ? namedCulprit(incident, services, service, deployments, chains) : null
    if (culprit) {
      linked.service = service
      linked.attribution = blamesOther ? null : 'named'
      linked.deployment = blamesOther ? null : { source: culprit.source, id: culprit.id }
      linked.reason = blamesOther ? 'cause' : null
      if (!blamesOther) {
        explicit.add(refKey(culprit))
        const episode = episodeOf(culprit)
        episode.incidents.push(incident)
        episode.evidence.push(incidentEvidence(incident, 'explicit', `incident “${incident.title}” names it`))
      }
    } else if (blamesOther) linked.reason = 'cause'
    else if (named) linked.reason = 'culprit_unknown'
    else if (services.length > 1) linked.reason = 'several_services'
    else if (linked.service !== null) byTime.push(incident)
    if (linked.service !== null) incidents.push(linked)
  }
  for (const signal of found) {
    const key = refKey(signal.culprit)
    // What a fact names stays named; what a rule blames joins the rollback that undid it.
    const episode = episodeOf(explicit.has(key) ? signal.culprit : joinedCulprit(signal.culprit, joined, explicit))
    episode.evidence.push(signal.evidence)
    if (!signal.remedy || refKey(signal.remedy) === refKey(episode.culprit)) continue
    const remedy = refKey(signal.remedy)
    episode.remedies.set(remedy, signal.remedy)
    if (signal.rework) episode.rework.set(remedy, signal.rework)
  }
  for (const verdict of verdicts) {
    if (verdict.verdict !== 'failed') continue
    const culprit = deployments.find((deployment) => refKey(deployment) === refKey(verdict))
    if (culprit && isAttempt(culprit)) episodeOf(culprit)
  }
  const timed = attributeByTime(chains, deployments, episodes, episodeOf, byTime, definition)
  const standing = new Map(verdicts.map((verdict) => [refKey(verdict), verdict]))
  const result: Failures = {
    failures: new Map(),
    rework: new Map(),
    incidents,
    episodes: [...episodes.values()].map((episode) => spanOf(episode, definition)),
  }
  for (const linked of incidents) {
    const link = timed.links.get(refKey(linked))
    if (link) Object.assign(linked, { deployment: { source: link.source, id: link.id }, attribution: 'time', reason: null })
    if (linked.reason === 'several_services') linked.candidates = timed.candidates(linked.openedAt)
  }
  for (const [key, episode] of episodes) {
    const verdict = standing.get(key)
    if (verdict?.verdict === 'not_failed') continue
    result.failures.set(key, failureOf(episode, verdict))
    for (const [remedy, rule] of episode.rework) {
      const known = result.rework.get(remedy)
      if (known && reworkRank(known.rule) <= reworkRank(rule)) continue
      result.rework.set(remedy, { rule, culprit: { source: episode.culprit.source, id: episode.culprit.id } })
    }
  }
  return result
}

const reworkRules: ReworkRule[] = ['rollback', 'named', 'revert', 'hotfix', 'fix', 'unplanned']

function reworkRank(rule: ReworkRule): number {
  return reworkRules.indexOf(rule)
}

function joinedCulprit(culprit: Deployment, joined: Joined, explicit: Set<string>): Deployment {
  let at = culprit
  const seen = new Set<string>()
  for (let next = joined.get(refKey(at)); next; next = joined.get(refKey(at))) {
    if (seen.has(refKey(at)) || explicit.has(refKey(at))) break
    seen.add(refKey(at))
    at = next
  }
  return at
}

function compareIncidents(a: Incident, b: Incident): number {
  return a.openedAt - b.openedAt || order(refKey(a), refKey(b))
}

function linkedIncident(incident: Incident, service: string | null): LinkedIncident {
  return {
    source: incident.source,
    id: incident.id,
    service,
    url: incident.url ?? null,
    title: incident.title,
    severity: incident.severity ?? null,
    openedAt: incident.openedAt,
    acknowledgedAt: incident.acknowledgedAt ?? null,
    mitigatedAt: incident.mitigatedAt ?? null,
    resolvedAt: incident.resolvedAt ?? null,
    cause: incident.cause ?? null,
    deployment: null,
    attribution: null,
    reason: 'no_deployment_in_window',
    candidates: [],
  }
}

/** An incident that belongs to no service: listed, in no rate. */
export function unassignedIncident(incident: Incident): LinkedIncident {
  return { ...linkedIncident(incident, null), reason: namesCulprit(incident) ? 'culprit_unknown' : 'no_service' }
}

/** Whether it says which deployment caused it. */
export function namesCulprit(incident: Incident): boolean {
  return incident.deployment !== undefined || incident.commit !== undefined || incident.version !== undefined
}

/** The deployment of this service that an incident names by id, commit or version; of several the latest started before it opened. */
function namedCulprit(
  incident: Incident,
  services: string[],
  service: string,
  deployments: Deployment[],
  chains: KindChain[],
): Deployment | null {
  const attempts = deployments.filter(isAttempt)
  const { deployment: id, commit, version } = incident
  if (id !== undefined) {
    const own = attempts.filter((deployment) => deployment.id === id && deployment.source === incident.source)
    return latestBefore(own.length > 0 ? own : attempts.filter((other) => other.id === id || refKey(other) === id), incident.openedAt)
  }
  if (commit !== undefined) {
    const direct = attempts.filter((deployment) => deployment.commit === commit)
    return latestBefore(direct.length > 0 ? direct : carriersOf(commit, chains), incident.openedAt)
  }
  // A version is unique only within a service.
  if (services.length > 0 && !services.includes(service)) return null
  return latestBefore(
    attempts.filter((deployment) => deployment.version === version),
    incident.openedAt,
  )
}

function carriersOf(commit: string, chains: KindChain[]): Deployment[] {
  const found = new Set<Deployment>()
  for (const { carry } of chains) {
    const node = carry.changes.graph.indexOf(commit)
    const carrier = node < 0 ? undefined : carry.carriers[carry.reachedBy[node] ?? -1]
    if (carrier) found.add(carrier.fact)
  }
  return [...found]
}

function latestBefore(deployments: Deployment[], at: Instant): Deployment | null {
  const sorted = deployments
    .filter((deployment) => deployment.tier === 'production')
    .concat(deployments.every((deployment) => deployment.tier !== 'production') ? deployments : [])
    .sort(compareDeployments)
  return sorted.findLast((deployment) => startedAt(deployment) <= at) ?? sorted[0] ?? null
}

function startedAt(deployment: Deployment): Instant {
  return deployment.startedAt ?? deployment.finishedAt ?? 0
}

function incidentEvidence(incident: Incident, signal: 'explicit' | 'incident', text: string): Evidence {
  return {
    signal,
    confidence: signal === 'explicit' ? 'confirmed' : 'possible',
    text,
    fact: { kind: 'incident', source: incident.source, id: incident.id },
  }
}

interface Timed {
  links: Map<string, Deployment>
  candidates(at: Instant): Ref[]
}

/** Incidents that name nothing, in the order in which they opened (signal 5). */
function attributeByTime(
  chains: KindChain[],
  deployments: Deployment[],
  episodes: Map<string, Episode>,
  episodeOf: (culprit: Deployment) => Episode,
  incidents: Incident[],
  definition: Definition,
): Timed {
  const window = definition.failureWindow * 1000
  const live = chains.filter(({ tier }) => tier === 'production').flatMap((chain) => chain.live)
  const lives = live
    .filter((deployment) => deployment.counted)
    .sort((a, b) => a.startedAt - b.startedAt || compareDeployments(a.fact, b.fact))
  const attempts = deployments.filter(({ status, tier }) => status === 'failed' && tier === 'production')
  const production = new Set([...lives.map(({ fact }) => refKey(fact)), ...attempts.map(refKey)])
  const remedies = new Set<string>()
  const strong: Episode[] = []
  for (const episode of episodes.values()) for (const incident of episode.incidents) addFix(episode, incident, chains, remedies)
  for (const episode of episodes.values()) {
    for (const remedy of episode.remedies.keys()) remedies.add(remedy)
    if (episode.remedies.size > 0 && production.has(refKey(episode.culprit))) strong.push(episode)
  }
  strong.sort((a, b) => startedAt(a.culprit) - startedAt(b.culprit) || compareDeployments(a.culprit, b.culprit))

  const latest = (at: Instant): Deployment | null => {
    let best: Deployment | null = null
    for (let index = countUntil(lives, at, (deployment) => deployment.startedAt) - 1; index >= 0; index--) {
      const candidate = lives[index]
      if (!candidate || at - candidate.startedAt > window) break
      if (remedies.has(refKey(candidate.fact))) continue
      best = candidate.fact
      break
    }
    for (const attempt of attempts) {
      const within = startedAt(attempt) <= at && at <= (attempt.finishedAt ?? 0) + definition.abortedGrace * 1000
      if (within && (!best || startedAt(attempt) > startedAt(best))) best = attempt
    }
    return best
  }
  const links = new Map<string, Deployment>()
  for (const incident of incidents) {
    const at = incident.openedAt
    const around = strong.findLast((episode) => startedAt(episode.culprit) <= at && at <= lastRemedy(episode) + window)
    const culprit = around?.culprit ?? latest(at)
    if (!culprit) continue
    const episode = around ?? episodeOf(culprit)
    episode.incidents.push(incident)
    const minutes = Math.round((at - startedAt(culprit)) / 60_000)
    episode.evidence.push(
      incidentEvidence(incident, 'incident', `incident “${incident.title}” opened ${minutes} min after ${nameOf(culprit)} started`),
    )
    links.set(refKey(incident), episode.culprit)
    addFix(episode, incident, chains, remedies)
  }
  return {
    links,
    candidates(at) {
      const culprit = latest(at)
      return culprit ? [{ source: culprit.source, id: culprit.id }] : []
    },
  }
}

/** How many of the deployments, in order of a time, have it at or before the instant. */
function countUntil(lives: Live[], at: Instant, timeOf: (deployment: Live) => Instant): number {
  let low = 0
  let high = lives.length
  while (low < high) {
    const middle = (low + high) >> 1
    const deployment = lives[middle]
    if (deployment && timeOf(deployment) <= at) low = middle + 1
    else high = middle
  }
  return low
}

/** A later incident may join it until a failure window after its last remedy, a later fix until its incidents end. */
function spanOf({ culprit, remedies, incidents }: Episode, definition: Definition): EpisodeSpan {
  let reach = culprit.finishedAt ?? startedAt(culprit)
  for (const { finishedAt } of remedies.values()) reach = Math.max(reach, (finishedAt ?? 0) + definition.failureWindow * 1000)
  for (const incident of incidents) {
    const end = endOf(incident)
    reach = Math.max(reach, incident.openedAt, Number.isFinite(end) ? end : 0)
  }
  return { culprit, remedies: [...remedies.values()], reach }
}

function endOf({ mitigatedAt, resolvedAt }: Incident): Instant {
  return Math.min(mitigatedAt ?? Number.POSITIVE_INFINITY, resolvedAt ?? Number.POSITIVE_INFINITY)
}

function lastRemedy(episode: Episode): Instant {
  let last = Number.NEGATIVE_INFINITY
  for (const remedy of episode.remedies.values()) last = Math.max(last, remedy.finishedAt ?? 0)
  return last
}

/** The last code deployment while the incident was open that carries a change begun after it opened. */
function addFix(episode: Episode, incident: Incident, chains: KindChain[], remedies: Set<string>): void {
  const end = endOf(incident)
  if (!Number.isFinite(end)) return
  let fix: Live | null = null
  for (const { tier, live, carry } of chains) {
    if (tier !== 'production') continue
    for (let index = countUntil(live, end, ({ finishedAt }) => finishedAt) - 1; index >= 0; index--) {
      const deployment = live[index]
      if (!deployment || deployment.finishedAt < Math.max(incident.openedAt, fix?.finishedAt ?? 0)) break
      if (deployment.kind !== 'code' || refKey(deployment.fact) === refKey(episode.culprit)) continue
      const mends = deployment.carried.some(
        ({ unit, exclusion }) => exclusion === null && startOf(carry.changes, unit).startedAt > incident.openedAt,
      )
      if (!mends) continue
      fix = deployment
      break
    }
  }
  if (!fix) return
  const key = refKey(fix.fact)
  episode.remedies.set(key, fix.fact)
  if (!episode.rework.has(key)) episode.rework.set(key, 'fix')
  remedies.add(key)
}

function failureOf(episode: Episode, verdict: Verdict | undefined): Failure {
  const { culprit, incidents } = episode
  const evidence = [...episode.evidence].sort(
    (a, b) => strengths.indexOf(a.signal) - strengths.indexOf(b.signal) || order(refKey(a.fact), refKey(b.fact)) || order(a.text, b.text),
  )
  const remedies = [...episode.remedies.values()].sort(compareDeployments)
  const finishedAt = culprit.finishedAt ?? startedAt(culprit)
  const firstOpened = Math.min(...incidents.map(({ openedAt }) => openedAt))
  const noticed = Math.min(firstOpened, ...remedies.map(startedAt))
  const beganAt = Math.min(finishedAt, firstOpened)
  const recoveredAt = verdict?.recoveredAt ?? recovery(episode)
  return {
    confidence: verdict ? 'confirmed' : (evidence[0]?.confidence ?? 'possible'),
    rule: verdict ? 'person' : (evidence[0]?.signal ?? 'person'),
    evidence,
    remedies: remedies.map(({ source, id }) => ({ source, id })),
    incidents: [...incidents].sort(compareIncidents).map(({ source, id }) => ({ source, id })),
    beganAt,
    noticedAt: Number.isFinite(noticed) ? Math.max(noticed, beganAt) : null,
    recoveredAt: recoveredAt === null ? null : Math.max(recoveredAt, beganAt),
  }
}

/** The latest end of its incidents, each over at the earliest of mitigated, resolved and the last remedy's finish. */
function recovery(episode: Episode): Instant | null {
  const remedied = lastRemedy(episode)
  if (episode.incidents.length === 0) return Number.isFinite(remedied) ? remedied : null
  let last = Number.NEGATIVE_INFINITY
  for (const { openedAt, mitigatedAt, resolvedAt } of episode.incidents) {
    const byRemedy = remedied >= openedAt ? remedied : Number.POSITIVE_INFINITY
    const over = Math.min(mitigatedAt ?? Number.POSITIVE_INFINITY, resolvedAt ?? Number.POSITIVE_INFINITY, byRemedy)
    if (!Number.isFinite(over)) return null
    last = Math.max(last, over)
  }
  return last
}
