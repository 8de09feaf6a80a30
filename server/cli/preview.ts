/** `preview`: what a source would count, and why not the rest. */
import type { PreviewBody } from '../api/sources-schema.ts'
import { nearest } from '../config/nearest.ts'
import { ShiplogError } from '../errors.ts'
import { count, number } from '../report/format.ts'
import { openApi } from './api.ts'
import type { Session } from './session.ts'

const shown = 40
const shownReasons = 8

export async function showPreview(session: Session, options: { source?: string; deployments?: string; json?: boolean }): Promise<void> {
  const id = sourceId(session, options.source)
  const api = await openApi(session, { fromNothing: true })
  try {
    const route = `sources/${encodeURIComponent(id)}/preview`
    const tried = options.deployments
    const text = await api.text(tried === undefined ? route : `${route}?${new URLSearchParams({ deployments: tried })}`)
    if (options.json) return session.out(text)
    const answer = JSON.parse(text) as PreviewBody
    session.out(previewText(id, answer, session))
    if (tried !== undefined) session.out(`Nothing is saved. To keep this rule, write in shiplog.yaml:\n${indented(answer.yaml ?? '')}`)
  } finally {
    await api.close()
  }
}

/** The only source there is, where none is named. */
export function sourceId({ config }: Session, named: string | undefined): string {
  const ids = config.sources.map((source) => source.id)
  const [only] = ids
  if (named === undefined && ids.length === 1 && only !== undefined) return only
  if (named !== undefined && ids.includes(named)) return named
  const known = ids.length === 0 ? 'No source is configured.' : `Configured: ${ids.join(', ')}.`
  if (named === undefined) throw new ShiplogError('invalid', `Name a source with --source ID. ${known}`)
  const near = nearest(named, ids)
  throw new ShiplogError('invalid', `There is no source ${named}${near === null ? '.' : `; did you mean ${near}?`} ${known}`)
}

function previewText(id: string, answer: PreviewBody, { paint }: Session): string {
  const { rule, counted, looked, truncated, reasons, groups, rows, hints } = answer
  const more = truncated === 0 ? '' : `; ${number(truncated)} more were not looked at`
  const lines = [`${paint.bold(id)}  ${rule}`, `${number(counted)} of ${count(looked, 'thing')} looked at would be deployments${more}`]
  for (const { reason, rows: n } of reasons.slice(0, shownReasons)) lines.push(`  ${number(n)}: ${reason}`)
  if (reasons.length > shownReasons) lines.push(`  and ${reasons.length - shownReasons} other reasons; --json lists them`)
  const first = rows.slice(0, shown)
  const width = Math.min(40, Math.max(0, ...first.map((row) => row.name.length)))
  for (const [group, members] of byGroup(first)) {
    const tally = groups.find((one) => one.group === group)
    if (tally !== undefined) lines.push(`${paint.bold(tally.group)}  ${number(tally.counted)} of ${number(tally.looked)}`)
    for (const row of members) {
      const mark = row.counted ? paint.good('counted') : paint.dim('left out')
      lines.push(`  ${row.name.padEnd(width)}  ${(row.at ?? '').padEnd(20)}  ${mark}${row.reason === null ? '' : `  ${row.reason}`}`)
    }
  }
  if (looked > first.length) lines.push(`  and ${number(looked - first.length)} more; --json lists them`)
  return [...lines, ...hints.map((hint) => `hint: ${hint}`)].join('\n')
}

/** Groups in the order of their first row. */
function byGroup(rows: PreviewBody['rows']): Map<string | null, PreviewBody['rows']> {
  const groups = new Map<string | null, PreviewBody['rows']>()
  for (const row of rows) groups.set(row.group, [...(groups.get(row.group) ?? []), row])
  return groups
}

function indented(text: string): string {
  return text.replace(/^/gm, '  ')
}
