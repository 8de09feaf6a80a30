/** One deployment seen by several sources: whose word holds, and what the others know of it. */
import type { Definition } from '../definition.ts'
import type { Deployment, Instant, Ref, Verdict } from '../facts.ts'
import { refKey } from '../facts.ts'
import { compareDeployments } from './carries.ts'
import { order } from './changes.ts'
import type { FiledIncident } from './episodes.ts'
import { groupBy } from './group-by.ts'

/** Id of the source whose word holds: for every environment, or by an environment's name or tier. */
export type Authority = string | Readonly<Record<string, string>>

type Place = Pick<Deployment, 'environment' | 'tier'>

/** The name of an environment comes before its tier. Null: every source's word holds there. */
export function authorityOf(authority: Authority | undefined, { environment, tier }: Place): string | null {
  if (authority === undefined || typeof authority === 'string') return authority ?? null
  for (const name of [environment, tier]) if (typeof name === 'string' && Object.hasOwn(authority, name)) return authority[name] ?? null
  return null
}

export interface Witnessed {
  /** Deployments whose source's word holds, with what others say of their release where they say nothing. */
  told: Deployment[]
  /** The others. */
  seen: Deployment[]
  /** By the references of the others: the deployment that each of them saw; null where that cannot be told. */
  witnesses: Map<string, Ref | null>
}

/** Of all deployments of a service, with their tiers. What one says is never overridden. */
export function tellWitnesses(
  service: string,
  deployments: Deployment[],
  authority: Authority | undefined,
  definition: Definition,
): Witnessed {
  const told: Deployment[] = []
  const ruled: Deployment[] = []
  const seen: Deployment[] = []
  for (const deployment of deployments) {
    const source = authorityOf(authority, deployment)
    const list = source === null ? told : source === deployment.source ? ruled : seen
    list.push(deployment)
  }
  if (seen.length === 0 && ruled.length === 0) return { told: deployments, seen, witnesses: new Map() }
  const complete = completion(service, deployments)
  const named = ruled.map(complete).sort(compareDeployments)
  seen.sort(compareDeployments)
  const pairs = pairsByTime(named, seen, definition)
  const known = named.map((deployment) => {
    const witness = pairs.get(deployment)
    return witness === undefined ? deployment : complete(joined(service, deployment, witness))
  })
  const ties = tie(known, seen.map(complete), new Map([...pairs].map(([deployment, witness]) => [refKey(witness), refKey(deployment)])))
  const changes = new Map<string, Unanimous<string[]>>()
  for (const witness of seen) {
    const of = ties.get(refKey(witness))
    if (!of || witness.changes === undefined || witness.status !== 'succeeded') continue
    const said = changes.get(refKey(of)) ?? new Unanimous()
    said.add(witness.changes)
    changes.set(refKey(of), said)
  }
  for (const deployment of known) {
    const { value } = changes.get(refKey(deployment)) ?? {}
    told.push(deployment.changes === undefined && value !== undefined ? { ...deployment, changes: value } : deployment)
  }
  return { told, seen, witnesses: ties }
}

/** A value as long as all who say one say the same. */
class Unanimous<T> {
  #value: T | undefined
  #text = ''
  #isSplit = false

