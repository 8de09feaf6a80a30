/** What tallies and blocks hold of a deployment and the changes that it carried, of one tier. Durations in milliseconds. */
import { type LinkedDeployment, type MeasuredChange, stages } from '../../linked.ts'
import { type ChangeReason, changeReasons, deploymentReasons } from '../answer.ts'
import { explainChange, type Judged, judge } from '../evidence.ts'
import { type ChangeColumns, ColumnsBuilder, noneExcluded } from '../observations.ts'
import { addChange } from '../observe-rows.ts'
import { PackedReader, PackedWriter } from '../packed.ts'

/** The changes in the lead time of one deployment. */
export interface IncludedChanges extends ChangeColumns {
  n: number
}

export interface Entry extends Judged {
  /** Number of the deployment in its service. */
  n: number
  /** Tells deployments of one repository at one commit; 0 where no commit is known. */
  version: number
  excluded: Record<ChangeReason, number>
  included: IncludedChanges
}

const flagBits = { judgeable: 1, failed: 2, settled: 4, rework: 8, open: 16 } as const

/** The entry of a deployment, of which a change counts at the first of its tier. */
export function entryOf(n: number, row: LinkedDeployment, at: number, changes: Iterable<MeasuredChange>): Entry {
  const excluded = noneExcluded()
  const columns = new ColumnsBuilder(8)
  for (const change of changes) {
    const { reason } = explainChange(change, { ofTier: true })
    if (reason === null) addChange(columns, change)
    else excluded[reason]++
  }
  return { ...judge(row, at), n, version: versionOf(row), excluded, included: { n: columns.size, ...columns.finish() } }
}

export function packEntry(entry: Entry): Uint8Array {
  const { n, at, apart, judgeable, failed, settled, rework, beganAt, recoveredAt, changes, version, excluded, included } = entry
  const writer = new PackedWriter()
  writer.count(n)
  writer.signed(at)
  writer.byte(apart === null ? 0 : deploymentReasons.indexOf(apart) + 1)
  writer.byte(
    (judgeable ? flagBits.judgeable : 0) |
      (failed ? flagBits.failed : 0) |
      (settled ? flagBits.settled : 0) |
      (rework ? flagBits.rework : 0) |
      (failed && recoveredAt === null ? flagBits.open : 0),
  )
  if (failed) writer.signed(beganAt - at)
  if (failed && recoveredAt !== null) writer.signed(recoveredAt - beganAt)
  writer.count(changes)
  writer.count(version)
  for (const reason of changeReasons) writer.count(excluded[reason])
  packChanges(writer, included)
  return writer.finish()
}

/** Of each change one byte for what it is and one for the stages that were observed, then the lead time and these stages. */
function packChanges(writer: PackedWriter, { n, lead, basis, isPull, stages: spent }: IncludedChanges): void {
  writer.count(n)
  for (let i = 0; i < n; i++) {
    let observed = 0
    for (let stage = 0; stage < spent.length; stage++) if (!Number.isNaN((spent[stage] as Float64Array)[i])) observed |= 1 << stage
    writer.byte(((basis[i] as number) << 1) | (isPull[i] as number))
    writer.byte(observed)
    writer.count(lead[i] as number)
    for (let stage = 0; stage < spent.length; stage++) {
      if ((observed & (1 << stage)) !== 0) writer.count((spent[stage] as Float64Array)[i] as number)
    }
  }
}

/** 52 bits of a digest (FNV-1a, twice): of the deployments of one hour, two versions share it with a chance of one in 10^12. */
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

/** An entry whose changes in the lead time are those of the columns from `from` to before `to`. */
export type PlacedEntry = Omit<Entry, 'included'> & { from: number; to: number }

export function unpackEntry(bytes: Uint8Array): Entry {
  const columns = new ColumnsBuilder(8)
  const { from, to, ...entry } = readEntry(bytes, columns)
  return { ...entry, included: { n: to - from, ...columns.finish() } }
}

/** Reads an entry; its changes are added to the columns. */
export function readEntry(bytes: Uint8Array, columns: ColumnsBuilder): PlacedEntry {
  const reader = new PackedReader(bytes)
  const { changesInLeadTime, ...head } = readHead(reader)
  const from = columns.size
  unpackChanges(reader, columns, changesInLeadTime)
  return { ...head, from, to: columns.size }
}

/** An entry without its changes, but their number. */
export type EntryHead = Omit<Entry, 'included'> & { changesInLeadTime: number }

export function entryHead(bytes: Uint8Array): EntryHead {
  return readHead(new PackedReader(bytes))
}

function readHead(reader: PackedReader): EntryHead {
  const n = reader.count()
  const at = reader.signed()
  const reason = reader.byte()
  const flags = reader.byte()
  const failed = (flags & flagBits.failed) !== 0
  const beganAt = failed ? at + reader.signed() : 0
  const recoveredAt = failed && (flags & flagBits.open) === 0 ? beganAt + reader.signed() : null
  const changes = reader.count()
  const version = reader.count()
  const excluded = noneExcluded()
  for (const reason of changeReasons) excluded[reason] = reader.count()
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
    changesInLeadTime: reader.count(),
  }
}

function unpackChanges(reader: PackedReader, columns: ColumnsBuilder, n: number): void {
  for (let i = 0; i < n; i++) {
    const told = reader.byte()
    const observed = reader.byte()
    const at = columns.add(reader.count(), told >> 1, told & 1)
    for (let stage = 0; stage < stages.length; stage++) if ((observed & (1 << stage)) !== 0) columns.setStage(at, stage, reader.count())
  }
}
