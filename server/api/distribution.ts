/** GET /distribution: the lead times of a window, one by one or in bins. */
import type { Config } from '../config.ts'
import type { LinkedChange } from '../linked.ts'
import { leadSeconds } from '../metrics/evidence.ts'
import { quantile, sorted } from '../metrics/statistics.ts'
import type { Store } from '../store/store.ts'
import { type Answers, reply } from './answers.ts'
import type { ApiDeps } from './api-deps.ts'
import { type DistributionBody, getDistribution, maxPoints } from './distribution-schema.ts'
import { changeSubject, type EvidenceQuestion, placeOf } from './evidence-survey.ts'
import { windowFrom } from './query.ts'
import { createRouter } from './router.ts'
import { timeText, timeTextOrNull } from './wire-time.ts'

const binsPerDecade = 10

export function distributionRoutes(deps: ApiDeps, answers: Answers) {
  return createRouter().openapi(getDistribution, async (c) => {
    const { from, to, ...asked } = c.req.valid('query')
    const question = { ...asked, ...windowFrom({ from, to }, deps.now(), deps.config.timeZone), metric: 'change_lead_time' }
    return reply(c, await answers.ask('distribution', question, () => distributionOf(deps.store, deps.config, question)))
  })
}

async function distributionOf(store: Store, config: Config, question: EvidenceQuestion): Promise<DistributionBody> {
  const place = await placeOf(store.db, config, question)
  const { rows } = await changeSubject.read(store.db, place, {})
  const explained = changeSubject.explainAll(rows, place)
  const included = rows.filter((_, index) => explained[index]?.included)
  const seconds = sorted(included.map(leadSeconds))
  const positive = seconds.filter((each) => each > 0)
  return {
    scope: place.resolved.scope,
    from: question.from,
    to: question.to,
    environment: question.environment,
    asOf: timeTextOrNull(place.asOf),
    n: seconds.length,
    zero: seconds.length - positive.length,
    median: quantile(seconds, 0.5),
    p90: quantile(seconds, 0.9),
    bins: binsOf(positive),
    points: included.length > maxPoints ? null : included.map(pointOf).reverse(),
  }
}

function pointOf(row: LinkedChange): NonNullable<DistributionBody['points']>[number] {
  return {
    seconds: leadSeconds(row),
    deployedAt: timeText(row.deployedAt ?? row.mergedAt),
    service: row.service,
    key: row.key,
    title: row.title,
  }
}

/** Logarithmic bins from the first that holds a value to the last, empty ones between them too. */
function binsOf(ascending: Float64Array): DistributionBody['bins'] {
  const least = ascending[0]
  const greatest = ascending.at(-1)
  if (least === undefined || greatest === undefined) return []
  const indexOf = (seconds: number) => Math.floor(Math.log10(seconds) * binsPerDecade + 1e-9)
  const first = indexOf(least)
  const bins: DistributionBody['bins'] = []
  for (let index = first; index <= indexOf(greatest); index++) {
    bins.push({ from: 10 ** (index / binsPerDecade), to: 10 ** ((index + 1) / binsPerDecade), n: 0 })
  }
  for (const seconds of ascending) {
    const bin = bins[indexOf(seconds) - first]
    if (bin !== undefined) bin.n++
  }
  return bins
}
