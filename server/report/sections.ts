/** The sentences that Markdown and HTML share: period, failures, changes, data health, footer. */
import { count, dayText, duration, number, percent, timeText } from './format.ts'
import type { ChangeLine, FailureLine, Health, ReportContent, ReportSnapshot, WaitingLine } from './snapshot.ts'
import { listed, signalWords, stageWords } from './words.ts'

/** `Week 47 of 2026`. */
export function weekTitle(week: string): string {
  return `Week ${Number(week.slice(6))} of ${week.slice(0, 4)}`
}

/** `16 Nov 2026 to 22 Nov 2026`: both days included. */
export function periodText({ from, to }: ReportContent): string {
  const last = new Date(Date.parse(to) - 86_400_000).toISOString().slice(0, 10)
  return `${dayText(from)} to ${dayText(last)}`
}

/** Why the week has no numbers; null where it has some. */
export function absentText({ coverage }: ReportContent): string | null {
  return coverage.days > 0 ? null : 'No data covers this week: what happened in it is not known. That is not the same as nothing.'
}

export function partialText({ partial, asOf, timeZone, coverage }: ReportContent): string | null {
  if (!partial || coverage.days === 0) return null
  return `The week was not over when its data ended${asOf === null ? '' : ` (${timeText(asOf, timeZone)})`}: numbers will change.`
}

export function pooledText({ pooled }: ReportContent): string | null {
  if (pooled === null || pooled.services < 2) return null
  const share =
    pooled.largest === null || pooled.largestShare === null
      ? ''
      : `; ${pooled.largest} made ${percent(pooled.largestShare)} of the deployments`
  return `Pooled over ${count(pooled.services, 'service')}${share}.`
}

/** How it stands: `recovered in 42 min (noticed after 12 min)`. */
export function outcomeText(line: FailureLine): string {
  const noticed =
    line.noticedSeconds === null ? '' : line.noticedSeconds < 1 ? ' (noticed at once)' : ` (noticed after ${duration(line.noticedSeconds)})`
  const outcome =
    line.recoveredAt === null
      ? `still open${line.seconds === null ? '' : ` after ${duration(line.seconds)}`}`
      : `recovered in ${duration(line.seconds ?? 0)}${noticed}`
  return line.pending ? `${outcome}; too young for the fail rate` : outcome
}

export function ruleText(line: FailureLine): string {
  if (line.saidBy !== null) return `confirmed, said by ${line.saidBy}`
  return `${line.confidence}, ${signalWords[line.rule]}`
}

export function remedyText(line: FailureLine): string {
  return line.remedies.length === 0 ? 'no remedy known' : listed(line.remedies)
}

export function waitedText(line: ChangeLine): string {
  return line.longest === null ? 'stages unknown: git alone' : `${duration(line.longest.seconds)} ${stageWords[line.longest.stage]}`
}

export function waitingTitle({ waiting, partial, timeZone, coverage }: ReportContent): string {
  if (waiting.count === 0 && coverage.days === 0) return 'Not known: no data covers this week.'
  const when = partial ? 'now' : `at the end of the week`
  const at = partial ? ` (${timeText(waiting.at, timeZone)})` : ''
  if (waiting.count === 0) return `No merged change waits for production ${when}${at}.`
  return `${count(waiting.count, 'merged change')} ${waiting.count === 1 ? 'waits' : 'wait'} for production ${when}${at}.`
}

export function waitText(line: WaitingLine): string {
  return `merged ${duration(line.waitSeconds)} before`
}

/** Sentences; what is as it should be is said in one. */
export function healthItems(health: Health, timeZone: string): string[] {
  const items = health.sources.map((source) => sourceText(source, timeZone))
  if (health.uncoveredDays >= 0.05) items.push(`${number(health.uncoveredDays)} of the days so far are covered by no data.`)
  if (health.uncoveredServices.length > 0) items.push(`No data of the week covers ${shortList(health.uncoveredServices)}.`)
  for (const { environment, deployments } of health.unmapped) {
    items.push(`${count(deployments, 'deployment')} to “${environment}”, an environment that maps to no tier: in no metric.`)
  }
  if (health.commitUnknown > 0)
    items.push(`${count(health.commitUnknown, 'deployment')} without a known commit: counted, but carrying no change.`)
  if (health.unassigned.length > 0) {
    const names = shortList(health.unassigned.map(({ name }) => `“${name}”`))
    items.push(`${count(health.unassigned.length, 'incident')} without a service, in no rate: ${names}.`)
  }
  if (health.pending > 0) items.push(`${count(health.pending, 'deployment')} too young to be judged.`)
  if (health.provisional > 0) items.push(`${count(health.provisional, 'judged deployment')} may still turn out otherwise.`)
  if (health.sources.length === 0) items.unshift('No source feeds this scope.')
  return items
}

function sourceText({ id, lastSuccessAt, lagSeconds, error }: Health['sources'][number], timeZone: string): string {
  const when =
    lastSuccessAt === null || lagSeconds === null
      ? 'has never delivered'
      : `last delivered ${timeText(lastSuccessAt, timeZone)}, ${duration(lagSeconds)} before this report`
  return `Source ${id} ${when}${error === null ? '.' : `; its last run failed: ${error}`}`
}

function shortList(names: string[]): string {
  return names.length > 5 ? `${names.slice(0, 5).join(', ')} and ${names.length - 5} more` : listed(names)
}

/** Name and value, in order. */
export function footerItems({ content, revision, madeAt }: ReportSnapshot): [string, string][] {
  const { timeZone, asOf } = content
  return [
    ['Period', `${periodText(content)} (${content.week})`],
    ['Time zone', timeZone],
    ['Environment', content.environment],
    ['Definition', content.definition],
    ['Data as of', asOf === null ? 'no data yet' : timeText(asOf, timeZone)],
    ['Report', `revision ${revision}, made ${timeText(madeAt, timeZone)}`],
  ]
}

export const demoText = 'Demo data: the organisation and everything in it is made up.'
