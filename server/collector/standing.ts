/** Which version of a fact stands: precedence that does not depend on the order of arrival (definition `dora@1`, section 1). */
import type { Instant } from '../facts.ts'
import type { FactKey, FactRow } from '../store/facts.ts'

/** One version of a fact. */
export type Version = Pick<FactRow, 'serviceName' | 'serviceId' | 'repositoryId' | 'updatedAt' | 'rank' | 'sent'> & { body: string }

export type Operation = { version: Version } | { withdrawal: { updatedAt: Instant | null } }

const forever = Number.NEGATIVE_INFINITY

/** What stands once the operation has followed; the same object where it changes nothing. */
export function follow(key: FactKey, row: FactRow | null, operation: Operation, authority: 'collector' | 'push'): FactRow {
  if ('withdrawal' in operation) return withdraw(key, row, operation.withdrawal.updatedAt)
  return authority === 'collector' && row?.withdrawn ? reinstate(key, operation.version) : supersede(key, row, operation.version)
}

/** A source that is its own single writer means what it says last. */
function reinstate(key: FactKey, version: Version): FactRow {
  return { ...key, ...version, withdrawn: false, withdrawnThrough: null }
}

function supersede(key: FactKey, row: FactRow | null, version: Version): FactRow {
  if (row === null) return { ...key, ...version, withdrawn: false, withdrawnThrough: null }
  if (row.body !== null) {
    if (!wins(version, { ...row, body: row.body })) return row
    const withdrawn = row.withdrawn && (version.updatedAt ?? forever) <= (row.withdrawnThrough ?? forever)
    return { ...row, ...version, withdrawn }
  }
  // The withdrawal came first: without a time it meant the version that was on its way.
  const through = row.withdrawnThrough
  if (through === null) return { ...row, ...version, withdrawn: true, withdrawnThrough: version.updatedAt }
  return { ...row, ...version, withdrawn: (version.updatedAt ?? forever) <= through }
}

function withdraw(key: FactKey, row: FactRow | null, updatedAt: Instant | null): FactRow {
  if (row === null) return { ...key, ...nothing, withdrawn: true, withdrawnThrough: updatedAt }
  if (updatedAt === null) {
    return row.withdrawn ? row : { ...row, withdrawn: true, withdrawnThrough: later(row.withdrawnThrough, row.updatedAt) }
  }
  const through = later(row.withdrawnThrough, updatedAt)
  const withdrawn = row.body === null || row.withdrawn || (row.updatedAt ?? forever) <= updatedAt
  return withdrawn === row.withdrawn && through === row.withdrawnThrough ? row : { ...row, withdrawn, withdrawnThrough: through }
}

const nothing = { serviceName: null, serviceId: null, repositoryId: null, updatedAt: null, rank: 0, body: null, sent: null }

/** A greater time, else a later state, else the greater canonical JSON. */
function wins(version: Version, standing: Version): boolean {
  const [a, b] = [version.updatedAt ?? forever, standing.updatedAt ?? forever]
  if (a !== b) return a > b
  if (version.rank !== standing.rank) return version.rank > standing.rank
  return version.body > standing.body
}

function later(a: Instant | null, b: Instant | null): Instant | null {
  if (a === null || b === null) return a ?? b
  return Math.max(a, b)
}

/** JSON with the keys of every object in order, so that equal facts have equal text. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => {
    if (inner === null || typeof inner !== 'object' || Array.isArray(inner)) return inner
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
  })
}
