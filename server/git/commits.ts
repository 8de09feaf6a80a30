/** Reads commits in batches, and goes on where a reading was cut short. */
import type { Fact } from '../facts.ts'
import type { Batch, Context } from '../sources/source.ts'
import { countCommits, type Repository, readFileLists, readObjects, streamCommits } from './client.ts'
import { dateOf, isClamped } from './commit-date.ts'
import { type State, unpackShas, type Walk, writeCursor } from './cursor.ts'
import type { CommitRecord } from './parse-commits.ts'
import { type CommitDates, commitFact, type Origin } from './to-facts.ts'

const batchCommits = 2500
const batchCharacters = 16_000_000

export interface Reading {
  repository: Repository
  origin: Origin
  /** What was collected before; it stands in each cursor until the run is through. */
  state: State | null
  /** Whether the files that each commit changed are to be told. */
  files: boolean
  ctx: Context
}

/**
 * Yields the commits of a walk in full batches and returns those that are left over for the last one; null where the order is
 * no longer that of the run that was cut short, so that the reading must start anew.
 */
export async function* readCommits(reading: Reading, walk: Walk): AsyncGenerator<Batch, Fact[] | null> {
  const { ctx, state } = reading
  const stop = new AbortController()
  const repository = { ...reading.repository, signal: AbortSignal.any([ctx.signal, stop.signal]) }
  const tips = unpackShas(walk.tips)
  const not = unpackShas(walk.not)
  let total: number | null = null
  // Counted beside the reading, which cannot begin before git has seen all of it.
  const counting = countCommits(repository, tips, not).then(
    (count) => {
      total = count
    },
    () => {},
  )
  let done = 0
  let pending: CommitRecord[] = []
  let characters = 0
  const clamped: string[] = []
  try {
    ctx.progress({ step: 'reading commits', done: walk.done, total })
    for await (const records of streamCommits(repository, tips, not)) {
      for (const record of records) {
        done++
        if (done <= walk.done) {
          if (done === walk.done && record.sha !== walk.last) return null
          continue
        }
        pending.push(record)
        characters += record.message.length
        if (pending.length < batchCommits && characters < batchCharacters) continue
        const facts = await factsOf(pending, reading, clamped)
        pending = []
        characters = 0
        yield { facts, cursor: writeCursor({ v: 1, state, walk: { ...walk, done, last: record.sha } }) }
        ctx.progress({ step: 'reading commits', done, total })
      }
    }
    if (done < walk.done) return null
    const rest = await factsOf(pending, reading, clamped)
    ctx.progress({ step: 'reading commits', done, total: done })
    if (clamped.length > 0) {
      const named = clamped.slice(0, 3).map((sha) => sha.slice(0, 12))
      ctx.note(`${clamped.length} commits have a date that cannot be; the nearest that can be written stands for it: ${named.join(', ')}.`)
    }
    return rest
  } finally {
    stop.abort()
    await counting
  }
}

async function factsOf(records: CommitRecord[], { repository, origin, files }: Reading, clamped: string[]): Promise<Fact[]> {
  const undated = records.filter(({ authored, committed }) => authored === null || committed === null)
  const dates = new Map<string, CommitDates>()
  const objects = await readObjects(
    repository,
    undated.map(({ sha }) => sha),
  )
  for (const [sha, { header }] of objects) {
    dates.set(sha, { authoredAt: dateOf(header, 'author'), committedAt: dateOf(header, 'committer') })
  }
  const single = files ? records.filter(({ parents }) => parents.length < 2).map(({ sha }) => sha) : []
  const lists = await readFileLists(repository, single)
  const facts: Fact[] = []
  for (const record of records) {
    const paths = lists.get(record.sha)
    const fact = { ...commitFact(record, origin, dates), ...(paths === undefined ? {} : { paths }) }
    if (isClamped(fact.authoredAt) || isClamped(fact.committedAt)) clamped.push(record.sha)
    facts.push(fact)
  }
  return facts
}
