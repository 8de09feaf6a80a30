/** What the Sources page says of a source, in words. */
import type { Inbox, PreviewBody, RunBody, SourceBody } from './api.ts'
import { counted, formatDuration } from './format.ts'

export type SourceState = 'collecting' | 'pausing' | 'paused' | 'failed' | 'new' | 'current'

export function stateOf({ running, paused, lastError, lastSuccess }: SourceBody): SourceState {
  if (running) return paused ? 'pausing' : 'collecting'
  if (paused) return 'paused'
  if (lastError) return 'failed'
  return lastSuccess === null ? 'new' : 'current'
}

/** All sources in one sentence. */
export function sourcesLine(sources: SourceBody[]): string {
  const collected = sources.filter(({ schedule }) => schedule !== null)
  const failed = collected.filter(({ lastError }) => lastError !== null)
  const paused = collected.filter((source) => source.paused)
  const said = []
  if (failed.length > 0) said.push(`${named(failed)} could not be read when last asked.`)
  if (paused.length > 0) said.push(`${named(paused)} ${paused.length === 1 ? 'is' : 'are'} paused.`)
  if (said.length > 0) return said.join(' ')
  if (collected.some(({ lastSuccess }) => lastSuccess === null)) return 'A first collection is still to end.'
  return 'All of them answered when last asked.'
}

/** One by its name, several by their number. */
function named(sources: SourceBody[]): string {
  const [only] = sources
  return sources.length === 1 && only !== undefined ? only.id : String(sources.length)
}

export interface ProgressWords {
  step: string
  /** `1,200 of 9,000`; empty for a step that counts nothing. */
  amount: string
  /** `34 a second, 4 min left`; empty while unknown. */
  pace: string
  /** 0 to 1; null while unknown. */
  share: number | null
}

export function progressWords(progress: RunBody['progress']): ProgressWords {
  if (progress === null) return { step: 'starting', amount: '', pace: '', share: null }
  const { step, done, total, ratePerSecond, secondsLeft } = progress
  const isUncounted = total === null && done === 0
  const pace = []
  if (ratePerSecond !== null) pace.push(rateWords(ratePerSecond))
  if (secondsLeft !== null && total !== done) pace.push(`${formatDuration(secondsLeft)} left`)
  return {
    step,
    amount: isUncounted ? '' : `${whole(done)}${total === null ? '' : ` of ${whole(total)}`}`,
    pace: isUncounted ? '' : pace.join(', '),
    share: total === null || total === 0 ? null : Math.min(1, done / total),
  }
}

/** Per second, minute or hour: the first that gives at least one. */
function rateWords(perSecond: number): string {
  if (perSecond >= 1) return `${short(perSecond)} a second`
  return perSecond * 60 >= 1 ? `${short(perSecond * 60)} a minute` : `${short(perSecond * 3600)} an hour`
}

/** What a rule would count; of one that is tried, beside what the configured one does. */
export function countWords(configured: PreviewBody, tried: PreviewBody | null): string {
  const of = ({ counted: n, looked }: PreviewBody) => `${whole(n)} of ${whole(looked)}`
  return tried === null ? `Counts ${of(configured)}.` : `Would count ${of(tried)}, now ${of(configured)}.`
}

export interface RowGroup {
  name: string
  looked: number
  counted: number
  rows: PreviewBody['rows']
}

/** The rows by their group, in the order of the groups; null where rows have none. */
export function groupsOf({ groups, rows }: PreviewBody): RowGroup[] | null {
  if (groups.length === 0) return null
  return groups.map(({ group, ...tally }) => ({ name: group, ...tally, rows: rows.filter((row) => row.group === group) }))
}

/** How to have deployments to such an environment counted: what to write, and where. */
export function unmappedMend(source: Pick<SourceBody, 'schedule' | 'id'>, environment: string): { where: string; code: string } {
  if (source.schedule === null) return { where: 'send the tier with each deployment', code: '"tier": "production"' }
  const pattern = `^${environment.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')}$`.replaceAll("'", "''")
  return { where: `write in shiplog.yaml, under ${source.id}`, code: `deployments: { environments: { production: '${pattern}' } }` }
}

/** `3 deliveries wait, 1 failed`; there is one at least. */
export function inboxWords({ pending, failed }: Inbox): string {
  const waiting = pending > 0 ? `${counted(pending, 'delivery', 'deliveries')} ${pending === 1 ? 'waits' : 'wait'}` : ''
  if (failed === 0) return waiting
  return waiting === '' ? `${counted(failed, 'delivery', 'deliveries')} failed` : `${waiting}, ${whole(failed)} failed`
}

function whole(n: number): string {
  return n.toLocaleString('en-GB')
}

function short(n: number): string {
  return n.toLocaleString('en-GB', { maximumFractionDigits: n >= 10 ? 0 : 1 })
}
