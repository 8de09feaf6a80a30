import { describe, expect, it } from 'vitest'
import { renderMarkdown } from '../../server/report/render-markdown.ts'
import { failureLine, reportContent, reportSnapshot, whyLine } from './snapshot-fixture.ts'

describe('renderMarkdown', () => {
  it('begins with the scope, the week and the headline', () => {
    expect(renderMarkdown(reportSnapshot()).split('\n\n').slice(0, 3)).toEqual([
      '# shop: Week 47 of 2026',
      '16 Nov 2026 to 22 Nov 2026 · UTC',
      '**shop was deployed to production 12 times in 7 days.**',
    ])
  })

  it('has a table with as many cells in each row', () => {
    const rows = renderMarkdown(reportSnapshot())
      .split('\n')
      .filter((line) => line.startsWith('| Deployment frequency') || line.startsWith('| Metric') || line.startsWith('| ---'))
    expect(rows).toEqual([
      '| Metric | This week | 95 % interval | From | W43 | W44 | W45 | W46 |',
      '| --- | --- | --- | --- | --- | --- | --- | --- |',
      '| Deployment frequency | **12 a week** | 6.2 to 21 | 12 deployments | 10 | 11 | 12 | 13 |',
    ])
  })

  it('keeps titles of others as text', () => {
    const name = '# *bold* [x](javascript:1) <b> |\n@team snake_case'
    const failures = [failureLine({ deployment: { name, url: 'https://example.com/a b)' }, evidence: [] })]
    expect(renderMarkdown(reportSnapshot({ content: reportContent({ failures }) }))).toContain(
      '[# \\*bold\\* \\[x\\](javascript:1) \\<b\\> \\| @\u200bteam snake_case](https://example.com/a%20b%29)',
    )
  })

  it('lists what changed in a later revision', () => {
    const changed = { revision: 1, madeAt: '2026-11-24T09:00:00.000Z', items: ['Change fail rate: 0 is now 1.'] }
    const text = renderMarkdown(reportSnapshot({ revision: 2, changed }))
    expect(text).toContain('## Changed since revision 1\n\n- Change fail rate: 0 is now 1.')
    expect(text).toContain('Report: revision 2')
  })

  it('tells a week without data as unknown', () => {
    const text = renderMarkdown(reportSnapshot({ content: reportContent({ coverage: { days: 0, of: 7 } }) }))
    expect(text).toContain('No data covers this week')
    expect(text).not.toContain('Deployment frequency')
  })

  it('says where stages are unknown', () => {
    const [slow] = reportContent().slowest
    const slowest = slow === undefined ? [] : [{ ...slow, longest: null }]
    expect(renderMarkdown(reportSnapshot({ content: reportContent({ slowest }) }))).toContain('stages unknown: git alone')
  })

  it('says how each metric differs from the week before, where the report knows', () => {
    const metrics = reportContent().metrics.map((line) => ({ ...line, comparison: 'clear: 1.4 times slower than the week before' }))
    const rows = renderMarkdown(reportSnapshot({ content: reportContent({ metrics }) })).split('\n')
    expect(rows.find((row) => row.startsWith('| Metric'))).toContain('| From | Against the week before | W43 |')
    expect(rows.find((row) => row.startsWith('| Change lead time'))).toContain('| clear: 1.4 times slower than the week before |')
    expect(renderMarkdown(reportSnapshot())).not.toContain('Against')
  })

  it('tells why metrics moved, where the report knows', () => {
    const text = renderMarkdown(reportSnapshot({ content: reportContent({ why: [whyLine()] }) }))
    expect(text).toContain(
      '## Why it moved\n\n- **Change lead time**: A typical change took 2.4 days.\n  - Most of that is \\<till\\> (3 days, before 1 day).\n\n## Failures',
    )
    expect(renderMarkdown(reportSnapshot({ content: reportContent({ why: [] }) }))).not.toContain('Why it moved')
    expect(renderMarkdown(reportSnapshot())).not.toContain('Why it moved')
  })
})
