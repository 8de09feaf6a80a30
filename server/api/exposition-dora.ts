/** The five metrics of the last 28 complete days of production as gauges, by service and by team; no value, no sample. */
import { DateTime } from 'luxon'
import { Counter, Gauge, Registry } from 'prom-client'
import { type MetricId, metricIds } from '../metrics/answer.ts'
import { readDeploymentTotals } from '../store/deployment-totals.ts'
import { type Answers, valueIn } from './answers.ts'
import type { ApiDeps } from './api-deps.ts'
import type { Window } from './query.ts'
import { askServices, askTeams } from './services.ts'
import type { ListedMetrics, ServiceList, TeamList } from './services-schema.ts'

const days = 28
/** Data may change with every scrape: working out anew takes no more than this share of the time. */
const share = 0.1

const gauges: Record<MetricId, { name: string; help: string }> = {
  deployment_frequency: { name: 'deployment_frequency_per_week', help: 'Production deployments a week' },
  change_lead_time: { name: 'change_lead_time_seconds', help: 'Median time from the start of a change until it is in production' },
  failed_deployment_recovery_time: {
    name: 'failed_deployment_recovery_time_seconds',
    help: 'Median time from a failed deployment until service was restored',
  },
  change_fail_rate: { name: 'change_fail_ratio', help: 'Share of deployments that failed' },
  deployment_rework_rate: { name: 'deployment_rework_ratio', help: 'Share of deployments that were unplanned, to repair' },
}

/** The text, remembered for as long as what it says; a little longer where that is much work. */
export function createDoraText(deps: ApiDeps, answers: Answers): () => Promise<string> {
  const totals = new Map<string, number>()
  let asked = ''
  let text = ''
  let notBefore = 0
  let asking: Promise<string> | null = null

  async function ask(): Promise<string> {
    const began = performance.now()
    const question = { window: lastDays(deps), environment: 'production' }
    const services = await askServices(deps, answers, question)
    const teams = await askTeams(deps, answers, question)
    const etags = `${services.etag} ${teams.etag}`
    if (etags !== asked) {
      for (const { service, total } of await readDeploymentTotals(deps.store.db))
        totals.set(service, Math.max(total, totals.get(service) ?? 0))
      text = await render(valueIn(services), valueIn(teams), totals)
      asked = etags
      const ended = performance.now()
      notBefore = ended + (ended - began) / share
    }
    return text
  }

  return async () => {
    if (performance.now() < notBefore) return text
    asking ??= ask().finally(() => {
      asking = null
    })
    return asking
  }
}

/** Today is not complete. */
function lastDays({ config, now }: ApiDeps): Window {
  const today = DateTime.fromJSDate(now(), { zone: config.timeZone })
  return { from: today.minus({ days }).toFormat('yyyy-MM-dd'), to: today.toFormat('yyyy-MM-dd') }
}

async function render({ asOf, services }: ServiceList, { teams }: TeamList, totals: ReadonlyMap<string, number>): Promise<string> {
  const register = new Registry()
  const registers = [register]
  setGauges(registers, 'service', services)
  setGauges(registers, 'team', teams)
  const info = new Gauge({
    name: 'shiplog_service_info',
    help: 'Always 1: the team that owns a service today, to join by.',
    labelNames: ['service', 'team'] as const,
    registers,
  })
  for (const { id, team } of services) info.set({ service: id, team: team ?? '' }, 1)
  const deployments = new Counter({
    name: 'shiplog_deployments_total',
    help: 'Production deployments that are known and count, since ever. It grows when one becomes known, not when it happened.',
    labelNames: ['service'] as const,
    registers,
  })
  for (const [service, total] of totals) deployments.inc({ service }, total)
  if (asOf !== null) {
    const newest = new Gauge({
      name: 'shiplog_data_timestamp_seconds',
      help: 'When any source last succeeded, or facts were last sent.',
      registers,
    })
    newest.set(Date.parse(asOf) / 1000)
  }
  return register.metrics()
}

function setGauges(registers: Registry[], of: 'service' | 'team', items: (ListedMetrics & { id: string })[]): void {
  for (const metric of metricIds) {
    const { name, help } = gauges[metric]
    const gauge = new Gauge({
      name: `shiplog_${of}_${name}`,
      help: `${help}, over the last ${days} complete days. Missing where it has no value.`,
      labelNames: [of],
      registers,
    })
    for (const { id, metrics } of items) {
      const value = metrics?.[metric].value ?? null
      if (value !== null) gauge.set({ [of]: id }, value)
    }
  }
}
