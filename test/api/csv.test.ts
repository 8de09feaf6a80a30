import { describe, expect, it } from 'vitest'
import { type Cell, csvRecord, fileName } from '../../server/api/csv.ts'

describe('csvRecord', () => {
  it.each<[string, Cell[], string]>([
    ['plain cells', ['a', 1, true, null], 'a,1,true,\r\n'],
    ['quotes commas, quotes and line breaks', ['a,b', 'say "hi"', 'two\nlines'], '"a,b","say ""hi""","two\nlines"\r\n'],
    ['neutralises formulas in text', ['=1+1', '+1', '-1', '@sum', '\tx', '\rx'], `'=1+1,'+1,'-1,'@sum,'\tx,"'\rx"\r\n`],
    ['a formula that begins with a line feed', ['\n=1'], `"'\n=1"\r\n`],
    ['leaves numbers alone, negative ones too', [-1, -0.5, 0], '-1,-0.5,0\r\n'],
  ])('%s', (_, cells, text) => {
    expect(csvRecord(cells)).toBe(text)
  })
})

describe('fileName', () => {
  it('keeps to letters that every system takes', () => {
    expect(fileName('shiplog', 'service:a/b "c"\r\n', '2026-01-01')).toBe('shiplog-service-a-b-c--2026-01-01')
  })
})
