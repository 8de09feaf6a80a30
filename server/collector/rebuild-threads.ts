/** Threads that derive and sum beside each other, each with connections of its own. */
import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import type { StoreLocation } from '../store/open.ts'
import type { ServiceKey } from '../store/services.ts'
import type { ChangeContext } from './ingest.ts'
import type { SummedWeek, SumWeek, Week } from './rebuild-tallies.ts'

/** More would wait for the database. */
const mostThreads = 4

/** What is derived lives as long as its transaction: where the young generation holds it, it is not copied to the old one. In MB. */
const youngGenerationMb = 48

export interface ThreadData {
  place: StoreLocation
  context: ChangeContext
}

export type ThreadTask = { group: ServiceKey[] } | { week: Week }
export type ThreadAnswer = { done: SummedWeek | null } | { fault: unknown }

export interface Threads {
  /** One of each thread; throws what fails in it. */
  derive: ((group: ServiceKey[]) => Promise<void>)[]
  sum: SumWeek[]
  end(): Promise<void>
}

/** Once each has opened the store; throws where one cannot. */
export async function startThreads({ place, context }: ThreadData): Promise<Threads> {
  // Sources are not asked; what they were configured with may hold secrets.
  const workerData: ThreadData = { place, context: { ...context, config: { ...context.config, sources: [] } } }
  const threads = Array.from(
    { length: Math.min(mostThreads, availableParallelism()) },
    () =>
      new Worker(new URL('rebuild-thread.mjs', import.meta.url), {
        workerData,
        resourceLimits: { maxYoungGenerationSizeMb: youngGenerationMb },
      }),
  )
  const end = async () => void (await Promise.all(threads.map((thread) => thread.terminate())))
  const started = await Promise.allSettled(threads.map(answerOf))
  for (const each of started) {
    if (each.status === 'fulfilled') continue
    await end()
    throw each.reason
  }
  const asks = threads.map(asking)
  return {
    derive: asks.map((ask) => async (group) => void (await ask({ group }))),
    sum: asks.map((ask) => async (week) => (await ask({ week })) as SummedWeek),
    end,
  }
}

/** Asks one thing at a time; of a thread that broke down its fault is the answer to everything. */
function asking(thread: Worker): (task: ThreadTask) => Promise<SummedWeek | null> {
  let broken: unknown = null
  thread.once('error', (fault) => {
    broken = fault
  })
  return async (task) => {
    if (broken !== null) throw broken
    thread.postMessage(task)
    return answerOf(thread)
  }
}

async function answerOf(thread: Worker): Promise<SummedWeek | null> {
  const [answer] = (await once(thread, 'message')) as [ThreadAnswer]
  if ('fault' in answer) throw answer.fault
  return answer.done
}
