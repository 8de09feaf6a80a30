import { describe, expect, it } from 'vitest'
import { progressText, progressView } from '../../server/cli/progress.ts'

const unknown = { ratePerSecond: null, secondsLeft: null }

function inPipe() {
  const written: string[] = []
  const clock = { ms: 0 }
  const view = progressView('shop', { write: (text) => written.push(text) }, () => clock.ms)
  return { view, written, clock }
}

describe('progress in a pipe', () => {
  it('has a line for each step and each tenth of it', () => {
    const { view, written } = inPipe()
    for (let done = 0; done <= 1000; done += 10) view.show({ step: 'reading commits', done, total: 1000, ...unknown })
    view.show({ step: 'reading tags', done: 0, total: 5, ...unknown })
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
      view.show({ step: 'receiving', done, total: null, ...unknown })
    }
    expect(written).toEqual(['shop: receiving 1\n', 'shop: receiving 11\n', 'shop: receiving 21\n'])
  })
})

describe('progress in words', () => {
  const reading = { step: 'reading commits', done: 1200, total: 9000 }
  it.each([
    [{ ...reading, ...unknown }, 'reading commits 1,200 of 9,000'],
    [{ ...reading, ratePerSecond: 340.4, secondsLeft: 23 }, 'reading commits 1,200 of 9,000, 340 a second, 23 s left'],
    [{ ...reading, ratePerSecond: 1.234, secondsLeft: 6300 }, 'reading commits 1,200 of 9,000, 1.2 a second, 1 h 45 min left'],
    [{ ...reading, ratePerSecond: 0.1, secondsLeft: 78_000 }, 'reading commits 1,200 of 9,000, 6 a minute, 21 h 40 min left'],
    [{ ...reading, ratePerSecond: 0.001, secondsLeft: null }, 'reading commits 1,200 of 9,000, 3.6 an hour'],
    [{ ...reading, done: 9000, ratePerSecond: 5, secondsLeft: 0 }, 'reading commits 9,000 of 9,000, 5 a second'],
    [{ step: 'receiving', done: 30, total: null, ratePerSecond: 2, secondsLeft: null }, 'receiving 30, 2 a second'],
    [{ step: 'waiting for the rate limit until 14:05', done: 0, total: null, ...unknown }, 'waiting for the rate limit until 14:05'],
  ])('%j', (progress, words) => {
    expect(progressText(progress)).toBe(words)
  })
})

describe('progress in a terminal', () => {
  it('is a bar with rate and time left', () => {
    let written = ''
    const terminal = { isTTY: true, columns: 120, write: (text: string) => (written += text), on() {}, removeListener() {} }
    const view = progressView('shop', terminal, () => 0)
    view.show({ step: 'reading commits', done: 50, total: 100, ratePerSecond: 10, secondsLeft: 5 })
    view.end()
    expect(written).toContain(`shop  [${'='.repeat(12)}${' '.repeat(12)}] reading commits 50 of 100, 10 a second, 5 s left`)
  })
})
