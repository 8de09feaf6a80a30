/** What differs between two revisions of a report, in sentences. Empty where a reader would learn nothing new. */
import { count, duration, number } from './format.ts'
import { intervalText, sampleText, valueText } from './lines.ts'
import type { FailureLine, MetricLine, ReportContent, WhyLine } from './snapshot.ts'
import { listed, metricTitles } from './words.ts'

/** Passes over what only the clock moves: lags of sources, the age of what is open. */
export function changesSince(before: ReportContent, after: ReportContent): string[] {
  const items: string[] = []
  if (before.definition !== after.definition) items.push(`The definition ${before.definition} is now ${after.definition}.`)
  if (before.timeZone !== after.timeZone) items.push(`The reporting time zone ${before.timeZone} is now ${after.timeZone}.`)
  if (before.partial && !after.partial) items.push('The week was not over, and is now.')
  if (number(before.coverage.days) !== number(after.coverage.days)) {
    items.push(`Covered days: ${number(before.coverage.days)} are now ${number(after.coverage.days)} of ${after.coverage.of}.`)
  }
  for (const line of after.metrics) {
    const old = before.metrics.find(({ id }) => id === line.id)
    if (old === undefined) items.push(`${metricTitles[line.id]} is new: ${valueText(line)}.`)
    else items.push(...metricChanges(old, line))
  }
  items.push(...whyChanges(before.why, after.why))
  items.push(...failureChanges(before.failures, after.failures), ...listChanges(before, after))
  return items
}

function metricChanges(before: MetricLine, after: MetricLine): string[] {
  const title = metricTitles[after.id]
  const items: string[] = []
  const told = (line: MetricLine) => [valueText(line), sampleText(line), intervalText(line)]
  const [oldValue, oldSample, oldInterval] = told(before)
  const [value, sample, interval] = told(after)
  if (oldValue !== value) items.push(`${title}: ${oldValue} is now ${value}${oldSample === sample ? '' : ` (${sample})`}.`)
  else if (oldSample !== sample) items.push(`${title}: still ${value}, from ${sample} instead of ${oldSample}.`)
  else if (oldInterval !== interval) items.push(`${title}: its interval ${oldInterval || 'of none'} is now ${interval || 'none'}.`)
  if (before.comparison !== undefined && after.comparison !== undefined && before.comparison !== after.comparison) {
    items.push(`${title}, against the week before: ${before.comparison} is now ${after.comparison}.`)
  }
  for (const week of after.before) {
    const old = before.before.find((point) => point.week === week.week)
    if (old === undefined) continue
    const [was, is] = [valueText({ ...old, unit: before.unit }), valueText({ ...week, unit: after.unit })]
    if (was !== is) items.push(`${title} of ${week.week}: ${was} is now ${is}.`)
    else if (old.n !== week.n) items.push(`${title} of ${week.week}: still ${is}, from ${week.n} instead of ${old.n}.`)
  }
  return items
}

/** Reports that were made before it was told say nothing of it. */
function whyChanges(before: WhyLine[] | undefined, after: WhyLine[] | undefined): string[] {
  if (before === undefined || after === undefined) return []
  return [...new Set([...before, ...after].map(({ id }) => id))].flatMap((id) => {
    const [was, is] = [before, after].map((lines) => lines.find((line) => line.id === id)?.sentences.join(' '))
    return was === is ? [] : [`Why ${metricTitles[id].toLowerCase()} moved is told anew.`]
  })
}

function failureChanges(before: FailureLine[], after: FailureLine[]): string[] {
  const items: string[] = []
  for (const line of after) {
    const old = before.find(({ key }) => key === line.key)
    const { name } = line.deployment
    if (old === undefined) {
      items.push(`New failure: ${name} (${line.evidence[0] ?? line.rule}).`)
      continue
    }
    if (old.pending && !line.pending) items.push(`The failure of ${name} is now old enough to be judged.`)
    if (old.recoveredAt !== line.recoveredAt) {
      const now = line.recoveredAt === null ? 'is open again' : `recovered after ${duration(line.seconds ?? 0)}`
      items.push(`The failure of ${name} ${now}.`)
    }
    if (old.confidence !== line.confidence || old.rule !== line.rule || old.saidBy !== line.saidBy) {
      items.push(`The failure of ${name} is now ${line.confidence}${line.saidBy === null ? '' : `, said by ${line.saidBy}`}.`)
    }
    if (old.evidence.join('\n') !== line.evidence.join('\n') || old.remedies.join('\n') !== line.remedies.join('\n')) {
      items.push(`The evidence or the remedies of ${name} changed.`)
    }
  }
  for (const old of before) {
    if (!after.some(({ key }) => key === old.key)) items.push(`No longer a failure of the week: ${old.deployment.name}.`)
  }
  return items
}

function listChanges(before: ReportContent, after: ReportContent): string[] {
  const items: string[] = []
  const slowest = ({ slowest }: ReportContent) => slowest.map(({ key, leadSeconds }) => `${key} ${leadSeconds}`).join('\n')
  if (slowest(before) !== slowest(after)) {
    const names = after.slowest.map(({ change }) => `“${change.name}”`)
    items.push(names.length === 0 ? 'There are no slowest changes any more.' : `The slowest changes are now ${listed(names)}.`)
  }
  const waiting = ({ waiting }: ReportContent) => [waiting.count, ...waiting.oldest.map(({ key }) => key)].join('\n')
  if (waiting(before) !== waiting(after)) {
    items.push(`Waiting: ${count(before.waiting.count, 'change')} is now ${count(after.waiting.count, 'change')}, or others than before.`)
  }
  const counts = ({ health }: ReportContent): [string, number][] => [
    ['Deployments without a known commit', health.commitUnknown],
    ['Incidents without a service', health.unassigned.length],
    ['Deployments to unmapped environments', health.unmapped.reduce((sum, { deployments }) => sum + deployments, 0)],
  ]
  for (const [index, [name, n]] of counts(after).entries()) {
    const old = counts(before)[index]?.[1]
    if (old !== n) items.push(`${name}: ${old} is now ${n}.`)
  }
  return items
}
