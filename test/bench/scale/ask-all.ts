/** Asks every question of an organisation, and how long the answers took. */
import { quantile, sorted } from '../../../server/metrics/statistics.ts'
import type { Question } from './ask-process.ts'
import { type Asker, startAsker } from './asker.ts'
import { connect } from './http.ts'
import type { Organisation } from './organisation.ts'
import { evidenceQuestions, orgQuestions, serviceQuestions, teamQuestions } from './questions.ts'
import type { Serving } from './serving.ts'
import type { Measured, TargetId } from './targets.ts'

/** Questions of each kind, where they do not take too long. */
const samples = 300
/** Fewer are told beside the figure. */
const fewest = 200
const mostSeconds = 40
/** Answers before the first that is measured. */
const warmUp = 20

export type Asked = Partial<Record<TargetId, Measured>>

export interface AskOptions {
  organisation: Organisation
  /** Starts the server anew where the one before has ended. */
  serving(): Promise<Serving>
  filtered: boolean
  print(text: string): void
}

export async function askAll({ organisation, serving, filtered, print }: AskOptions): Promise<Asked> {
  const evidence = (kind: 'org' | 'team' | 'service') => evidenceQuestions(organisation, kind, filtered, samples + warmUp)
  const kinds: { id: TargetId; questions: Question[]; concurrency?: number }[] = [
    { id: 'org', questions: orgQuestions(samples + warmUp) },
    { id: 'orgAtEight', questions: orgQuestions(samples + warmUp, 27), concurrency: 8 },
    { id: 'teams', questions: teamQuestions(samples + warmUp) },
    { id: 'service', questions: serviceQuestions(organisation, 'usual', samples + warmUp) },
    { id: 'largeService', questions: serviceQuestions(organisation, 'large', samples + warmUp) },
    { id: 'evidenceOrg', questions: evidence('org') },
    { id: 'evidenceTeam', questions: evidence('team') },
    { id: 'evidenceService', questions: evidence('service') },
  ]
  const asked: Asked = {}
  const asker = await startAsker()
  try {
    for (const { id, questions, concurrency = 1 } of kinds) {
      if (questions.length === 0) continue
      const server = await serving()
      asked[id] = await measure(asker, server.url, questions, concurrency)
      // What it still computes for nobody would slow down what is asked next.
      if (asked[id].value === null) await server.stop()
      print(`${id}: ${asked[id].value?.toFixed(1) ?? '–'} ms of ${asked[id].samples} ${asked[id].note ?? ''}`)
    }
  } finally {
    await asker.end()
  }
  return asked
}

async function measure(asker: Asker, url: string, questions: Question[], concurrency: number): Promise<Measured> {
  const { times, failure } = await asker.ask({ url, questions, concurrency, mostSeconds })
  const counted = times.length > 2 * warmUp ? times.slice(warmUp) : times
  if (failure !== null) return { value: null, samples: times.length, note: failure }
  return { value: p95(counted), samples: counted.length, ...(counted.length < fewest ? { note: `only ${counted.length} answers` } : {}) }
}

export function p95(times: number[]): number | null {
  return quantile(sorted(times), 0.95)
}

/** Whether rows can be filtered and sorted. */
export async function canFilter(url: string): Promise<boolean> {
  const connection = connect(url)
  try {
    const { status } = await connection.get('/api/v1/changes?scope=org&from=2026-06-01&to=2026-06-02&include=included&sort=newest')
    return status !== 400
  } finally {
    connection.end()
  }
}
