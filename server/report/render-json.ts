/** A stored report as JSON: the snapshot itself, indented. */
import type { ReportSnapshot } from './snapshot.ts'

export function renderJson(report: ReportSnapshot): string {
  return `${JSON.stringify(report, null, 2)}\n`
}
