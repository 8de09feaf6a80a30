/** What is asked: never the same twice, so that no remembered answer helps. */
import { createRandom } from '../../fakes/github/random.ts'
import type { Question } from './ask-process.ts'
import { type Organisation, present, type ScaleService, weeks } from './organisation.ts'

const day = 86_400_000
const days = weeks * 7

/** Services with more changes than this in 26 weeks have a limit of their own. */
const largeService = 20_000
const inHalfYear = 26 / weeks

/** Every window of so many weeks that has one before it, by its end, the latest first; each moved by a day. */
export function* windows(lengthWeeks: number): Generator<{ from: string; to: string }> {
  const length = lengthWeeks * 7
  for (let back = 0; back <= days - 2 * length; back++) {
    const to = present - back * day
    yield { from: dayText(to - length * day), to: dayText(to) }
  }
}

function dayText(at: number): string {
  return new Date(at).toISOString().slice(0, 10)
}

/** In an order that is no order, so that neighbours share no rows that were just read. */
function shuffled<T>(values: Iterable<T>, seed: number): T[] {
  const random = createRandom(seed)
  const list = [...values]
  for (let index = list.length - 1; index > 0; index--) {
    const other = random.between(0, index)
    ;[list[index], list[other]] = [list[other] as T, list[index] as T]
  }
  return list
}

/** Five metrics with their series and verdicts. Another length of the window makes other questions. */
export function orgQuestions(count: number, lengthWeeks = 26): Question[] {
  return shuffled(windows(lengthWeeks), 1)
    .slice(0, count)
    .map(({ from, to }) => metrics('org', from, to))
}

/** Sparklines and verdicts of all teams. */
export function teamQuestions(count: number): Question[] {
  return shuffled(windows(12), 2)
    .slice(0, count)
    .map(({ from, to }) => ({ path: `/api/v1/teams?from=${from}&to=${to}&environment=production`, expect: '"comparison"' }))
}

/** The largest of each class, whose answers take longest. */
export function serviceQuestions({ services }: Organisation, size: 'usual' | 'large', count: number): Question[] {
  const isLarge = ({ changes }: ScaleService) => changes * inHalfYear > largeService
  const largest = services.filter((service) => isLarge(service) === (size === 'large')).slice(0, 20)
  if (largest.length === 0) return []
  return shuffled(windows(26), 3)
    .slice(0, count)
    .map(({ from, to }, index) => metrics(`service:${(largest[index % largest.length] as ScaleService).id}`, from, to))
}

export type EvidenceScope = 'org' | 'team' | 'service'

/** The parameters that filter and sort; none where the server has none. */
const filters: Record<string, string[]> = {
  changes: ['include=included&sort=longest', 'sort=newest', 'include=excluded&sort=oldest', 'include=included&sort=oldest'],
  deployments: ['include=included&sort=newest', 'include=excluded&sort=oldest', 'reason=failed_attempt', 'sort=oldest'],
  incidents: ['include=included&sort=longest', 'sort=newest', 'include=excluded&sort=oldest', 'sort=oldest'],
}
const metricsOf: Record<string, string[]> = {
  changes: ['change_lead_time'],
  deployments: ['deployment_frequency', 'change_fail_rate', 'failed_deployment_recovery_time', 'deployment_rework_rate', 'batch_size'],
  incidents: ['incident_time_to_restore'],
}
const resources = Object.keys(filters)

/** First pages of the rows behind the metrics in 26 weeks. */
export function evidenceQuestions({ services, teams }: Organisation, kind: EvidenceScope, filtered: boolean, count: number): Question[] {
  const largest = services.slice(0, 40)
  return shuffled(windows(26), 4)
    .slice(0, count)
    .map(({ from, to }, index) => {
      const resource = resources[index % resources.length] as string
      const scopes = {
        org: 'org',
        team: `team:${teams[(index * 7) % teams.length]?.id}`,
        service: `service:${largest[index % largest.length]?.id}`,
      }
      const turn = Math.floor(index / resources.length)
      const metric = pick(metricsOf[resource], turn)
      const filter = filtered ? `&${pick(filters[resource], turn)}` : ''
      return {
        path: `/api/v1/${resource}?scope=${scopes[kind]}&from=${from}&to=${to}&metric=${metric}&limit=50${filter}`,
        expect: '"items"',
      }
    })
}

function pick(list: string[] = [], turn: number): string {
  return list[turn % list.length] ?? ''
}

/** What a reader asks while facts arrive: all of it in turn. */
export function mixedQuestions(organisation: Organisation, filtered: boolean): Question[] {
  const lists = [
    orgQuestions(100, 25),
    serviceQuestions(organisation, 'usual', 100),
    ...(['org', 'team', 'service'] as const).map((kind) => evidenceQuestions(organisation, kind, filtered, 100)),
  ]
  return Array.from({ length: 100 }, (_, index) => lists.flatMap((list) => list[index] ?? [])).flat()
}

export function metrics(scope: string, from: string, to: string): Question {
  return { path: `/api/v1/metrics?scope=${scope}&from=${from}&to=${to}&bucket=week`, expect: '"comparison"' }
}
