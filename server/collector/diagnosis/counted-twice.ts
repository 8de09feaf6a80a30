/** Whether several sources make one deployment two: where they do and nobody is named whose word holds. */
import type { Config } from '../../config.ts'
import { groupBy } from '../../delivery/group-by.ts'
import { authorityOf } from '../../delivery/witnesses.ts'
import type { CountedBeside, ReportedBy } from '../../store/diagnosis.ts'
import { serviceConfig } from '../service-config.ts'
import { counted, type Finding, fault, good } from './finding.ts'

/** Deployments of two sources within this time look like one. */
const oneReleaseMs = 3_600_000

type Known = Pick<Config, 'services' | 'sources'>

/** A finding for each service and tier of which several sources report deployments that count. */
export function countedTwice(deployments: CountedBeside[], config: Known): Finding[] {
  const open = deployments.filter((row) => authorityOf(serviceConfig(config, row.service)?.authority, row) === null)
  const places = groupBy(open, ({ service, tier }) => `${service}\n${tier}`)
  return [...places.values()].flatMap((rows) => {
    const bySource = groupBy(rows, ({ source }) => source)
    if (bySource.size < 2) return []
    const { service, tier } = rows[0] as CountedBeside
    const sources = [...bySource.keys()].sort((a, b) => (bySource.get(b)?.length ?? 0) - (bySource.get(a)?.length ?? 0) || (a < b ? -1 : 1))
    const told = sources.map((source) => `${source} (${environmentsOf(bySource.get(source) ?? [])})`).join(' and ')
    const pairs = pairsAmong(rows)
    const where = `Service ${service}, ${tier}`
    if (pairs === 0) return [good('double_counting', where, `${told} report deployments; none looks like another's.`)]
    const what = `${told} report deployments of the last 90 days, and ${counted(pairs, 'pair looks', 'pairs look')} like one release that counts twice: the same commit or version, or finished within an hour.`
    const nameable = sources.filter((source) => source === 'api' || config.sources.some(({ id }) => id === source))
    const [first = sources[0] as string, ...others] = nameable
    const or = others.length > 0 ? `, or ${others.join(' or ')}` : ''
    return [
      fault(
        'double_counting',
        where,
        what,
        `Name the one whose word holds: ${first}${or}. The others are then witnesses.`,
        lineFor(service, tier, first, config),
      ),
    ]
  })
}

function environmentsOf(rows: CountedBeside[]): string {
  const names = [...new Set(rows.map(({ environment }) => environment))].sort()
  const listed = names.length > 3 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : names.join(', ')
  return `${rows.length} to ${listed}`
}

/** Under the service where the configuration has it; else with it. */
function lineFor(service: string, tier: string, source: string, config: Known): string {
  const known = serviceConfig(config, service)
  const authority = known?.authority
  const named =
    typeof authority === 'object'
      ? Object.entries(authority)
          .map(([name, of]) => `${name}: ${of}, `)
          .join('')
      : ''
  const line = `authority: { ${named}${tier}: ${source} }`
  return known === undefined ? `services: [{ id: ${service}, ${line} }]` : `services: [{ id: ${service}, ..., ${line} }]`
}

/** How many pairs of two sources look like one release; each deployment is in one pair at most. In the order of time. */
export function pairsAmong(rows: readonly Pick<CountedBeside, 'source' | 'at' | 'identity'>[]): number {
  const paired = new Set<number>()
  const byIdentity = new Map<string, number[]>()
  const pair = (a: number, b: number) => paired.add(a).add(b)
  for (const [index, { source, identity }] of rows.entries()) {
    if (identity === null) continue
    const before = byIdentity.get(identity) ?? []
    byIdentity.set(identity, [...before, index])
    const other = before.findLast((one) => !paired.has(one) && rows[one]?.source !== source)
    if (other !== undefined) pair(other, index)
  }
  for (const [index, row] of rows.entries()) {
    for (let before = index - 1; before >= 0 && !paired.has(index); before--) {
      const other = rows[before] as typeof row
      if (row.at - other.at > oneReleaseMs) break
      if (!paired.has(before) && other.source !== row.source && mayBeOne(row.identity, other.identity)) pair(before, index)
    }
  }
  return paired.size / 2
}

/** A commit, an image's digest and a version's name cannot be compared with each other. */
function mayBeOne(a: string | null, b: string | null): boolean {
  return a === null || b === null || a === b || formOf(a) !== formOf(b)
}

function formOf(identity: string): 'commit' | 'digest' | 'name' {
  if (/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(identity)) return 'commit'
  return /(?:^|@)sha(?:256|512):[0-9a-f]+$/i.test(identity) ? 'digest' : 'name'
}

/** Authorities that reported nothing where others did: then nothing counts. */
export function silentAuthorities(reported: ReportedBy[], config: Known): Finding[] {
  const places = new Map<string, { service: string; place: string; source: string; witnesses: number; by: Set<string>; own: number }>()
  for (const row of reported) {
    const source = authorityOf(serviceConfig(config, row.service)?.authority, row)
    if (source === null) continue
    const place = row.tier ?? row.environment
    const key = `${row.service}\n${place}\n${source}`
    const known = places.get(key) ?? { service: row.service, place, source, witnesses: 0, by: new Set<string>(), own: 0 }
    places.set(key, known)
    known.witnesses += row.witnesses
    if (row.source === source) known.own += row.deployments
    else known.by.add(row.source)
  }
  return [...places.values()].map(({ service, place, source, witnesses, by, own }) => {
    const where = `Service ${service}, ${place}`
    const seen =
      witnesses === 0
        ? ''
        : `; ${[...by].sort().join(' and ')} saw ${witnesses} as ${counted(witnesses, 'witness', 'witnesses').replace(/^\d+ /, '')}`
    if (own > 0) return good('authority', where, `${source} reported ${counted(own, 'deployment')} of the last 90 days${seen}.`)
    return fault(
      'authority',
      where,
      `${source} is the authority and reported no deployment of the last 90 days${seen}: none of them counts.`,
      `See that ${source} reports this service under this name and environment, or name another authority.`,
    )
  })
}