  add(value: T | undefined): void {
    if (value === undefined) return
    const text = JSON.stringify(value)
    if (this.#value === undefined) [this.#value, this.#text] = [value, text]
    else if (this.#text !== text) this.#isSplit = true
  }

  get value(): T | undefined {
    return this.#isSplit ? undefined : this.#value
  }
}

class Said {
  readonly commit = new Unanimous<string>()
  readonly version = new Unanimous<string>()
  /** Of the commit. */
  readonly repository = new Unanimous<string>()
}

/** Completes a deployment by what is said of its commit, digest or version, wherever that was deployed; a commit comes with its repository. */
function completion(service: string, deployments: Deployment[]): (deployment: Deployment) => Deployment {
  const ofCommit = new Map<string, Said>()
  const ofVersion = new Map<string, Said>()
  const ofDigest = new Map<string, Said>()
  for (const { commit, version, digest, repository } of deployments) {
    for (const said of [entryOf(ofCommit, commit), entryOf(ofDigest, digest), entryOf(ofVersion, version)]) {
      said?.commit.add(commit)
      said?.version.add(version)
      if (commit !== undefined && repository !== service) said?.repository.add(repository)
    }
  }
  return (deployment) => {
    const byDigest = ofDigest.get(deployment.digest ?? '')
    // A digest is one build alone, a version's name may be given again.
    const byVersion = byDigest?.commit.value === undefined ? ofVersion.get(deployment.version ?? '') : byDigest
    const isPlaced = namesRepository(service, deployment)
    const isElsewhere = isPlaced && byVersion?.repository.value !== deployment.repository
    const commit = deployment.commit ?? (isElsewhere ? undefined : byVersion?.commit.value)
    const byCommit = ofCommit.get(commit ?? '')
    return {
      ...deployment,
      ...present('commit', commit),
      ...present('version', deployment.version ?? byDigest?.version.value ?? byCommit?.version.value),
      ...(isPlaced ? {} : present('repository', byCommit?.repository.value)),
    }
  }
}

/** Whether it says in which repository its commit is. */
function namesRepository(service: string, { repository = service }: Deployment): boolean {
  return repository !== service
}

function entryOf(entries: Map<string, Said>, name: string | undefined): Said | null {
  if (name === undefined) return null
  const known = entries.get(name) ?? new Said()
  entries.set(name, known)
  return known
}

function present<K extends keyof Deployment>(key: K, value: Deployment[K] | undefined): Partial<Deployment> {
  return value === undefined ? {} : { [key]: value }
}

/** The deployment with what a witness of the same time says of its release. */
function joined(service: string, deployment: Deployment, witness: Deployment): Deployment {
  const isElsewhere = namesRepository(service, deployment) && witness.repository !== deployment.repository
  const takesCommit = deployment.commit === undefined && witness.commit !== undefined && !isElsewhere
  return {
    ...deployment,
    ...present('version', deployment.version ?? witness.version),
    ...(takesCommit ? { ...present('commit', witness.commit), ...present('repository', witness.repository) } : {}),
  }
}

/** Deployments that lack something, each with the one witness that finished within a release's time of it, and of no other. */
function pairsByTime(told: Deployment[], seen: Deployment[], { releaseWindow }: Definition): Map<Deployment, Deployment> {
  const pairs = new Map<Deployment, Deployment>()
  const near = (among: ByPlace, deployment: Deployment): Deployment[] => nearIn(among, deployment, releaseWindow * 1000)
  const [owns, witnesses] = [byPlace(told), byPlace(seen)]
  for (const deployment of told) {
    if (deployment.status !== 'succeeded' || (deployment.commit !== undefined && deployment.version !== undefined)) continue
    const [witness, another] = near(witnesses, deployment)
    if (witness === undefined || another !== undefined) continue
    const [only, other] = near(owns, witness)
    if (only === deployment && other === undefined) pairs.set(deployment, witness)
  }
  return pairs
}

interface ByPlace {
  environments: Map<string, Deployment[]>
  tiers: Map<string | null | undefined, Deployment[]>
}

/** Succeeded ones, in order. */
function byPlace(deployments: Deployment[]): ByPlace {
  const live = deployments.filter(({ status, finishedAt }) => status === 'succeeded' && finishedAt !== undefined)
  return { environments: groupBy(live, ({ environment }) => environment), tiers: groupBy(live, ({ tier }) => tier) }
}

/** Of the same environment; where none is, of the same tier: sources may call one environment differently. */
function nearIn({ environments, tiers }: ByPlace, deployment: Deployment, within: number): Deployment[] {
  const at = deployment.finishedAt ?? 0
  const fitting = (list: Deployment[] = []): Deployment[] => {
    const found: Deployment[] = []
    for (let i = firstFrom(list, at - within); i < list.length && timeOf(list[i] as Deployment) <= at + within; i++) {
      if (agree(deployment, list[i] as Deployment)) found.push(list[i] as Deployment)
    }
    return found
  }
  const same = fitting(environments.get(deployment.environment))
  return same.length > 0 || !deployment.tier ? same : fitting(tiers.get(deployment.tier))
}

function timeOf({ finishedAt, startedAt }: Deployment): Instant {
  return finishedAt ?? startedAt ?? 0
}

/** The position of the first at or after the instant. */
function firstFrom(sorted: Deployment[], at: Instant): number {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (timeOf(sorted[middle] as Deployment) < at) low = middle + 1
    else high = middle
  }
  return low
}

/** Whether nothing that both say differs; an image's digest and a version's name are not to be compared. */
function agree(a: Deployment, b: Deployment): boolean {
  if (a.commit !== undefined && b.commit !== undefined && a.commit !== b.commit) return false
  if (a.digest !== undefined && b.digest !== undefined && a.digest !== b.digest) return false
  if (a.version === undefined || b.version === undefined || isDigest(a.version) !== isDigest(b.version)) return true
  return a.version === b.version
}

function isDigest(version: string): boolean {
  return /(?:^|@)sha(?:256|512):[0-9a-f]+$/i.test(version)
}

/** To each witness the nearest deployment of its commit, digest or version in its environment, else in its tier; else the one of its time. */
function tie(told: Deployment[], seen: Deployment[], byTime: Map<string, string>): Map<string, Ref | null> {
  const named = new Map<string, Deployment[]>()
  const places = ({ environment, tier }: Deployment) => [`e ${environment}`, ...(tier ? [`t ${tier}`] : [])]
  const names = ({ commit, version, digest }: Deployment) => [
    ...(commit === undefined ? [] : [`c ${commit}`]),
    ...(digest === undefined ? [] : [`d ${digest}`]),
    ...(version === undefined ? [] : [`v ${version}`]),
  ]
  const attempts = told.filter(({ status }) => status === 'succeeded' || status === 'failed').sort((a, b) => timeOf(a) - timeOf(b))
  for (const deployment of attempts) {
    for (const place of places(deployment)) {
      for (const name of names(deployment)) {
        const key = `${place}\n${name}`
        const list = named.get(key)
        if (list) list.push(deployment)
        else named.set(key, [deployment])
      }
    }
  }
  const byKey = new Map(told.map((deployment) => [refKey(deployment), deployment]))
  const tied = (witness: Deployment): Deployment | undefined => {
    for (const place of places(witness)) {
      for (const name of names(witness)) {
        const nearest = nearestOf(named.get(`${place}\n${name}`) ?? [], timeOf(witness))
        if (nearest) return nearest
      }
    }
    return byKey.get(byTime.get(refKey(witness)) ?? '')
  }
  return new Map(
    seen.map((witness) => {
      const of = tied(witness)
      return [refKey(witness), of === undefined ? null : { source: of.source, id: of.id }]
    }),
  )
}

function nearestOf(sorted: Deployment[], at: Instant): Deployment | undefined {
  const next = firstFrom(sorted, at)
  const [before, after] = [sorted[next - 1], sorted[next]]
  if (before === undefined || after === undefined) return before ?? after
  return at - timeOf(before) < timeOf(after) - at ? before : after
}

/** Incidents that name a witness name the deployment that it saw. */
export function incidentsOfTold(filed: FiledIncident[], { told, seen, witnesses }: Witnessed): FiledIncident[] {
  if (seen.length === 0) return filed
  const names = new Map<string, Ref>()
  // In order of their sources, as deployments are found that an incident names by an id alone.
  for (const { source, id } of [...seen].sort((a, b) => order(a.source, b.source))) {
    const of = witnesses.get(refKey({ source, id }))
    for (const name of of ? [refKey({ source, id }), id] : []) if (of && !names.has(name)) names.set(name, of)
  }
  const known = new Set(told.flatMap((deployment) => [deployment.id, refKey(deployment)]))
  return filed.map(({ incident, services }) => {
    const { deployment: id, source } = incident
    if (id === undefined || known.has(refKey({ source, id }))) return { incident, services }
    const meant = names.get(refKey({ source, id })) ?? (known.has(id) ? undefined : names.get(id))
    return { services, incident: meant === undefined ? incident : { ...incident, deployment: refKey(meant) } }
  })
}

/** A word on a witness holds for the deployment that it saw, where nobody said one of that itself; of several the latest. */
export function verdictsOfTold(verdicts: Verdict[], { witnesses }: Witnessed): Verdict[] {
  if (witnesses.size === 0) return verdicts
  const words = new Map<string, Verdict>()
  for (const verdict of verdicts) if (!witnesses.has(refKey(verdict))) words.set(refKey(verdict), verdict)
  const lent = new Map<string, Verdict>()
  for (const verdict of [...verdicts].sort((a, b) => a.at - b.at || order(refKey(a), refKey(b)))) {
    const of = witnesses.get(refKey(verdict))
    if (of && verdict.verdict !== 'withdrawn' && !words.has(refKey(of))) lent.set(refKey(of), { ...verdict, source: of.source, id: of.id })
  }
  return [...words.values(), ...lent.values()]
}
