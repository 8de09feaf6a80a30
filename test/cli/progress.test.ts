import { describe, expect, it } from 'vitest'
import { progressView } from '../../server/cli/progress.ts'

function inPipe() {
  const written: string[] = []
  const clock = { ms: 0 }
  const view = progressView('shop', { write: (text) => written.push(text) }, () => clock.ms)
  return { view, written, clock }
}

describe('progress in a pipe', () => {
  it('has a line for each step and each tenth of it', () => {
    const { view, written } = inPipe()
    for (let done = 0; done <= 1000; done += 10) view.show({ step: 'reading commits', done, total: 1000 })
    view.show({ step: 'reading tags', done: 0, total: 5 })
    view.end()
    expect(written).toHaveLength(12)
    expect(written[0]).toBe('shop: reading commits 0 of 1,000\n')
    expect(written[10]).toBe('shop: reading commits 1,000 of 1,000\n')
    expect(written[11]).toBe('shop: reading tags 0 of 5\n')
  })

  it('has a line a second where the total is unknown', () => {
    const { view, written, clock } = inPipe()
    for (let done = 1; done <= 30; done++) {
      clock.ms += 100
      view.show({ step: 'receiving', done, total: null })
    }
    expect(written).toEqual(['shop: receiving 1\n', 'shop: receiving 11\n', 'shop: receiving 21\n'])
  })
})
