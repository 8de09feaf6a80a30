/** A stored report as Markdown that reads well pasted into an issue, a wiki or a chat. */
import { duration } from './format.ts'
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
import type { FailureLine, Link, ReportSnapshot, WhyLine } from './snapshot.ts'
import { metricTitles } from './words.ts'

export function renderMarkdown(report: ReportSnapshot): string {
  const { content, changed } = report
  const blocks: string[] = [
    `# ${escaped(report.title)}: ${weekTitle(content.week)}`,
    `${periodText(content)} · ${escaped(content.timeZone)}`,
  ]
  if (report.demo) blocks.push(`> **${demoText}**`)
  blocks.push(`**${escaped(content.headline)}**`)
  for (const note of [absentText(content), partialText(content), pooledText(content)]) if (note !== null) blocks.push(escaped(note))
  if (changed !== null) blocks.push(`## Changed since revision ${changed.revision}`, bullets(changed.items.map(escaped)))
  if (content.coverage.days > 0) {
    blocks.push('## The five metrics', metricTable(report))
    if (content.why !== undefined && content.why.length > 0) blocks.push('## Why it moved', why(content.why))
    blocks.push('## Failures', failures(content.failures))
    blocks.push('## Slowest changes', slowest(report))
  }
  blocks.push('## Waiting changes', [escaped(waitingTitle(content)), waiting(report)].filter(Boolean).join('\n\n'))
  blocks.push('## Questions for the retro', content.questions.map((question, index) => `${index + 1}. ${escaped(question)}`).join('\n'))
  blocks.push('## Data health', bullets(healthItems(content.health, content.timeZone).map(escaped)))
  const footer = footerItems(report).map(([name, value]) => `${name}: ${escaped(value)}`)
  blocks.push('---', [...footer, 'Generated from Shiplog'].join(' · '))
  return `${blocks.join('\n\n')}\n`
}

function metricTable({ content }: ReportSnapshot): string {
  const weeks = content.metrics[0]?.before.map(({ week }) => week.slice(5)) ?? []
  const compared = content.metrics.some((line) => line.comparison !== undefined) ? ['Against the week before'] : []
  const head = ['Metric', 'This week', '95 % interval', 'From', ...compared, ...weeks]
  const rows = content.metrics.map((line) => [
    metricTitles[line.id],
    `**${valueText(line)}**`,
    intervalText(line) || '–',
    sampleText(line) || '–',
    ...compared.map(() => escaped(line.comparison ?? '–')),
    ...line.before.map((point) => shortText({ ...point, unit: line.unit })),
  ])
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

function why(lines: WhyLine[]): string {
  return bullets(
    lines.flatMap(({ id, sentences: [first = '', ...rest] }) => [
      `**${metricTitles[id]}**: ${escaped(first)}`,
      ...rest.map((sentence) => `\t${escaped(sentence)}`),
    ]),
  )
}

function failures(lines: FailureLine[]): string {
  if (lines.length === 0) return 'None is known.'
  return bullets(
    lines.flatMap((line) => [
      `**${linked(line.deployment)}** (${escaped(ruleText(line))}): ${escaped(outcomeText(line))}. Remedy: ${escaped(remedyText(line))}.`,
      ...line.evidence.map((text) => `\t${escaped(text)}`),
    ]),
  )
}

function slowest({ content }: ReportSnapshot): string {
  if (content.slowest.length === 0) return 'No change was delivered.'
  return content.slowest
    .map(
      (line, index) =>
        `${index + 1}. ${linked(line.change)} (${escaped(line.service)}): ${duration(line.leadSeconds)}; longest: ${waitedText(line)}`,
    )
    .join('\n')
}

function waiting({ content }: ReportSnapshot): string {
  return bullets(content.waiting.oldest.map((line) => `${linked(line.change)} (${escaped(line.service)}), ${waitText(line)}`))
}

/** A leading tab makes a line a child of the one above. */
function bullets(items: string[]): string {
  return items.map((item) => (item.startsWith('\t') ? `  - ${item.slice(1)}` : `- ${item}`)).join('\n')
}

function linked({ name, url }: Link): string {
  return url === null
    ? escaped(name)
    : `[${escaped(name)}](${url.replace(/[()<>\s\\]/g, (character) => encodeURIComponent(character).replace('(', '%28').replace(')', '%29'))})`
}

/** What a writer elsewhere may have put into a title must stay text: no mention, no markup, no line break. */
function escaped(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .replace(/[\\`*[\]<>|]|~~|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, (marks) => marks.replace(/./g, '\\$&'))
    .replace(/(?<!\w)@(?=\w)/g, '@\u200b')
}
