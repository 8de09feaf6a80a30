/** GET /distribution: the lead times of a window, one by one or in bins. */
import type { Config } from '../config.ts'
import type { Ascending } from '../metrics/ascending.ts'
import { leadSeconds } from '../metrics/evidence.ts'
import { dayNumber } from '../metrics/windows.ts'
import { readScope } from '../store/readings.ts'
import type { Store } from '../store/store.ts'
import { type Answers, reply } from './answers.ts'
import type { ApiDeps } from './api-deps.ts'
import { type DistributionBody, getDistribution, maxPoints } from './distribution-schema.ts'
import { changeSubject, type EvidenceQuestion, type Ground, groundOf } from './evidence-subjects.ts'
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
  const ground = await groundOf(store.db, config, question)
  const { from, to, environment } = question
  const { reading } = await readScope(store.db, config, ground.resolved, { from, to, environment, bucket: 'week', earliest: from })
  const { leads } = reading.summarise([{ from: dayNumber(from), to: dayNumber(to) }], 'week')
  return {
    scope: ground.resolved.scope,
    from,
    to,
    environment,
    asOf: timeTextOrNull(ground.asOf),
    n: leads.n,
    zero: zerosOf(leads.ascending),
    median: leads.quantile(0.5),
    p90: leads.quantile(0.9),
    ...(reading.relativeError === null ? {} : { estimate: { relativeError: reading.relativeError } }),
    bins: binsOf(leads.ascending),
    points: leads.n > maxPoints ? null : await pointsOf(store, ground),
  }
}

function zerosOf({ values, weights }: Ascending): number {
  let count = 0
  for (let i = 0; i < values.length && values[i] === 0; i++) count += weights === null ? 1 : (weights[i] as number)
  return count
}

/** Every change that counts, oldest first. */
async function pointsOf(store: Store, ground: Ground): Promise<NonNullable<DistributionBody['points']>> {
  const judged = await changeSubject.judge(store.db, ground)
  const { rows } = await changeSubject.read(store.db, ground, judged, { include: 'included', sort: 'oldest', limit: maxPoints })
  return rows.map((row) => ({
    seconds: leadSeconds(row),
    deployedAt: timeText(row.deployedAt ?? row.mergedAt),
    service: row.service,
    key: row.key,
    title: row.title,
  }))
}

/** Logarithmic bins from the first that holds a positive value to the last, empty ones between them too. */
function binsOf({ values, weights }: Ascending): DistributionBody['bins'] {
  let positive = 0
  while (positive < values.length && values[positive] === 0) positive++
  if (positive === values.length) return []
  const least = values[positive] as number
  const greatest = values[values.length - 1] as number
  const indexOf = (seconds: number) => Math.floor(Math.log10(seconds) * binsPerDecade + 1e-9)
  const first = indexOf(least)
  const bins: DistributionBody['bins'] = []
  for (let index = first; index <= indexOf(greatest); index++) {
    bins.push({ from: 10 ** (index / binsPerDecade), to: 10 ** ((index + 1) / binsPerDecade), n: 0 })
  }
  for (let i = positive; i < values.length; i++) {
    const bin = bins[indexOf(values[i] as number) - first]
    if (bin !== undefined) bin.n += weights === null ? 1 : (weights[i] as number)
  }
  return bins
}
