/** Deployments, changes and incidents as evidence: how each kind of row is found, judged and told. */
import type { Config } from '../config.ts'
import { Tier } from '../facts.ts'
import type { LinkedChange, LinkedDeployment, LinkedIncident } from '../linked.ts'
import type { Counts } from '../metrics/counts.ts'
import {
  changeContext,
  type DeploymentMetric,
  type EvidenceContext,
  type Explained,
  explainChange,
  explainChanges,
  explainDeployment,
  explainIncidents,
} from '../metrics/evidence.ts'
import { type Window, windowOf } from '../metrics/windows.ts'
import { type PlacedChange, readMeasuredChanges } from '../store/changes.ts'
import { readDeliveredBefore } from '../store/delivered-before.ts'
import { readNumberedDeployments } from '../store/deployments.ts'
import { readChangesPage } from '../store/evidence/changes-page.ts'
import { countNamed, readDeploymentsPage } from '../store/evidence/deployments-page.ts'
import { countIncidents, readIncidentsPage } from '../store/evidence/incidents-page.ts'
import { pageOfDeployments } from '../store/evidence/named-deployments.ts'
import { type Page, type Paging, passes, type RowFilter } from '../store/evidence/order.ts'
import { type Place, placeOf } from '../store/evidence/place.ts'
import { readWaitingPage } from '../store/evidence/waiting-page.ts'
import { readCounts } from '../store/readings.ts'
import { type ResolvedScope, resolveScope } from '../store/scope.ts'
import { readStoredServices, type StoredService } from '../store/services.ts'
import { incidentsOf, readSharedIncidents } from '../store/shared-rows.ts'
import type { Store } from '../store/store.ts'
import { type Columns, changeColumns, deploymentColumns, incidentColumns } from './evidence-csv.ts'
import { changeRow, deploymentRow, incidentRow } from './evidence-rows.ts'
import type { ChangeRow, DeploymentRow, IncidentRow, Totals } from './evidence-schema.ts'
import { changeTotals, deploymentTotals, incidentTotals, totalsOfRows, waitingTotals } from './evidence-totals.ts'

type Db = Store['db']

export interface EvidenceQuestion {
  scope: string
  from: string
  to: string
  environment: string
  metric: string
}

/** What is known before any row is read. */
export interface Ground extends EvidenceContext {
  question: EvidenceQuestion
  config: Config
  resolved: ResolvedScope
  stored: StoredService[]
  window: Window
  place: Place
  /** Null: an environment by its name. */
  tier: Tier | null
}

/** One kind of row. `Judged`: what only other rows tell of its rows. */
export interface Subject<Linked, Row, Judged> {
  name: string
  /** Whether the window bounds it. */
  windowed: boolean
  columns: Columns<Row>
  judge(db: Db, ground: Ground): Promise<Judged>
  read(db: Db, ground: Ground, judged: Judged, asked: RowFilter & Paging): Promise<Page<Linked>>
  /** Of all rows, whatever the filter. */
  totals(db: Db, ground: Ground, judged: Judged): Promise<Totals>
  show(row: Linked, ground: Ground, judged: Judged): Row
}

export async function groundOf(db: Db, config: Config, question: EvidenceQuestion): Promise<Ground> {
  const resolved = await resolveScope(db, config, question.scope)
  const stored = await readStoredServices(db)
  const scoped = new Set(resolved.services.map(({ service }) => service))
  const times = stored.flatMap(({ id, asOf }) => (asOf === null || !scoped.has(id) ? [] : [asOf]))
  const window = windowOf({ from: question.from, to: question.to, timeZone: config.timeZone })
  return {
    question,
    config,
    resolved,
    stored,
    window,
    place: placeOf(resolved, stored, window),
    tier: Tier.safeParse(question.environment).data ?? null,
    asOf: times.reduce<number | null>((newest, at) => Math.max(at, newest ?? at), null),
    definition: config.definition,
  }
}

function rowsOf({ question: { environment }, resolved: { services }, window: { from, to } }: Ground) {
  return { services, environment, from, to }
}

/** The counts that the metric's own answer rests on. */
function countsOf(db: Db, { config, resolved, question }: Ground): Promise<Counts> {
  return readCounts(db, config, resolved, question)
}

export const deploymentSubject: Subject<LinkedDeployment, DeploymentRow, null> = {
  name: 'deployments',
  windowed: true,
  columns: deploymentColumns,
  judge: async () => null,
  async read(db, ground, _, asked) {
    const { tier, place, asOf, definition } = ground
    const told = { ...asked, asOf, definition, metric: metricOf(ground) }
    return tier === null
      ? pageOfDeployments(await readNumberedDeployments(db, rowsOf(ground)), told)
      : readDeploymentsPage(db, place, { ...told, tier })
  },
  async totals(db, ground) {
    const metric = metricOf(ground)
    if (ground.tier === null) {
      const all = await readNumberedDeployments(db, rowsOf(ground))
      return totalsOfRows(all.map(({ row }) => explainDeployment(row, metric, ground)))
    }
    return deploymentTotals(await countsOf(db, ground), metric, await countNamed(db, ground.place, ground.tier))
  },
  show: (row, ground) => deploymentRow(row, explainDeployment(row, metricOf(ground), ground), ground),
}

