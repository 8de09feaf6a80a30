import { describe, expect, test } from 'vitest'
import { type Budget, createBudget } from '../../../server/sources/github/budget.ts'

const noon = Date.UTC(2026, 0, 5, 12)
/** Seconds since the epoch. */
const seconds = noon / 1000

function headers(more: Record<string, string | number> = {}) {
  return {
    date: new Date(noon).toUTCString(),
    'x-ratelimit-resource': 'core',
    'x-ratelimit-limit': '5000',
    'x-ratelimit-remaining': '4000',
    'x-ratelimit-reset': String(seconds + 600),
    ...more,
  }
}

/** Ends every wait as soon as it is told, so that nothing is waited for. */
function watched(reserve = 0.1) {
  const ending = new AbortController()
  const waits: { until: string; why: string }[] = []
  const onWait = (until: Date, why: string) => {
    waits.push({ until: until.toISOString().slice(11, 19), why })
    ending.abort()
  }
  const budget = createBudget({ reserve, signal: ending.signal, now: () => noon, onWait })
  return { budget, waits }
}

/** Until when `work` would wait; null where it does not. */
async function waitOf(work: (budget: Budget) => Promise<void>, { budget, waits } = watched()): Promise<string | null> {
  try {
    await work(budget)
  } catch (error) {
    if ((error as Error).name !== 'AbortError') throw error
  }
  return waits[0]?.until ?? null
}

describe('the budget of a token', () => {
  test.each<[string, number, Record<string, string | number>, string | null]>([
    ['asks on while more than the reserve is left', 0.1, { 'x-ratelimit-remaining': '501' }, null],
    ['waits for the reset where the reserve is reached, and a second more', 0.1, { 'x-ratelimit-remaining': '500' }, '12:10:01'],
    ['without a reserve uses up what there is', 0, { 'x-ratelimit-remaining': '1' }, null],
    ['without a reserve waits where nothing is left', 0, { 'x-ratelimit-remaining': '0' }, '12:10:01'],
    ['asks on where the reset is past', 0.1, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': seconds - 1 }, null],
    ['does not wait for a limit of zero, which nothing lifts', 0.1, { 'x-ratelimit-limit': '0', 'x-ratelimit-remaining': '0' }, null],
    ['knows nothing of another resource', 0.1, { 'x-ratelimit-remaining': '0', 'x-ratelimit-resource': 'graphql' }, null],
    ['does not know a limit of which a part is missing', 0.1, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '' }, null],
    ['does not know a limit that is no number', 0.1, { 'x-ratelimit-remaining': '0', 'x-ratelimit-limit': 'many' }, null],
    ['keeps 95 % for others where it is told to', 0.95, { 'x-ratelimit-remaining': '4750' }, '12:10:01'],
  ])('%s', async (_, reserve, more, until) => {
    const watch = watched(reserve)
    watch.budget.note(headers(more))
    expect(await waitOf((budget) => budget.await('core'), watch)).toBe(until)
  })

  test('before the first answer there is nothing to wait for', async () => {
    expect(await waitOf((budget) => budget.await('core'))).toBeNull()
  })

  test('an answer without limits, as of a server where they are off, leaves it as it was', async () => {
    const watch = watched()
    watch.budget.note({ date: new Date(noon).toUTCString() })
    expect(watch.budget.limit('core')).toBeNull()
    watch.budget.note(headers({ 'x-ratelimit-remaining': '0' }))
    watch.budget.note({})
    expect(watch.budget.limit('core')).toBe(5000)
    expect(await waitOf((budget) => budget.await('core'), watch)).toBe('12:10:01')
  })

  test("resets are told by GitHub's clock, and waits by that of the machine", async () => {
    const watch = watched()
    expect(watch.budget.skew()).toBeNull()
    watch.budget.note(
      headers({ 'x-ratelimit-remaining': '0', date: new Date(noon + 7_200_000).toUTCString(), 'x-ratelimit-reset': seconds + 7260 }),
    )
    expect(watch.budget.skew()).toBe(7200)
    expect(await waitOf((budget) => budget.await('core'), watch)).toBe('12:01:01')
  })

  test('a date that is none tells nothing of the clock', () => {
    const { budget } = watched()
    budget.note(headers({ date: 'yesterday' }))
    expect(budget.skew()).toBeNull()
  })

  test('a limit that was met without a time is waited out for a minute', async () => {
    expect(await waitOf((budget) => budget.waitForReset('core'))).toBe('12:01:00')
  })

  test('a reset that is past is waited for a second, and then forgotten', async () => {
    const watch = watched()
    watch.budget.note(headers({ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': seconds - 60 }))
    expect(await waitOf((budget) => budget.waitForReset('core'), watch)).toBe('12:00:01')
  })

  test('says what it waits for', async () => {
    const watch = watched()
    expect(await waitOf((budget) => budget.waitSeconds(90, 'GitHub'), watch)).toBe('12:01:30')
    expect(watch.waits).toEqual([{ until: '12:01:30', why: 'GitHub' }])
  })

  test.each([0, -1])('does not wait for %d seconds', async (wait) => {
    expect(await waitOf((budget) => budget.waitSeconds(wait, 'GitHub'))).toBeNull()
  })
})
