/** What a metric makes of all rows of a scope and window: their totals, and the few that cannot be judged by themselves. */
import type { Config } from '../config.ts'
import type { Instant } from '../facts.ts'
import type { LinkedChange, LinkedDeployment, LinkedIncident } from '../linked.ts'
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
import { readChanges, readWaiting } from '../store/changes.ts'
import { readDeliveredBefore } from '../store/delivered-before.ts'
import { readDeployments } from '../store/deployments.ts'
import { readIncidents } from '../store/incidents.ts'
import type { Page } from '../store/page.ts'
import { type ResolvedScope, resolveScope } from '../store/scope.ts'
import { readStoredServices } from '../store/services.ts'
import type { Store } from '../store/store.ts'
import { type Columns, changeColumns, deploymentColumns, incidentColumns } from './evidence-csv.ts'
import { changeRow, deploymentRow, incidentRow } from './evidence-rows.ts'
import type { ChangeRow, DeploymentRow, IncidentRow, Totals } from './evidence-schema.ts'

type Db = Store['db']

export interface EvidenceQuestion {
  scope: string
  from: string
  to: string
  environment: string
  metric: string
}

/** Where the rows are looked for. */
export interface Place extends EvidenceContext {
  question: EvidenceQuestion
  resolved: ResolvedScope
  window: Window
  /** Roll-ups: changes that the scope delivered before the window. */
  deliveredBefore?: ReadonlySet<string>
}

/** One kind of row: how it is read, judged and told. */
export interface Subject<Linked, Row> {
  name: string
  /** Whether the window bounds it. */
  windowed: boolean
  columns: Columns<Row>
  read(db: Db, place: Place, paging: { after?: string; limit?: number }): Promise<Page<Linked>>
  /** Judges all rows of the window together, in their order. */
  explainAll(rows: Linked[], place: Place): Explained<string>[]
  /** Judges a row by itself. */
  explain(row: Linked, place: Place): Explained<string>
  keyOf(row: Linked): string
  show(row: Linked, explained: Explained<string>, place: Place): Row
}

export interface Survey {
  asOf: Instant | null
  totals: Totals
  /** Rows that other rows of the window exclude, by key. */
  exceptions: Record<string, string>
}

export async function placeOf(db: Db, config: Config, question: EvidenceQuestion): Promise<Place> {
  const resolved = await resolveScope(db, config, question.scope)
  const scoped = new Set(resolved.services.map(({ service }) => service))
  const known = (await readStoredServices(db)).filter(({ id }) => scoped.has(id))
  const times = known.flatMap(({ asOf }) => (asOf === null ? [] : [asOf]))
  const window = windowOf({ from: question.from, to: question.to, timeZone: config.timeZone })
  const place: Place = { question, resolved, window, asOf: times.length === 0 ? null : Math.max(...times), definition: config.definition }
  if (question.metric === 'change_lead_time' && !resolved.scope.startsWith('service:')) {
    place.deliveredBefore = await readDeliveredBefore(db, evidenceOf(place), known)
  }
  return place
}

/** Reads every row once; the totals are those of the metric's own answer. */
export async function surveyRows<Linked, Row>(db: Db, subject: Subject<Linked, Row>, place: Place): Promise<Survey> {
  const { rows } = await subject.read(db, place, {})
  const explained = subject.explainAll(rows, place)
  const totals: Totals = { rows: rows.length, included: 0, counts: 0, excluded: {} }
  const exceptions: Record<string, string> = {}
  rows.forEach((row, index) => {
    const { included, counts, reason } = explained[index] as Explained<string>
    if (included) totals.included++
    if (counts) totals.counts++
    if (reason === null) return
    totals.excluded[reason] = (totals.excluded[reason] ?? 0) + 1
    if (subject.explain(row, place).reason !== reason) exceptions[subject.keyOf(row)] = reason
  })
  return { asOf: place.asOf, totals, exceptions }
}

/** A page's rows as the survey judges them. */
export function showRows<Linked, Row>(rows: Linked[], subject: Subject<Linked, Row>, place: Place, survey: Survey): Row[] {
  return rows.map((row) => {
    const exception = survey.exceptions[subject.keyOf(row)]
    const explained = exception === undefined ? subject.explain(row, place) : { included: false, counts: false, reason: exception }
    return subject.show(row, explained, place)
  })
}

function evidenceOf({ question, resolved, window }: Place) {
  return { services: resolved.services, environment: question.environment, from: window.from, to: window.to }
}

export const deploymentSubject: Subject<LinkedDeployment, DeploymentRow> = {
  name: 'deployments',
  windowed: true,
  columns: deploymentColumns,
  read: (db, place, paging) => readDeployments(db, { ...evidenceOf(place), ...paging }),
  explainAll: (rows, place) => rows.map((row) => deploymentSubject.explain(row, place)),
  explain: (row, place) => explainDeployment(row, place.question.metric as DeploymentMetric, place),
  keyOf: (row) => JSON.stringify([row.source, row.id]),
  show: deploymentRow,
}

export const changeSubject: Subject<LinkedChange, ChangeRow> = {
  name: 'changes',
  windowed: true,
  columns: changeColumns,
  read: (db, place, paging) => readChanges(db, { ...evidenceOf(place), ...paging }),
  explainAll: (rows, place) => explainChanges(rows, changeContextOf(place)),
  explain: (row, place) => explainChange(row, changeContextOf(place)),
  keyOf: (row) => JSON.stringify([row.service, row.repository, row.key, row.deployment?.source, row.deployment?.id]),
  show: changeRow,
}

function changeContextOf({ question, resolved, deliveredBefore }: Place) {
  return changeContext({ scope: resolved.scope, environment: question.environment, deliveredBefore })
}

const waits: Explained<string> = { included: true, counts: true, reason: null }
export const waitingSubject: Subject<LinkedChange, ChangeRow> = {
  ...changeSubject,
  name: 'waiting-changes',
  windowed: false,
  // Services that left the scope keep what waits.
  read: (db, place, paging) => readWaiting(db, { services: place.resolved.services.filter((service) => service.to === null), ...paging }),
  explainAll: (rows) => rows.map(() => waits),
  explain: () => waits,
}

export const incidentSubject: Subject<LinkedIncident, IncidentRow> = {
  name: 'incidents',
  windowed: true,
  columns: incidentColumns,
  read: (db, place, paging) => readIncidents(db, { ...evidenceOf(place), unassigned: place.resolved.scope === 'org', ...paging }),
  explainAll: (rows) => explainIncidents(rows),
  explain: (row) => explainIncidents([row])[0] as Explained<string>,
  keyOf: (row) => JSON.stringify([row.service, row.source, row.id]),
  show: incidentRow,
}
