import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { renderHtml, reportPolicy } from '../../server/report/render-html.ts'
import { failureLine, reportContent, reportSnapshot, whyLine } from './snapshot-fixture.ts'

const hostile = `<img src=x onerror=alert(1)>"'&`

describe('renderHtml', () => {
  it('says what the snapshot holds', () => {
    const page = renderHtml(reportSnapshot())
    for (const text of [
      'Week 47 of 2026',
      '16 Nov 2026 to 22 Nov 2026',
      '1 of 12 (8 %)',
      '2.4 days',
      'recovered in 1 h (noticed after 30 min)',
    ]) {
      expect(page).toContain(text)
    }
    expect(page).toContain('43 changes in 12 deployments')
    expect(page).toContain('4.1 days waiting for a first review')
  })

  it('escapes every text that comes from elsewhere', () => {
    const link = { name: hostile, url: null }
    const [slow] = reportContent().slowest
    const content = reportContent({
      headline: hostile,
      questions: [hostile],
      failures: [failureLine({ deployment: link, service: hostile, evidence: [hostile], remedies: [hostile], saidBy: hostile })],
      slowest: slow === undefined ? [] : [{ ...slow, change: link, service: hostile }],
      health: {
        ...reportContent().health,
        unassigned: [link],
        sources: [{ id: hostile, lastSuccessAt: null, lagSeconds: null, error: hostile }],
      },
    })
    const page = renderHtml(reportSnapshot({ title: hostile, content, changed: { revision: 1, madeAt: '', items: [hostile] } }))
    expect(page).not.toContain('<img')
    expect(page.match(/&lt;img src=x onerror=alert\(1\)&gt;&quot;&#39;&amp;/g)?.length).toBeGreaterThanOrEqual(11)
  })

  it('links only to the web', () => {
    const script = failureLine({ deployment: { name: 'shop', url: 'javascript:alert(1)' } })
    expect(renderHtml(reportSnapshot({ content: reportContent({ failures: [script] }) }))).not.toContain('javascript:')
    expect(renderHtml(reportSnapshot())).toContain('<a href="https://example.com/d/7" rel="noreferrer">')
  })

  it('loads nothing and runs nothing, and allows only its own style', () => {
    const page = renderHtml(reportSnapshot())
    expect(page).not.toMatch(/<script|<link|<iframe|\ssrc=|\sstyle=|url\(|@import/)
    const style = /<style>([\s\S]*)<\/style>/.exec(page)?.[1] as string
    expect(reportPolicy).toContain(`'sha256-${createHash('sha256').update(style).digest('base64')}'`)
  })

  it('tells a week without data as unknown, with no numbers', () => {
    const page = renderHtml(reportSnapshot({ content: reportContent({ coverage: { days: 0, of: 7 }, failures: [] }) }))
    expect(page).toContain('No data covers this week')
    expect(page).not.toContain('Deployment frequency')
    expect(page).not.toContain('None is known')
  })

  it('labels the demo', () => {
    expect(renderHtml(reportSnapshot({ demo: true }))).toContain('Demo data')
    expect(renderHtml(reportSnapshot())).not.toContain('Demo data')
  })

  it('shows the open and the longest failures in full, and names the others', () => {
    const failures = Array.from({ length: 12 }, (_, index) =>
      failureLine({
        key: `api/${index}`,
        deployment: { name: `shop 2.${index}`, url: null },
        seconds: index * 60,
        evidence: [`evidence ${index}`],
      }),
    )
    const open = failureLine({ key: 'api/open', recoveredAt: null, seconds: 60, evidence: ['evidence open'] })
    const page = renderHtml(reportSnapshot({ content: reportContent({ failures: [open, ...failures] }) }))
    expect(page).toContain('still open after 1 min')
    expect(page).toContain('evidence open')
    expect(page.match(/evidence \d+/g)).toHaveLength(6)
    for (const { deployment } of failures) expect(page).toContain(deployment.name)
  })

  it('says how each metric differs from the week before, where the report knows', () => {
    const metrics = reportContent().metrics.map((line) => ({ ...line, comparison: 'no clear change' }))
    expect(renderHtml(reportSnapshot({ content: reportContent({ metrics }) }))).toContain('<small>no clear change</small>')
    expect(renderHtml(reportSnapshot())).not.toContain('against the week before')
  })

  it('tells why metrics moved, where the report knows', () => {
    const page = renderHtml(reportSnapshot({ content: reportContent({ why: [whyLine()] }) }))
    expect(page).toContain(
      '<strong>Change lead time</strong> A typical change took 2.4 days.<p>Most of that is &lt;till&gt; (3 days, before 1 day).</p>',
    )
    expect(renderHtml(reportSnapshot())).not.toContain('Why it moved')
  })
})
