/** Which alerts of the last week count as incidents, and why the others do not. */
import { aboutAlert, whyNoIncident } from '../alert-incident.ts'
import type { Context, Preview, PreviewRow } from '../source.ts'
import { openAlertReader } from './client.ts'
import { dayMs, settledMs, stepsOfSlice } from './collect.ts'
import { type Episode, firingAt } from './episodes.ts'
import type { PrometheusOptions } from './options.ts'

const days = 7
const mostRows = 500

/** Throws SourceError. */
export async function previewAlerts(options: PrometheusOptions, ctx: Context): Promise<Preview> {
  const rule = ruleInWords(options)
  const reader = await openAlertReader(options, ctx)
  if (reader === null) return { rule, rows: [], hints: ['Write url, so that past alerts can be looked at.'] }
  const { stepMs } = reader
  const start = Math.floor((ctx.now.getTime() - days * dayMs) / stepMs) * stepMs
  const end = start + Math.floor((ctx.now.getTime() - settledMs - start) / stepMs) * stepMs
  const fired: Episode[] = []
  let firing = {}
  for (let first = start; first < end; ) {
    const last = Math.min(first + stepsOfSlice(stepMs) * stepMs, end)
    const episodes = await reader.read({ first, last, stepMs }, firing, true)
    firing = firingAt(episodes, last)
    fired.push(...episodes.filter(({ resolvedAt }) => resolvedAt !== null || last === end))
    first = last
  }
  const rows = fired.sort((a, b) => b.openedAt - a.openedAt).map((episode) => rowOf(episode, options))
  return {
    rule,
    rows: rows.slice(0, mostRows),
    hints: hintsOf(rows),
    ...(rows.length > mostRows ? { truncated: rows.length - mostRows } : {}),
  }
}

function rowOf({ labels, openedAt }: Episode, options: PrometheusOptions): PreviewRow {
  const reason = whyNoIncident(options, labels)
  const { service } = aboutAlert(labels, options)
  return {
    name: labels.alertname ?? 'An alert without a name',
    at: openedAt,
    counted: reason === null,
    reason,
    ...(service ? { group: service } : {}),
  }
}

function hintsOf(rows: PreviewRow[]): string[] {
  if (rows.length === 0) return [`No alert fired within ${days} days. Check that url is the Prometheus that evaluates the rules.`]
  const counted = rows.filter((row) => row.counted)
  if (counted.length === 0) return ['None of these counts. Write under alerts the labels of those that are incidents, or true for all.']
  const unassigned = counted.filter(({ group }) => group === undefined).length
  return unassigned === 0 ? [] : [`${unassigned} of these name no service. Write under service the label that does.`]
}

export function ruleInWords({ alerts, except }: Pick<PrometheusOptions, 'alerts' | 'except'>): string {
  const say = (rule: Record<string, string>, joint: string) =>
    Object.entries(rule)
      .map(([label, expression]) => `${label} matches ${expression}`)
      .join(joint)
  const counted = alerts === true ? 'every alert that fires' : `every alert that fires of which ${say(alerts, ' and ')}`
  return Object.keys(except).length === 0 ? counted : `${counted}, except those of which ${say(except, ' or ')}`
}
