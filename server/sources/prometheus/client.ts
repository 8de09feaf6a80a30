/** Asks Prometheus which alerts fired when. */
import { SourceError } from '../../errors.ts'
import type { Instant } from '../../facts.ts'
import { createHttpClient, type HttpClient, type HttpOptions } from '../http-client.ts'
import type { Context } from '../source.ts'
import { type Episode, episodesIn, type Firing, type Steps } from './episodes.ts'
import type { PrometheusOptions } from './options.ts'
import { RangeAnswer, RulesAnswer } from './payloads.ts'

export interface AlertReader {
  stepMs: number
  /** Alerts of which the rule may say that they count; with `all`, every one. Throws SourceError. */
  read(steps: Steps, firing: Firing, all?: boolean): Promise<Episode[]>
}

/** How patient it is; without it as usual. */
export type Pace = Pick<HttpOptions, 'retryMs' | 'timeoutMs'>

/** Prometheus evaluates once a minute where its configuration says nothing. */
const usualStepMs = 60_000
/** A sample stands for five minutes: with longer steps some would be in none. */
const longestStepMs = 300_000

/** Null: `url` is not written, so that alerts are only received. */
export async function openAlertReader(
  options: PrometheusOptions,
  ctx: Pick<Context, 'signal' | 'progress'>,
  pace: Pace = {},
): Promise<AlertReader | null> {
  const { url } = options
  if (url === undefined) return null
  const client = createHttpClient({ system: 'Prometheus', baseUrl: url, headers: credentialsOf(options), credentials: mend, ...pace }, ctx)
  const evaluations = await readEvaluations(client)
  const told = Math.min(...evaluations.values())
  const stepMs =
    options.step !== undefined ? options.step * 1000 : Math.min(Math.max(Number.isFinite(told) ? told : usualStepMs, 1000), longestStepMs)
  return {
    stepMs,
    async read(steps, firing, all = false) {
      const query = {
        query: `timestamp(${selector(options, all)})`,
        start: seconds(steps.first),
        end: seconds(steps.last),
        step: seconds(steps.stepMs),
      }
      const { data: answer } = await client.ask('past alerts', '/api/v1/query_range', RangeAnswer, { query })
      const [warning] = answer.warnings ?? []
      if (warning !== undefined) {
        throw new SourceError(
          `Prometheus answers in part: ${warning.slice(0, 300)}.`,
          'Check the stores behind it: an alert that is not in the answer would look resolved. The next run goes on from here.',
        )
      }
      const { externalLabels } = options
      return episodesIn(answer.data.result, steps, { firing, externalLabels, evaluationMs: (name) => evaluations.get(name) })
    },
  }
}

const mend =
  'Write token, or user and password, as Prometheus or the proxy before it asks for; they need to read /api/v1/query_range and /api/v1/rules.'

function credentialsOf({ token, user, password }: PrometheusOptions): Record<string, string> {
  if (token !== undefined) return { authorization: `Bearer ${token}` }
  if (user !== undefined) return { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` }
  return {}
}

/** Milliseconds by the name of the alert; nothing where what answers has no rules, as stores for the long term may. */
async function readEvaluations(client: HttpClient): Promise<Map<string, Instant>> {
  const answer = await client.find('the rules', '/api/v1/rules', RulesAnswer, { query: { type: 'alert' } })
  const evaluations = new Map<string, number>()
  for (const { interval, rules } of answer?.data.data.groups ?? []) {
    for (const { type, name } of rules) {
      if (type === 'recording') continue
      evaluations.set(name, Math.min(evaluations.get(name) ?? Number.POSITIVE_INFINITY, Math.round(interval * 1000)))
    }
  }
  return evaluations
}

/** Prometheus matches whole values; the rules find their expression anywhere. Labels that it only adds when it sends are left to the rules. */
export function selector({ alerts, externalLabels }: PrometheusOptions, all: boolean): string {
  const matchers = Object.entries(alerts === true || all ? {} : alerts)
    .filter(([label]) => /^[A-Za-z_][A-Za-z0-9_]*$/.test(label) && label !== 'alertstate' && !Object.hasOwn(externalLabels, label))
    .map(([label, expression]) => `,${label}=~${JSON.stringify(`(?s:.*)(?:${expression})(?s:.*)`)}`)
  return `ALERTS{alertstate="firing"${matchers.join('')}}`
}

function seconds(ms: number): string {
  return String(ms / 1000)
}
