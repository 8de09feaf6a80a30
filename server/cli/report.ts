/** `report`: the weekly report of a scope. */
import { DateTime } from 'luxon'
import { openApi } from './api.ts'
import type { Session } from './session.ts'

export interface ReportOptions {
  scope: string
  week?: string
  format: string
  refresh?: boolean
}

export async function showReport(session: Session, options: ReportOptions): Promise<void> {
  const week = options.week ?? lastWholeWeek(session.now(), session.config.timeZone)
  const api = await openApi(session)
  try {
    const { id } = JSON.parse(await api.text('reports', { method: 'POST', body: { scope: options.scope, week } })) as { id: string }
    const route = `reports/${encodeURIComponent(id)}`
    if (options.refresh) await api.text(`${route}/refresh`, { method: 'POST' })
    session.out((await api.text(`${route}?format=${options.format}`)).replace(/\n$/, ''))
  } finally {
    await api.close()
  }
}

/** The last ISO week that has ended: `2026-W46` on any day of week 47. */
function lastWholeWeek(now: Date, timeZone: string): string {
  return DateTime.fromJSDate(now, { zone: timeZone }).minus({ weeks: 1 }).toFormat("kkkk-'W'WW")
}
