import { describe, expect, it } from 'vitest'
import type { PreviewBody, SourceBody } from '../../web/api.ts'
import { countWords, groupsOf, inboxWords, progressWords, sourcesLine, stateOf, unmappedMend } from '../../web/source-words.ts'

const good = {
  id: 'shop',
  schedule: '*/15 * * * *',
  lastSuccess: '2026-04-01T11:00:00Z',
  paused: false,
  running: null,
  lastError: null,
} as SourceBody
const running = {} as SourceBody['running']
const lastError = { at: '2026-04-01T11:00:00Z', message: 'Gone.', mend: null }

describe('the state of a source', () => {
  it.each([
    ['current', {}],
    ['new', { lastSuccess: null }],
    ['failed', { lastError }],
    ['paused', { paused: true, lastError }],
    ['collecting', { running, lastSuccess: null }],
    ['pausing', { running, paused: true }],
  ] as const)('%s', (state, parts) => {
    expect(stateOf({ ...good, ...parts })).toBe(state)
  })

  it.each([
    [[good], 'All of them answered when last asked.'],
    [[good, { ...good, lastSuccess: null }], 'A first collection is still to end.'],
    [[{ ...good, lastError }, good], 'shop could not be read when last asked.'],
    [[{ ...good, lastError, paused: true }], 'shop could not be read when last asked. shop is paused.'],
    [[good, { ...good, paused: true }, { ...good, paused: true }], '2 are paused.'],
    [[{ ...good, schedule: null, lastSuccess: null }], 'All of them answered when last asked.'],
  ] as [SourceBody[], string][])('is summed up: %#', (sources, line) => {
    expect(sourcesLine(sources)).toBe(line)
  })
})

describe('progress', () => {
  const reading = { step: 'reading commits', done: 1200, total: 4800, ratePerSecond: null, secondsLeft: null }
  it.each([
    [null, { step: 'starting', amount: '', pace: '', share: null }],
    [reading, { step: 'reading commits', amount: '1,200 of 4,800', pace: '', share: 0.25 }],
    [
      { ...reading, ratePerSecond: 14.8, secondsLeft: 243 },
      { step: 'reading commits', amount: '1,200 of 4,800', pace: '15 a second, 4 min left', share: 0.25 },
    ],
    [
      { ...reading, total: null, ratePerSecond: 0.05 },
      { step: 'reading commits', amount: '1,200', pace: '3 a minute', share: null },
    ],
    [
      { ...reading, step: 'waiting for the rate limit until 14:05', done: 0, total: null },
      { step: 'waiting for the rate limit until 14:05', amount: '', pace: '', share: null },
    ],
    [
      { ...reading, done: 0, total: 0, ratePerSecond: 0.0005 },
      { step: 'reading commits', amount: '0 of 0', pace: '1.8 an hour', share: null },
    ],
  ])('%j', (progress, words) => {
    expect(progressWords(progress)).toEqual(words)
  })
})

describe('a preview', () => {
  const preview = (looked: number, counted: number): PreviewBody => ({
    rule: '',
    yaml: null,
    looked,
    counted,
    truncated: 0,
    reasons: [],
    groups: [],
    rows: [],
    hints: [],
  })

  it('says what a rule counts, beside what counts now', () => {
    expect(countWords(preview(60, 12), null)).toBe('Counts 12 of 60.')
    expect(countWords(preview(60, 12), preview(1060, 1041))).toBe('Would count 1,041 of 1,060, now 12 of 60.')
  })

  it('groups its rows where they belong to groups', () => {
    const row = (name: string, group: string | null) => ({ name, group, at: null, counted: true, reason: null })
    expect(groupsOf({ ...preview(1, 1), rows: [row('a', null)] })).toBeNull()
    const grouped = {
      ...preview(3, 3),
      groups: [{ group: 'acme/api', looked: 9, counted: 2 }],
      rows: [row('a', 'acme/api'), row('b', 'acme/web')],
    }
    expect(groupsOf(grouped)).toEqual([{ name: 'acme/api', looked: 9, counted: 2, rows: [row('a', 'acme/api')] }])
  })
})

describe('what to do', () => {
  it('about an unmapped environment depends on where it comes from', () => {
    expect(unmappedMend({ id: 'ci', schedule: null }, 'blue')).toEqual({
      where: 'send the tier with each deployment',
      code: '"tier": "production"',
    })
    expect(unmappedMend(good, "eu.1 (ada's)").code).toBe("deployments: { environments: { production: '^eu\\.1 \\(ada''s\\)$' } }")
  })

  it.each([
    [3, 1, '3 deliveries wait, 1 failed'],
    [1, 0, '1 delivery waits'],
    [0, 2, '2 deliveries failed'],
    [0, 1, '1 delivery failed'],
  ])('%d waiting and %d failed deliveries', (pending, failed, words) => {
    expect(inboxWords({ pending, failed, lastReceivedAt: null })).toBe(words)
  })
})
