/** Facts that arrive: one deployment until every number shows it, and batches for as long as it takes. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import postgres from 'postgres'
import type { MetricsAnswer } from '../../../server/metrics/answer.ts'
import { createRandom } from '../../fakes/github/random.ts'
import { nextDelivery } from './history.ts'
import { connect } from './http.ts'
import { type Organisation, type ScaleService, teamsAbove } from './organisation.ts'
import type { Posted, Posting } from './post-process.ts'
import { metrics } from './questions.ts'
import { wireOf } from './wire.ts'

const program = fileURLToPath(new URL('post-process.ts', import.meta.url))
const day = 86_400_000
/** Every so many deployments an incident comes, too. */
const incidentEvery = 5
/** Later it is a fault, not slowness. */
const mostShownMs = 180_000

/** Milliseconds from the first request until the service, its teams and the organisation count the deployment, each time. */
export async function postUntilShown(
  url: string,
  organisation: Organisation,
  { from, run, count, mostSeconds }: { from: number; run: string; count: number; mostSeconds: number },
): Promise<number[]> {
  const random = createRandom(7)
  const connection = connect(url)
  const times: number[] = []
  const until = performance.now() + mostSeconds * 1000
  try {
    for (let number = 1; number <= count && performance.now() < until; number++) {
      const service = random.pick(organisation.services.slice(0, number % 2 === 0 ? 40 : undefined)) as ScaleService
      const at = from + number * 1000
      const teams = teamsAbove(organisation, service).map((id) => `team:${id}`)
      const paths = [`service:${service.id}`, ...teams, 'org'].map((scope) => aroundPath(scope, at))
      const counted = async (path: string) => (await connection.get<MetricsAnswer>(path)).body.metrics.deployment_frequency.n
      const before: number[] = []
      for (const path of paths) before.push(await counted(path))
      const { changes, deployment } = nextDelivery(service, `${run}-one`, number, at, 10, random)
      const startedAt = performance.now()
      await connection.post('/api/v1/changes', changes.map(wireOf))
      await connection.post('/api/v1/deployments', [wireOf(deployment)])
      for (const [index, path] of paths.entries()) {
        while ((await counted(path)) <= (before[index] as number)) {
          if (performance.now() - startedAt > mostShownMs) throw new Error(`${path} does not count ${deployment.id}`)
        }
      }
      times.push(performance.now() - startedAt)
      if (number % incidentEvery > 0) continue
      const incident = { id: `${run}-${number}`, service: service.id, title: 'Errors', openedAt: new Date(at + 600_000).toISOString() }
      await connection.post('/api/v1/incidents', [incident])
    }
  } finally {
    connection.end()
  }
  return times
}

/** Twelve weeks up to the day of the instant. */
function aroundPath(scope: string, at: number): string {
  const dayOf = (instant: number) => new Date(instant).toISOString().slice(0, 10)
  return metrics(scope, dayOf(at - 83 * day), dayOf(at + day)).path
}

export async function postBatches(posting: Posting): Promise<Posted> {
  const child = spawn(process.execPath, ['--import', 'tsx', program, JSON.stringify(posting)], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const exit = once(child, 'exit').then(([code]) => Promise.reject(new Error(`the posting process ended with ${code}`)))
  const [message] = await Promise.race([once(child, 'message'), exit])
  exit.catch(() => {})
  return message as Posted
}

/** A minute after the newest deployment, so that what is posted comes last. */
export async function afterAll(databaseUrl: string): Promise<number> {
  const client = postgres(databaseUrl, { max: 1, types: {}, onnotice() {} })
  try {
    const [row] = await client<{ at: string }[]>`select max(at) as at from deployments`
    return Number(row?.at) + 60_000
  } finally {
    await client.end()
  }
}
