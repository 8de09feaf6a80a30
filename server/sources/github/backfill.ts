/** Reads what there is from before, newest first in every repository. */
import type { Instant } from '../../facts.ts'
import type { Batch } from '../source.ts'
import type { Feed, RepositoryState } from './cursor.ts'
import { type Kind, kinds, type Wants } from './pages.ts'
import { rulingsFor } from './rules.ts'
import { attempt, batchFacts, batchOf, filingOf, type Run, readCommits, readOne } from './run.ts'
import { instant } from './to-facts.ts'
import { feedOf, readOlderRuns } from './workflows.ts'

/** Round after round, a page of each list of each repository, so that the newest of everything is there first. */
export async function* readBackfill(run: Run): AsyncGenerator<Batch> {
  for (let busy = true; busy; ) {
    busy = false
    for (const state of run.repositories) {
      if (run.blocked.has(`${state.id} repository`)) continue
      run.ctx.signal.throwIfAborted()
      const isFirst = state.pulls.top === null
      const wants = olderWants(run, state)
      if (Object.keys(wants).length > 0) {
        await readOne(run, state, wants)
        report(run)
        busy ||= kinds.some((kind) => wants[kind] !== undefined && !state[kind].done && !run.blocked.has(`${state.id} ${kind}`))
      }
      for (const ruling of rulingsFor(run.options, state.name).workflows) {
        if (feedOf(state, ruling).done || run.blocked.has(`${state.id} runs`)) continue
        const reading = { state, ruling, filing: filingOf(run, state), client: run.client, now: run.ctx.now }
        await attempt(run, state, 'runs', async () => {
          run.facts.push(...(await readOlderRuns(reading)))
        })
        busy ||= !feedOf(state, ruling).done && !run.blocked.has(`${state.id} runs`)
      }
      if (isFirst) yield* readCommits(run, [state])
      if (run.facts.length >= batchFacts) yield batchOf(run)
    }
  }
}

function olderWants(run: Run, state: RepositoryState): Wants {
  const rulings = rulingsFor(run.options, state.name)
  const asked: Record<Kind, boolean> = {
    pulls: true,
    deployments: rulings.environments !== null,
    issues: rulings.incidents !== null,
    releases: rulings.releases !== null,
  }
  const wants: Wants = {}
  for (const kind of kinds) {
    if (!asked[kind] || state[kind].done || run.blocked.has(`${state.id} ${kind}`)) continue
    wants[kind] = { direction: 'older', after: state[kind].after }
  }
  return wants
}

/** How much was read of what there is in the time that is asked for, as far as can be told. */
function report(run: Run): void {
  const now = run.ctx.now.getTime()
  const feeds = run.repositories
    .flatMap((state) => kinds.map((kind) => ({ state, feed: state[kind] })))
    .filter(({ feed }) => feed.top !== null)
  let read = 0
  let expected = 0
  for (const { state, feed } of feeds) {
    read += feed.read
    expected += feed.done ? feed.read : expectedOf(feed, instant(state.since), now)
  }
  const begun = run.repositories.filter(({ pulls }) => pulls.top !== null).length
  const total = begun === 0 ? null : Math.round((expected * run.repositories.length) / begun)
  run.ctx.progress({ step: 'reading GitHub', done: read, total: total === null ? null : Math.max(total, read) })
}

/** By the share of the time that its pages went back so far. */
function expectedOf(feed: Feed, since: Instant, now: Instant): number {
  const back = feed.oldest === null ? 0 : now - instant(feed.oldest)
  const share = back <= 0 ? 0 : Math.min(1, back / (now - since))
  const guess = share === 0 ? (feed.total ?? feed.read) : feed.read / share
  return Math.max(feed.read, Math.min(guess, feed.total ?? guess))
}
