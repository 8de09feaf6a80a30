import { describe, expect, it } from 'vitest'
import { csvLine, renderCsv } from '../../server/report/render-csv.ts'
import { failureLine, reportContent, reportSnapshot, whyLine } from './snapshot-fixture.ts'

describe('csvLine', () => {
  it.each([
    ['=1+1', "'=1+1"],
    ['+1', "'+1"],
    ['-1', "'-1"],
    ['@sum', "'@sum"],
    ['\tx', "'\tx"],
    ['\rx', '"\'\rx"'],
    ['\nx', '"\'\nx"'],
    ['a=1', 'a=1'],
    ['a,b', '"a,b"'],
    ['say "hi"', '"say ""hi"""'],
    ['two\nlines', '"two\nlines"'],
    ['=HYPERLINK("x")', '"\'=HYPERLINK(""x"")"'],
  ])('writes %j as %j', (text, expected) => {
    expect(csvLine([text])).toBe(`${expected}\r\n`)
  })

  it('leaves numbers and absent values alone', () => {
    expect(csvLine([-1.5, null, 0, ''])).toBe('-1.5,,0,\r\n')
  })
})

describe('renderCsv', () => {
  const lines = renderCsv(reportSnapshot()).split('\r\n')

  it('has a header and the same number of cells in each row', () => {
    expect(lines[0]).toBe('section,item,service,week,at,value,unit,n,count,low,high,text,url')
    expect(lines.at(-1)).toBe('')
    expect(lines.filter((line) => line !== '' && !line.includes('"')).map((line) => line.split(',').length)).toEqual(
      lines.filter((line) => line !== '' && !line.includes('"')).map(() => 13),
    )
  })

  it('tells waiting changes of a week without data as unknown', () => {
    const content = reportContent({ coverage: { days: 0, of: 7 }, waiting: { at: '2026-11-23T00:00:00.000Z', count: 0, oldest: [] } })
    const row = renderCsv(reportSnapshot({ content }))
      .split('\r\n')
      .find((line) => line.startsWith('waiting,count'))
    expect(row).toBe('waiting,count,,,2026-11-23T00:00:00.000Z,,changes,,,,,Not known: no data covers this week.,')
  })

  it('ends no text of a failure in a separator', () => {
    const content = reportContent({ failures: [failureLine({ evidence: [] })] })
    expect(renderCsv(reportSnapshot({ content }))).not.toContain('; ,')
  })

  it('tells numbers unrounded', () => {
    expect(lines).toContain(
      'metric,change_fail_rate,,2026-W47,,0.08333333333333333,ratio,12,1,0.015,0.354,Change fail rate: 1 of 12 (8 %),',
    )
    expect(lines).toContain('metric,deployment_frequency,,2026-W44,,11,per_week,11,,,,,')
  })

  it('neutralises what a title could do in a spreadsheet', () => {
    const waiting = { ...reportContent().waiting, oldest: [] }
    const [slow] = reportContent().slowest
    const slowest = slow === undefined ? [] : [{ ...slow, change: { name: '=cmd|calc', url: null } }]
    expect(renderCsv(reportSnapshot({ content: reportContent({ waiting, slowest }) }))).toContain("slowest change,'=cmd|calc,shop")
  })

  it('tells verdicts as rows of their own', () => {
    const metrics = reportContent().metrics.map((line) => ({ ...line, comparison: 'no clear change' }))
    const text = renderCsv(reportSnapshot({ content: reportContent({ metrics }) }))
    expect(text).toContain('comparison,change_lead_time,,2026-W47,,,,,,,,no clear change,\r\n')
    expect(renderCsv(reportSnapshot())).not.toContain('comparison,')
  })

  it('tells why metrics moved, sentence by sentence, and each part with its size', () => {
    const text = renderCsv(reportSnapshot({ content: reportContent({ why: [whyLine()] }) }))
    expect(text).toContain('why,change_lead_time,,2026-W47,,,,,,,,A typical change took 2.4 days.,\r\n')
    expect(text).toContain('"why, by stages",change_lead_time,,2026-W47,,-3600,seconds,,,,,"review: 1 h a change, before 2 h",\r\n')
    expect(renderCsv(reportSnapshot())).not.toContain('why,')
  })
})
