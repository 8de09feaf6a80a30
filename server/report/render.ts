/** A stored report in the format asked for, with what a download needs. */
import { renderCsv } from './render-csv.ts'
import { renderHtml } from './render-html.ts'
import { renderJson } from './render-json.ts'
import { renderMarkdown } from './render-markdown.ts'
import type { ReportSnapshot } from './snapshot.ts'

export const reportFormats = ['json', 'md', 'html', 'csv'] as const
export type ReportFormat = (typeof reportFormats)[number]

const renderers: Record<ReportFormat, { render: (report: ReportSnapshot) => string; contentType: string }> = {
  json: { render: renderJson, contentType: 'application/json; charset=utf-8' },
  md: { render: renderMarkdown, contentType: 'text/markdown; charset=utf-8' },
  html: { render: renderHtml, contentType: 'text/html; charset=utf-8' },
  csv: { render: renderCsv, contentType: 'text/csv; charset=utf-8' },
}

/** The same snapshot gives the same bytes. */
export function renderReport(report: ReportSnapshot, format: ReportFormat): { text: string; contentType: string; fileName: string } {
  const { render, contentType } = renderers[format]
  const scope = report.scope.replace(/[^A-Za-z0-9._-]+/g, '-')
  return { text: render(report), contentType, fileName: `shiplog-${scope}-${report.content.week}.${format}` }
}
