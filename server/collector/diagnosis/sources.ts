/** Whether facts of each source come, in time and from right clocks, and whether they find their place. */
import { createTask } from 'node-cron'
import type { Config, SourceConfig } from '../../config.ts'
import type { Instant } from '../../facts.ts'
import type { AheadOfTime, Waiting } from '../../store/diagnosis.ts'
import type { InboxState } from '../../store/inbox.ts'
import type { SourceState } from '../../store/sources.ts'
import type { Unmapped } from '../../store/unmapped.ts'
import { advice, counted, type Finding, fault, good, lasted, told } from './finding.ts'

/** Deliveries wait no longer than this where a server reads them. */
const mostWaitMs = 15 * 60_000
/** What clocks may differ. */
export const mostSkewMs = 60_000
/** Schedules that may pass without a success. */
const mostMissed = 3

export function nameOf(source: string): string {
  return `Source ${source}`
}

/** The last collection, and how long ago one succeeded. */
export function collectionOf({ id, schedule }: SourceConfig, state: SourceState | null, now: Instant, timeZone: string): Finding[] {
  const where = nameOf(id)
  if (state?.paused) return [advice('lag', where, 'It is paused.', `Resume it with \`npm run shiplog -- resume --source ${id}\`.`)]
  const { lastSuccessAt = null, lastError = null } = state ?? {}
  const since = lastSuccessAt === null ? 'It was never read.' : `It was last read ${lasted(now - lastSuccessAt)} ago.`
  if (lastError !== null) {
    return [fault('collection', where, `Its last collection failed: ${lastError.message} ${since}`, lastError.mend ?? 'See its run log.')]
  }
  if (lastSuccessAt === null) {
    return [advice('lag', where, 'It was not collected yet.', `Start the server, or run \`npm run shiplog -- collect --source ${id}\`.`)]
  }
  const gap = longestGap(schedule, timeZone)
  if (gap !== null && now - lastSuccessAt > mostMissed * gap) {
    const mend = 'See that the server runs, and its run log on the page Sources.'
    return [fault('lag', where, `${since} Its schedule ${schedule} asks for it every ${lasted(gap)}.`, mend)]
  }
  return [good('lag', where, since)]
}

/** Null where the expression names fewer than two times. */
export function longestGap(schedule: string, timezone: string): number | null {
  const task = createTask(schedule, () => {}, { timezone })
  const runs = task.getNextRuns(10).map((at) => at.getTime())
  void task.destroy()
  const gaps = runs.slice(1).map((at, index) => at - (runs[index] as number))
  return gaps.length === 0 ? null : Math.max(...gaps)
}

export interface Receiving {
  inbox: InboxState
  waiting: Waiting | undefined
  /** Of the oldest delivery that was set aside. */
  failure: { message: string; mend: string | null } | null
}

/** What the source's system sends. */
export function receivingOf({ id, options }: SourceConfig, { inbox, waiting, failure }: Receiving, now: Instant): Finding[] {
  const where = nameOf(id)
  const found: Finding[] = []
  if (inbox.failed > 0) {
    const reason = failure === null ? '' : ` The first: ${failure.message}`
    const retry = `Then try them again: POST /api/v1/sources/${encodeURIComponent(id)}/deliveries/retry, or the page Sources.`
    const what = `${counted(inbox.failed, 'delivery', 'deliveries')} could not be read.${reason}`
    found.push(fault('receiving', where, what, `${failure?.mend ?? 'Mend what it says.'} ${retry}`))
  }
  if (waiting !== undefined && now - waiting.since > mostWaitMs) {
    const what = `${counted(inbox.pending, 'delivery', 'deliveries')} ${inbox.pending === 1 ? 'waits' : 'wait'} to be read, the oldest for ${lasted(now - waiting.since)}.`
    found.push(fault('lag', where, what, 'See that the server runs, and what its log says of this source.'))
  }
  if (found.length > 0) return found
  const last = inbox.lastReceivedAt === null ? null : `The last delivery came ${lasted(now - inbox.lastReceivedAt)} ago.`
  if (!hasSecret(options)) {
    const what = 'Nothing is agreed by which deliveries are told to be its own, so none is taken.'
    return [
      advice('receiving', where, what, 'To take what its system sends, write webhook with a secret: its page under docs/sources says how.'),
    ]
  }
  if (last === null) {
    const address = `/api/v1/hooks/${encodeURIComponent(id)}`
    return [
      advice('receiving', where, 'No delivery has come yet.', `See that its system sends to ${address}, and what it says of its attempts.`),
    ]
  }
  return [good('receiving', where, `${last} None failed.`)]
}