function metricOf({ question }: Ground): DeploymentMetric {
  return question.metric as DeploymentMetric
}

/** Changes that were judged together. */
interface JudgedChanges {
  services: ReadonlySet<number>
  rows: { row: PlacedChange; explained: Explained<string> }[]
  byKey: Map<string, Explained<string>>
}

export const changeSubject: Subject<LinkedChange, ChangeRow, JudgedChanges> = {
  name: 'changes',
  windowed: true,
  columns: changeColumns,
  judge: judgeChanges,
  read(db, { place, tier }, { services, rows }, asked) {
    const passing = rows.filter(({ explained }) => passes(asked, explained.reason)).map(({ row }) => row)
    return readChangesPage(db, place, { ...asked, tier }, { services, passing })
  },
  async totals(db, ground, { rows }) {
    return ground.tier === null ? totalsOfRows(rows.map(({ explained }) => explained)) : changeTotals(await countsOf(db, ground))
  },
  show: (row, ground, { byKey }) => changeRow(row, byKey.get(keyOf(row)) ?? explainChange(row, { ofTier: ground.tier !== null }), ground),
}

/** In a roll-up a service that shares a repository may have what another one delivered before; no row of another environment is told apart. */
async function judgeChanges(db: Db, ground: Ground): Promise<JudgedChanges> {
  const { resolved, stored, tier, question } = ground
  const rollUp = !resolved.scope.startsWith('service:')
  const together = new Map(stored.filter(({ overlaps }) => tier === null || (rollUp && overlaps)).map(({ id, number }) => [id, number]))
  const asked = { ...rowsOf(ground), services: resolved.services.filter(({ service }) => together.has(service)) }
  if (asked.services.length === 0) return { services: new Set(), rows: [], byKey: new Map() }
  const deliveredBefore = rollUp ? await readDeliveredBefore(db, asked, stored) : undefined
  const read = await readMeasuredChanges(db, asked)
  const explained = explainChanges(read, changeContext({ scope: resolved.scope, environment: question.environment, deliveredBefore }))
  const rows = read.map((row, i) => ({ row, explained: explained[i] as Explained<string> }))
  return { services: new Set(together.values()), rows, byKey: new Map(rows.map(({ row, explained: each }) => [keyOf(row), each])) }
}

function keyOf({ service, repository, key, deployment }: Pick<LinkedChange, 'service' | 'repository' | 'key' | 'deployment'>): string {
  return JSON.stringify([service, repository, key, deployment?.source, deployment?.id])
}

const waits: Explained<string> = { included: true, counts: true, reason: null }
export const waitingSubject: Subject<LinkedChange, ChangeRow, null> = {
  name: 'waiting-changes',
  windowed: false,
  columns: changeColumns,
  judge: async () => null,
  read: (db, ground, _, asked) => readWaitingPage(db, placeNow(ground), asked),
  async totals(_, { resolved, stored }) {
    const owning = new Set(servicesNow(resolved).map(({ service }) => service))
    return waitingTotals(stored.reduce((sum, { id, waiting }) => sum + (owning.has(id) ? waiting.count : 0), 0))
  },
  show: (row, ground) => changeRow(row, waits, ground),
}

/** Services that left the scope keep what waits. */
function servicesNow({ services }: ResolvedScope): ResolvedScope['services'] {
  return services.filter(({ to }) => to === null)
}

function placeNow({ resolved, stored }: Ground): Place {
  const services = servicesNow(resolved).map(({ service }) => ({ service, from: null, to: null }))
  return placeOf({ scope: resolved.scope, services }, stored, { from: 0, to: 1 })
}

/** Rows of incidents that another service's row stands for, by key. */
type JudgedIncidents = Map<string, { serviceId: number; source: string; id: string }>

export const incidentSubject: Subject<LinkedIncident, IncidentRow, JudgedIncidents> = {
  name: 'incidents',
  windowed: true,
  columns: incidentColumns,
  async judge(db, { resolved, stored, window }) {
    if (resolved.scope.startsWith('service:')) return new Map()
    const numbers = new Map(stored.map(({ id, number }) => [id, number]))
    const shared = incidentsOf(await readSharedIncidents(db, window), resolved)
    const explained = explainIncidents(shared)
    const again = shared.filter((_, i) => explained[i]?.reason === 'same_incident')
    return new Map(
      again.map((row) => [incidentKey(row), { serviceId: numbers.get(row.service ?? '') ?? 0, source: row.source, id: row.id }]),
    )
  },
  read: (db, ground, again, asked) =>
    readIncidentsPage(db, ground.place, { ...asked, unassigned: ground.resolved.scope === 'org', same: [...again.values()] }),
  async totals(db, ground, again) {
    return incidentTotals({ ...(await countIncidents(db, ground.place)), again: again.size })
  },
  show(row, _, again) {
    const same: Explained<string> = { included: false, counts: false, reason: 'same_incident' }
    return incidentRow(row, again.has(incidentKey(row)) ? same : (explainIncidents([row])[0] as Explained<string>))
  },
}

function incidentKey({ service, source, id }: LinkedIncident): string {
  return JSON.stringify([service, source, id])
}
