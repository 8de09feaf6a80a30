/** Observations from linked rows. */
import { type Instant, type Ref, refKey } from '../facts.ts'
import { type LinkedDeployment, type LinkedIncident, type MeasuredChange, stages } from '../linked.ts'
import { changeContext, deploymentTime, explainChanges, explainIncidents, judge } from './evidence.ts'
import { incidentEnd } from './incident-restore.ts'
import type { MetricsInput } from './input.ts'
import { bases, type Carrier, ColumnsBuilder, noneExcluded, type Observations, type ObservedIncident } from './observations.ts'
import { type Releases, releasesOf } from './releases.ts'

type Rows = Pick<MetricsInput, 'scope' | 'environment' | 'definition' | 'deployments' | 'changes' | 'deliveredBefore' | 'incidents'>

export interface ObservedRows extends Observations {
  /** The row of each change in the columns. */
  rows: readonly MeasuredChange[]
}

/** Rows without a time are left out; in a roll-up each change and each incident counts once. */
export function observeRows(input: Rows): ObservedRows {
  const context = changeContext(input)
  const releases = releasesOf(input.deployments, context.rollUp ? input.definition.releaseWindow : null)
  const deployments = inOrder(input.deployments).flatMap((row) => {
    const at = deploymentTime(row)
    return at === null ? [] : [{ ...judge(row, at), service: row.service, place: placeOf(row), release: releases.of(refKey(row)) }]
  })
  return { deployments, ...observeChanges(input, releases), incidents: observeIncidents(input.incidents) }
}

function placeOf({ source, id }: Ref): Ref {
  return { source, id }
}

/** An order that does not depend on the one in which rows come. */
function inOrder(rows: readonly LinkedDeployment[]): LinkedDeployment[] {
  return [...rows].sort((a, b) => (deploymentTime(a) ?? 0) - (deploymentTime(b) ?? 0) || (refKey(a) < refKey(b) ? -1 : 1))
}

/** An incident that counts: of a service, once in the scope. */
export function observeIncidents(rows: readonly LinkedIncident[]): ObservedIncident[] {
  const once = explainIncidents(rows)
  return rows.flatMap((row, i) => (once[i]?.included ? [{ at: row.openedAt, endedAt: incidentEnd(row) }] : []))
}

/** Changes by the deployment that carried them. */
function observeChanges(input: Rows, releases: Releases): Pick<ObservedRows, 'carriers' | 'changes' | 'rows'> {
  const delivered = input.changes.filter((row): row is MeasuredChange & { deployedAt: Instant } => row.deployedAt !== null)
  const explained = explainChanges(delivered, changeContext(input))
  const byCarrier = new Map<string, number[]>()
  for (const [i, { deployment, deployedAt }] of delivered.entries()) {
    const key = deployment === null ? `alone ${i}` : `${refKey(deployment)} ${deployedAt}`
    const group = byCarrier.get(key)
    if (group) group.push(i)
    else byCarrier.set(key, [i])
  }
  const columns = new ColumnsBuilder()
  const carriers: Carrier[] = []
  const rows: MeasuredChange[] = []
  for (const group of byCarrier.values()) {
    const first = delivered[group[0] as number] as (typeof delivered)[number]
    const release = first.deployment === null ? releases.alone() : releases.of(refKey(first.deployment))
    const { service, deployment: place, deployedAt: at } = first
    const carrier: Carrier = { service, place, at, release, from: columns.size, to: columns.size, excluded: noneExcluded() }
    for (const i of group) {
      const reason = explained[i]?.reason ?? null
      if (reason === null) {
        rows.push(delivered[i] as MeasuredChange)
        addChange(columns, delivered[i] as MeasuredChange)
      } else carrier.excluded[reason]++
    }
    carrier.to = columns.size
    carriers.push(carrier)
  }
  return { carriers, changes: columns.finish(), rows }
}

/** Adds a change that is in the lead time. */
export function addChange(columns: ColumnsBuilder, row: MeasuredChange): void {
  const live = row.deployedAt ?? row.mergedAt
  const at = columns.size
  const { lead, basis, isPull, wait, stages: spent } = columns.reserve(1)
  lead[at] = live - row.startedAt
  basis[at] = bases.indexOf(row.basis)
  isPull[at] = isPullRequest(row.key) ? 1 : 0
  wait[at] = Math.max(0, live - row.mergedAt)
  for (const [stage, name] of stages.entries()) {
    const seconds = row.stages[name]
    ;(spent[stage] as Float64Array)[at] = seconds === undefined ? Number.NaN : Math.round(seconds * 1000)
  }
}

/** A pull request is keyed by its source and id, a commit by its sha. */
function isPullRequest(key: string): boolean {
  return key.includes('/')
}
