/** The incidents that tails are about. */
import type { FiledIncident } from '../delivery/episodes.ts'
import { groupBy } from '../delivery/group-by.ts'
import type { Ref } from '../facts.ts'
import { refKey } from '../facts.ts'
import type { Db } from '../store/database.ts'
import type { StoredIncident } from '../store/derived-incidents.ts'
import { incidentsBearing } from '../store/fact-names.ts'
import { readFactsByKey } from '../store/facts.ts'
import { deploymentsNamed, incidentsFrom, incidentsReferred, type TailDeployment } from '../store/tail.ts'
import { culpritNames, deploymentNames, filed } from './names.ts'
import { asks, both, type TailContext } from './tail-begin.ts'
import { concernedSince, ownMembers, type Range } from './tail-range.ts'

export interface TailIncidents {
  filed: FiledIncident[]
  /** Their rows with the service. */
  stored: StoredIncident[]
  /** Deployments of the service that they name. */
  culprits: TailDeployment[]
}

/** Those that opened within the range, that differ, or that name a deployment of it. */
export async function readTailIncidents(
  tx: Db,
  ranges: Range[],
  { config, incidents: anyIncident, culprits }: TailContext,
): Promise<Map<Range, TailIncidents>> {
  const byService = ranges.map((range) => ({ service: range.tail.service, range }))
  const opened = await incidentsFrom(
    tx,
    asks(anyIncident ? byService : [], ({ range }) => [{ from: concernedSince(range) }]),
  )
  const names = new Map(ranges.map((range) => [range, culprits ? namesIn(range) : new Set<string>()]))
  const bearing = await incidentsBearing(tx, [...new Set([...names.values()].flatMap((own) => [...own]))])
  const openedBy = groupBy(opened, ({ serviceId }) => serviceId)
  const bearingBy = groupBy(bearing, ({ name }) => name)
  const refs = new Map(
    ranges.map((range): [Range, Map<string, Ref>] => {
      const { service, incidents } = range.tail
      const found = [
        ...(openedBy.get(service.id) ?? []),
        ...(bearing.length > 0 ? [...(names.get(range) ?? [])].flatMap((name) => bearingBy.get(name) ?? []) : []),
        ...both(incidents),
      ]
      return [range, new Map(found.map(({ source, id }) => [refKey({ source, id }), { source, id }]))]
    }),
  )
  const wanted = new Map([...refs.values()].flatMap((own) => [...own]))
  const facts = await readFactsByKey(
    tx,
    [...wanted.values()].map((ref) => ({ kind: 'incident', ...ref })),
  )
  const standing = new Map(facts.map((fact) => [refKey(fact), filed(fact, config)]))
  const stored = await incidentsReferred(
    tx,
    asks(byService, ({ range }) => [...(refs.get(range)?.values() ?? [])]),
  )
  const used = (range: Range): FiledIncident[] => [...(refs.get(range)?.keys() ?? [])].flatMap((key) => standing.get(key) ?? [])
  const named = await deploymentsNamed(
    tx,
    asks(byService, ({ range }) => [...new Set(used(range).flatMap(({ incident }) => culpritNames(incident)))].map((name) => ({ name }))),
  )
  const storedBy = groupBy(stored, ({ serviceId }) => serviceId)
  const namedBy = groupBy(named, ({ serviceId }) => serviceId)
  return new Map(
    byService.map(({ service, range }) => {
      const bearers = (namedBy.get(service.id) ?? []).filter(({ body }) => body !== null)
      const borne = new Set([...ownMembers(range).flatMap(({ fact }) => deploymentNames(fact)), ...bearers.map(({ name }) => name)])
      return [
        range,
        {
          filed: used(range).filter(
            ({ incident, services }) => services.includes(service.key) || culpritNames(incident).some((name) => borne.has(name)),
          ),
          stored: storedBy.get(service.id) ?? [],
          culprits: bearers,
        },
      ]
    }),
  )
}

function namesIn(range: Range): Set<string> {
  const deployments = [...ownMembers(range).map(({ fact }) => fact), ...both(range.tail.deployments)]
  return new Set(deployments.flatMap(deploymentNames))
}
