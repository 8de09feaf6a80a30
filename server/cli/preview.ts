/** `preview`: what a source would count, and why not the rest. */

import { nearest } from '../config/nearest.ts'
import { ShiplogError } from '../errors.ts'
import { count } from '../report/format.ts'
import { openApi } from './api.ts'
import type { Session } from './session.ts'

const shown = 40

interface PreviewAnswer {
  rule: string
  counted: number
  rows: { name: string; at: string | null; counted: boolean; reason: string | null }[]
  hints: string[]
}

export async function showPreview(session: Session, options: { source?: string; json?: boolean }): Promise<void> {
  const id = sourceId(session, options.source)
  const api = await openApi(session)
  try {
    const text = await api.text(`sources/${encodeURIComponent(id)}/preview`)
    session.out(options.json ? text : previewText(id, JSON.parse(text) as PreviewAnswer, session))
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

function previewText(id: string, { rule, counted, rows, hints }: PreviewAnswer, { paint }: Session): string {
  const lines = [`${paint.bold(id)}  ${rule}`, `${counted} of ${count(rows.length, 'thing')} looked at would be deployments`]
  const width = Math.min(40, Math.max(0, ...rows.slice(0, shown).map((row) => row.name.length)))
  for (const row of rows.slice(0, shown)) {
    const mark = row.counted ? paint.good('counted') : paint.dim('left out')
    lines.push(`  ${row.name.padEnd(width)}  ${(row.at ?? '').padEnd(20)}  ${mark}${row.reason === null ? '' : `  ${row.reason}`}`)
  }
  if (rows.length > shown) lines.push(`  and ${rows.length - shown} more; --json lists them`)
  return [...lines, ...hints.map((hint) => `hint: ${hint}`)].join('\n')
}
