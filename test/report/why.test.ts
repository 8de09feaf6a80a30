import { describe, expect, it } from 'vitest'
import type { Comparison } from '../../server/metrics/answer.ts'
import { explain } from '../../server/metrics/explain/explanation.ts'
import { noSums, type ServiceSums } from '../../server/metrics/explain/sums.ts'
import { whyLine, whyOf } from '../../server/report/why.ts'

function shipped(service: string, n: number, seconds: number): ServiceSums {
  return { service, ...noSums(), n, logSum: n * Math.log1p(seconds), seconds: n * seconds }
}

const details = { longest: [], deliveries: [], failures: [] }

describe('why a metric moved', () => {
  it.each([
    [null, 'There is nothing to explain: there is no window before this one.'],
    [{ verdict: 'no clear change', reason: null }, 'There is nothing to explain: the difference from the window before may be chance.'],
    [
      { verdict: 'no clear change', reason: 'too_small' },
      'There is nothing to explain: the difference from the window before is certain, and too small to matter.',
    ],
    [
      { verdict: 'not enough data', text: 'not enough data: 3 of 5 weeks' },
      'There is nothing to explain yet: not enough data: 3 of 5 weeks.',
    ],
    [{ verdict: 'clear' }, 'There is nothing to split: one of the windows holds nothing.'],
  ])('without an explanation of %j says so', (comparison, text) => {
    expect(whyOf(null, comparison as Comparison | null)).toMatchObject({ clear: false, text, sentences: [], services: null })
  })

  it('names the largest parts, and how many others there are', () => {
    const before = Array.from({ length: 12 }, (_, i) => shipped(`s${i}`, 10 + i, 1000 + i))
    const after = Array.from({ length: 12 }, (_, i) => shipped(`s${i}`, 30 - i, 3000 - 100 * i))
    const why = whyOf(explain('change_lead_time', before, after, details), null)
    const parts = why.services?.parts ?? []
    expect(parts.map(({ kind, services }) => `${kind} ${services}`)).toEqual([
      ...Array(3).fill('mix 1'),
      'mix 9',
      ...Array(5).fill('within 1'),
      'within 7',
    ])
    expect(parts[3]).toMatchObject({ service: null, name: '9 other services', detail: '' })
    const line = whyLine('change_lead_time', why)
    expect(line.sentences).toEqual([why.text, ...why.sentences])
    expect(line.parts[0]?.text).toMatch(/^mix, s\d+: \d+ % of the changes, before \d+ %$/)
    expect(line.parts).toHaveLength(10)
  })
})
