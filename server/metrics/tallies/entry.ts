/** What tallies and blocks hold of a deployment and the changes that it carried, of one tier. Durations in milliseconds. */
import type { LinkedChange, LinkedDeployment } from '../../linked.ts'
import { type Basis, type ChangeExclusion, changeExclusions, stages } from '../../linked.ts'
import { deploymentReasons } from '../answer.ts'
import { type Judged, judge } from '../evidence.ts'
import { PackedReader, PackedWriter } from '../packed.ts'

export const bases = ['first_commit', 'opened', 'merge'] as const satisfies Basis[]

/** The changes in the lead time of one deployment, column by column. */
export interface IncludedChanges {
  n: number
  /** From start to live. */
  lead: Float64Array
  /** Position in `bases`. */
  basis: Uint8Array
  /** 1: a pull request; 0: a commit. */
  isPull: Uint8Array
  /** By stage, in the order of `stages`; NaN where it was not observed. */
  stages: Float64Array[]
}

export interface Entry extends Judged {
  /** Number of the deployment in its service. */
  n: number
  /** Tells deployments of one repository at one commit; 0 where no commit is known. */
  version: number
  excluded: Record<ChangeExclusion, number>
  included: IncludedChanges
}

const flagBits = { judgeable: 1, failed: 2, settled: 4, rework: 8, open: 16 } as const

/** The entry of a deployment, packed; null where it has no time. Changes that are not the first of their tier are left out. */
export function packEntry(n: number, row: LinkedDeployment, at: number, changes: Iterable<LinkedChange>): Uint8Array {
  const judged = judge(row, at)
  const excluded = { baseline: 0, same_change: 0, promotion: 0, clock_skew: 0 }
  const included = new PackedWriter()
  let size = 0
  for (const change of changes) {
    if (!change.firstInTier) continue
    const lead = (change.deployedAt ?? change.mergedAt) - change.startedAt
    const exclusion = change.exclusion ?? (lead < 0 ? 'clock_skew' : null)
    if (exclusion !== null) {
      excluded[exclusion]++
      continue
    }
    size++
    packChange(included, change, lead)
  }
  const writer = new PackedWriter()
  writer.count(n)
  writer.signed(at)
  writer.byte(judged.apart === null ? 0 : deploymentReasons.indexOf(judged.apart) + 1)
  writer.byte(
    (judged.judgeable ? flagBits.judgeable : 0) |
      (judged.failed ? flagBits.failed : 0) |
      (judged.settled ? flagBits.settled : 0) |
      (judged.rework ? flagBits.rework : 0) |
      (judged.failed && judged.recoveredAt === null ? flagBits.open : 0),
  )
  if (judged.failed) writer.signed(judged.beganAt - at)
  if (judged.failed && judged.recoveredAt !== null) writer.signed(judged.recoveredAt - judged.beganAt)
  writer.count(judged.changes)
  writer.count(versionOf(row))
  for (const exclusion of changeExclusions) writer.count(excluded[exclusion])
  writer.count(size)
  writer.bytes(included.finish())
  return writer.finish()
}

/** One byte for what is known, then the lead time and each stage that was observed. */
function packChange(writer: PackedWriter, change: LinkedChange, lead: number): void {
  // A pull request is keyed by its source and id, a commit by its sha.
  const isPull = change.key.includes('/') ? 1 : 0
  writer.byte((bases.indexOf(change.basis) << 1) | isPull)
  let observed = 0
  for (const [i, stage] of stages.entries()) if (change.stages[stage] !== undefined) observed |= 1 << i
  writer.byte(observed)
  writer.count(lead)
  for (const stage of stages) if (change.stages[stage] !== undefined) writer.count(Math.round((change.stages[stage] as number) * 1000))
}

/** 52 bits of a digest (FNV-1a, twice); two versions of a day share one with a chance of one in 10^12. */
function versionOf({ repository, commit }: LinkedDeployment): number {
  if (commit === null) return 0
  let low = 0x811c9dc5
  let high = 0x5bd1e995
  for (const text of [repository, '\n', commit]) {
    for (let i = 0; i < text.length; i++) {
      low = Math.imul(low ^ text.charCodeAt(i), 0x01000193)
      high = Math.imul(high ^ text.charCodeAt(i), 0x85ebca6b)
      high ^= high >>> 15
    }
  }
  return (high >>> 12) * 2 ** 32 + (low >>> 0) + 1
}

export function unpackEntry(bytes: Uint8Array): Entry {
  const reader = new PackedReader(bytes)
  const n = reader.count()
  const at = reader.signed()
  const reason = reader.byte()
  const flags = reader.byte()
  const failed = (flags & flagBits.failed) !== 0
  const beganAt = failed ? at + reader.signed() : 0
  const recoveredAt = failed && (flags & flagBits.open) === 0 ? beganAt + reader.signed() : null
  const changes = reader.count()
  const version = reader.count()
  const excluded = { baseline: 0, same_change: 0, promotion: 0, clock_skew: 0 }
  for (const exclusion of changeExclusions) excluded[exclusion] = reader.count()
  return {
    n,
    at,
    apart: reason === 0 ? null : (deploymentReasons[reason - 1] as Entry['apart']),
    judgeable: (flags & flagBits.judgeable) !== 0,
    failed,
    settled: (flags & flagBits.settled) !== 0,
    rework: (flags & flagBits.rework) !== 0,
    beganAt,
    recoveredAt,
    changes,
    version,
    excluded,
    included: unpackChanges(reader),
  }
}

function unpackChanges(reader: PackedReader): IncludedChanges {
  const n = reader.count()
  const lead = new Float64Array(n)
  const basis = new Uint8Array(n)
  const isPull = new Uint8Array(n)
  const observed = stages.map(() => new Float64Array(n).fill(Number.NaN))
  for (let i = 0; i < n; i++) {
    const told = reader.byte()
    isPull[i] = told & 1
    basis[i] = told >> 1
    const seen = reader.byte()
    lead[i] = reader.count()
    for (let stage = 0; stage < observed.length; stage++) {
      if ((seen & (1 << stage)) !== 0) (observed[stage] as Float64Array)[i] = reader.count()
    }
  }
  return { n, lead, basis, isPull, stages: observed }
}