function hasSecret(options: unknown): boolean {
  return (
    typeof options === 'object' &&
    options !== null &&
    Object.entries(options).some(([key, value]) => /^webhook/.test(key) && Boolean(value))
  )
}

export function clockOf({ source, kind, count, latest }: AheadOfTime, now: Instant): Finding {
  const things = counted(count, kind === 'deployments' ? 'deployment' : 'incident')
  const what = `${things} ${count === 1 ? 'lies' : 'lie'} in the future, by ${lasted(latest - now)} at most (${told(latest)}).`
  return fault(
    'clock',
    nameOf(source),
    what,
    'Set the clock of the system that reports them, and the time zone in which it writes; then send them again.',
  )
}

/** Environments of no tier, with the line that maps them. */
export function unmappedOf(source: string, unmapped: Unmapped[], config: Pick<Config, 'sources'>): Finding {
  const deployments = unmapped.reduce((sum, one) => sum + one.deployments, 0)
  const named = unmapped.slice(0, 5).map((one) => `${one.environment} (${one.deployments})`)
  const more = unmapped.length > 5 ? ` and ${unmapped.length - 5} more` : ''
  const what = `${counted(deployments, 'deployment')} of the last 90 days ${deployments === 1 ? 'is' : 'are'} in environments of no tier, in no number: ${named.join(', ')}${more}.`
  const environments = unmapped.map(({ environment }) => environment.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')).slice(0, 5)
  const configured = config.sources.find(({ id }) => id === source)
  const tiers = 'production, staging, testing or development'
  if (configured === undefined) {
    return advice('mapping', nameOf(source), what, `Where they should count, send tier with the deployment: ${tiers}.`)
  }
  const rule = `environments: { staging: '^(${environments.join('|')})$' }`
  const write = mapsInDeployments(configured.options) ? `deployments: { ${rule} }` : rule
  return advice(
    'mapping',
    nameOf(source),
    what,
    `Where they should count, map them under the source, beside the others, to a tier: ${tiers}.`,
    write,
  )
}

/** Whether environments stand within the rule of deployments. */
function mapsInDeployments(options: unknown): boolean {
  const { deployments } = (options ?? {}) as { deployments?: unknown }
  return [deployments].flat().some((rule) => typeof rule === 'object' && rule !== null && 'environments' in rule)
}

export function unlistedOf(source: string, services: string[]): Finding {
  const listed = services.length > 5 ? `${services.slice(0, 5).join(', ')} and ${services.length - 5} more` : services.join(', ')
  const what = `It names ${counted(services.length, 'service')} that no entry of services has: ${listed}.`
  const [first = ''] = services
  return advice(
    'mapping',
    nameOf(source),
    what,
    'Give each an entry, so that it has a team, or list the name as a former one of a service.',
    `services: [{ id: ${first} }]`,
  )
}

export function withoutServiceOf(source: string, incidents: number): Finding {
  const what = `${counted(incidents, 'incident')} of the last 90 days ${incidents === 1 ? 'names' : 'name'} no service, so ${incidents === 1 ? 'it is' : 'they are'} in no rate.`
  return advice(
    'mapping',
    nameOf(source),
    what,
    'Write under the source by which of its labels the service is told, or let its system say it.',
  )
}
