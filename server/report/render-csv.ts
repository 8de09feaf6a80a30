/** A stored report as CSV (RFC 4180): one row for each thing it says, told apart by `section`. */
import { valueText } from './lines.ts'
import { outcomeText, remedyText, waitedText, waitingTitle } from './sections.ts'
import type { ReportSnapshot } from './snapshot.ts'
import { metricTitles, stageWords } from './words.ts'

const columns = ['section', 'item', 'service', 'week', 'at', 'value', 'unit', 'n', 'count', 'low', 'high', 'text', 'url'] as const
type Row = Partial<Record<(typeof columns)[number], string | number | null>>

export function renderCsv(report: ReportSnapshot): string {
  return [[...columns], ...rowsOf(report).map((row) => columns.map((column) => row[column] ?? null))].map(csvLine).join('')
}

/** One record with its line end. Text that a spreadsheet would take for a formula gets a leading apostrophe; numbers stay numbers. */
export function csvLine(cells: readonly (string | number | null)[]): string {
  return `${cells.map(cell).join(',')}\r\n`
}

function cell(value: string | number | null): string {
  if (value === null) return ''
  if (typeof value === 'number') return String(value)
  const safe = /^[=+\-@\t\r\n]/.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

function rowsOf({ content, title, scope, revision, madeAt, changed, demo }: ReportSnapshot): Row[] {
  const { week, asOf } = content
  const rows: Row[] = [
    { section: 'report', item: 'scope', text: scope },
    { section: 'report', item: 'title', text: title },
    { section: 'report', item: 'headline', week, text: content.headline },
    { section: 'report', item: 'from', at: content.from },
    { section: 'report', item: 'to', at: content.to },
    { section: 'report', item: 'time zone', text: content.timeZone },
    { section: 'report', item: 'environment', text: content.environment },
    { section: 'report', item: 'definition', text: content.definition },
    { section: 'report', item: 'data as of', at: asOf },
    { section: 'report', item: 'revision', at: madeAt, value: revision },
    { section: 'report', item: 'demo data', text: demo ? 'yes' : 'no' },
    { section: 'report', item: 'covered days', value: content.coverage.days, unit: 'days', n: content.coverage.of },
  ]
  for (const line of content.metrics) {
    const [low, high] = line.interval ?? [null, null]
    const { unit, value, n, count } = line
    rows.push({
      section: 'metric',
      item: line.id,
      week,
      value,
      unit,
      n,
      count,
      low,
      high,
      text: `${metricTitles[line.id]}: ${valueText(line)}`,
    })
    if (line.comparison !== undefined) rows.push({ section: 'comparison', item: line.id, week, text: line.comparison })
    for (const point of line.before) {
      rows.push({
        section: 'metric',
        item: line.id,
        week: point.week,
        value: point.value,
        unit,
        n: point.n,
        count: point.count,
        text: point.reason,
      })
    }
  }
  for (const { id, sentences, parts } of content.why ?? []) {
    rows.push(...sentences.map((text) => ({ section: 'why', item: id, week, text })))
    rows.push(...parts.map(({ split, unit, size, text }) => ({ section: `why, by ${split}`, item: id, week, value: size, unit, text })))
  }
  for (const line of content.failures) {
    const text = [outcomeText(line), remedyText(line), line.evidence.join(' ')].filter(Boolean).join('; ')
    const { service, seconds: value, deployedAt: at } = line
    rows.push({ section: 'failure', item: line.deployment.name, service, at, value, unit: 'seconds', text, url: line.deployment.url })
  }
  for (const line of content.slowest) {
    const text = line.longest === null ? waitedText(line) : `longest: ${stageWords[line.longest.stage]}, ${line.longest.seconds} s`
    const { service, leadSeconds: value, deployedAt: at } = line
    rows.push({ section: 'slowest change', item: line.change.name, service, at, value, unit: 'seconds', text, url: line.change.url })
  }
  const isWaitingKnown = content.coverage.days > 0 || content.waiting.count > 0
  rows.push({
    section: 'waiting',
    item: 'count',
    at: content.waiting.at,
    value: isWaitingKnown ? content.waiting.count : null,
    unit: 'changes',
    text: isWaitingKnown ? null : waitingTitle(content),
  })
  for (const { change, service, mergedAt: at, waitSeconds: value } of content.waiting.oldest) {
    rows.push({ section: 'waiting', item: change.name, service, at, value, unit: 'seconds', url: change.url })
  }
  return [...rows, ...healthRows(content.health), ...texts('question', content.questions), ...texts('changed', changed?.items ?? [])]
}

function healthRows(health: ReportSnapshot['content']['health']): Row[] {
  const section = 'data health'
  return [
    ...health.sources.map(({ id, lastSuccessAt, lagSeconds, error }) => {
      return { section, item: `source ${id}`, at: lastSuccessAt, value: lagSeconds, unit: 'seconds', text: error }
    }),
    { section, item: 'uncovered days', value: health.uncoveredDays, unit: 'days' },
    ...health.uncoveredServices.map((service) => ({ section, item: 'service without coverage', service })),
    ...health.unmapped.map(({ environment, deployments }) => ({
      section,
      item: 'unmapped environment',
      value: deployments,
      text: environment,
    })),
    { section, item: 'deployments without a known commit', value: health.commitUnknown },
    ...health.unassigned.map(({ name, url }) => ({ section, item: 'incident without a service', text: name, url })),
    { section, item: 'deployments too young to judge', value: health.pending },
    { section, item: 'provisional deployments', value: health.provisional },
  ]
}

function texts(section: string, items: string[]): Row[] {
  return items.map((text, index) => ({ section, item: String(index + 1), text }))
}
