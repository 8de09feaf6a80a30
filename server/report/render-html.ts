/** A stored report as one HTML document without script or anything from outside; prints on one or two A4 pages. */
import { createHash } from 'node:crypto'
import { duration } from './format.ts'
import { type Html, html, type Markup } from './html.ts'
import { reportStyle } from './html-style.ts'
import { intervalText, sampleText, shortText, valueText } from './lines.ts'
import {
  absentText,
  demoText,
  footerItems,
  healthItems,
  outcomeText,
  partialText,
  periodText,
  pooledText,
  remedyText,
  ruleText,
  waitedText,
  waitingTitle,
  waitText,
  weekTitle,
} from './sections.ts'
import type { FailureLine, Link, MetricLine, ReportContent, ReportSnapshot, WhyLine } from './snapshot.ts'
import { sparkline } from './sparkline.ts'
import { metricMeanings, metricTitles } from './words.ts'

/** What the document is allowed: its own style and nothing else. Send it as the Content-Security-Policy of the answer too. */
export const reportPolicy = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(reportStyle).digest('base64')}'; base-uri 'none'; form-action 'none'`

export function renderHtml(report: ReportSnapshot): string {
  const { content, title, changed } = report
  const notes = [absentText(content), partialText(content)].filter((note) => note !== null)
  const pooled = pooledText(content)
  const known = content.coverage.days > 0
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${reportPolicy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${title}, ${weekTitle(content.week)} · Shiplog</title>
<style>${html.raw(reportStyle)}</style>
</head>
<body>
<main>
<header>
<p class="kicker">Weekly delivery report</p>
<h1>${title}</h1>
<p class="period">${weekTitle(content.week)} · ${periodText(content)}</p>
${report.demo ? html`<p class="note"><strong>${demoText}</strong></p>` : ''}
<p class="headline">${content.headline}</p>
${notes.map((note) => html`<p class="note">${note}</p>`)}
${pooled === null ? '' : html`<p class="small">${pooled}</p>`}
</header>
${changed === null ? '' : section(`Changed since revision ${changed.revision}`, html`<ul class="plain">${changed.items.map((item) => html`<li>${item}</li>`)}</ul>`)}
${known ? metricTable(content) : ''}
${known && content.why !== undefined && content.why.length > 0 ? section('Why it moved', whyList(content.why)) : ''}
${known ? section('Failures', failureList(content.failures)) : ''}
<div class="columns">
${known ? section('Slowest changes', slowestList(content)) : ''}
${section('Waiting changes', waitingList(content))}
</div>
${section('Questions for the retro', html`<ol class="questions">${content.questions.map((question) => html`<li>${question}</li>`)}</ol>`)}
${section('Data health', html`<ul class="plain">${healthItems(content.health, content.timeZone).map((item) => html`<li>${item}</li>`)}</ul>`)}
<footer>
<dl>${footerItems(report).map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
<p>Generated from Shiplog. Intervals are 95 %; a number without one rests on too few independent observations.</p>
</footer>
</main>
</body>
</html>
`
  return page.toString()
}

function section(title: string, body: Markup): Html {
  return html`<section><h2>${title}</h2>${body}</section>`
}

const groups: { title: string; style: string; ids: MetricLine['id'][] }[] = [
  { title: 'Throughput', style: 'throughput', ids: ['deployment_frequency', 'change_lead_time', 'failed_deployment_recovery_time'] },
  { title: 'Instability', style: 'instability', ids: ['change_fail_rate', 'deployment_rework_rate'] },
  { title: 'Beside them', style: 'beside', ids: ['batch_size', 'incident_time_to_restore'] },
]

function metricTable({ metrics }: ReportContent): Html {
  const weeks = metrics[0]?.before.map(({ week }) => week.slice(5)) ?? []
  const byId = new Map(metrics.map((line) => [line.id, line]))
  const compared = metrics.some((line) => line.comparison !== undefined)
  const rows = groups.map(({ title, style, ids }) => [
    html`<tr class="group"><th scope="rowgroup" colspan="${weeks.length + 3}" class="${style}">${title}</th></tr>`,
    ids.flatMap((id) => byId.get(id) ?? []).map((line) => metricRow(line, style)),
  ])
  return section(
    'The five metrics',
    html`<div class="wide"><table><thead><tr><th scope="col">Metric</th><th scope="col">This week, 95 % interval${compared ? '; against the week before' : ''}</th>${weeks.map((week) => html`<th scope="col" class="week">${week}</th>`)}<th scope="col" class="trend">Five weeks</th></tr></thead><tbody>${rows}</tbody></table></div>`,
  )
}

function metricRow(line: MetricLine, style: string): Html {
  const interval = intervalText(line)
  const sample = sampleText(line)
  const weeks = line.before.map((point) => html`<td class="week">${shortText({ ...point, unit: line.unit })}</td>`)
  return html`<tr><td class="metric">${metricTitles[line.id]}<small>${metricMeanings[line.id]}</small></td><td class="value${line.value === null ? ' none' : ''}">${valueText(line)}${interval === '' ? '' : html` <span>${interval}</span>`}<small>${sample}</small>${line.comparison === undefined ? '' : html`<small>${line.comparison}</small>`}</td>${weeks}<td class="trend ${style}">${html.raw(sparkline(line))}</td></tr>`
}

function whyList(lines: WhyLine[]): Html {
  return html`<ul class="rows">${lines.map(
    ({ id, sentences: [first = '', ...rest] }) =>
      html`<li><strong>${metricTitles[id]}</strong> ${first}${rest.length === 0 ? '' : html`<p>${rest.join(' ')}</p>`}</li>`,
  )}</ul>`
}

const failuresInFull = 7

/** The open and the longest ones in full, so that a bad week still fits on two pages. */
function failureList(lines: FailureLine[]): Html {
  if (lines.length === 0) return html`<p>None is known.</p>`
  const pressing = [...lines].sort((a, b) => weightOf(b) - weightOf(a)).slice(0, failuresInFull)
  const full = lines.filter((line) => pressing.includes(line))
  const rest = lines.filter((line) => !pressing.includes(line))
  const short = rest.map((line) => html`<li><strong>${linked(line.deployment)}</strong> ${outcomeText(line)}</li>`)
  return html`<ul class="rows">${full.map(failure)}</ul>${rest.length === 0 ? '' : html`<ul class="plain more">${short}</ul>`}`
}

function weightOf(line: FailureLine): number {
  return line.recoveredAt === null ? Number.POSITIVE_INFINITY : (line.seconds ?? 0)
}

function failure(line: FailureLine): Html {
  const state = line.recoveredAt === null ? 'open' : 'over'
  const evidence = line.evidence.map((text) => html`<p>${text}</p>`)
  return html`<li><span class="right ${state}">${outcomeText(line)}</span><strong>${linked(line.deployment)}</strong> <small>${ruleText(line)}</small>${evidence}<p>Remedy: ${remedyText(line)}.</p></li>`
}

function slowestList({ slowest }: ReportContent): Html {
  if (slowest.length === 0) return html`<p>No change was delivered.</p>`
  return html`<ul class="rows">${slowest.map(
    (line) =>
      html`<li><span class="right">${duration(line.leadSeconds)}</span>${linked(line.change)}<p>${line.service} · ${waitedText(line)}</p></li>`,
  )}</ul>`
}

function waitingList(content: ReportContent): Html {
  const oldest = content.waiting.oldest.map(
    (line) =>
      html`<li><span class="right">${duration(line.waitSeconds)}</span>${linked(line.change)}<p>${line.service} · ${waitText(line)}</p></li>`,
  )
  return html`<p class="small">${waitingTitle(content)}</p>${oldest.length === 0 ? '' : html`<ul class="rows">${oldest}</ul>`}`
}

function linked({ name, url }: Link): Markup {
  return url !== null && /^https?:\/\//.test(url) ? html`<a href="${url}" rel="noreferrer">${name}</a>` : name
}
