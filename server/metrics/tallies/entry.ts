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
  /** Another deployment of its release carried changes before it. */
  follows: boolean
  excluded: Record<ChangeReason, number>
  included: IncludedChanges
}

const flagBits = { judgeable: 1, failed: 2, settled: 4, rework: 8, open: 16, follows: 32 } as const

/** The entry of a deployment, of which a change counts at the first of its tier. */
export function entryOf(n: number, row: LinkedDeployment, at: number, changes: Iterable<MeasuredChange>): Entry {
  const excluded = noneExcluded()
  const columns = new ColumnsBuilder(8)
  for (const change of changes) {
    const { reason } = explainChange(change, { ofTier: true })
    if (reason === null) addChange(columns, change)
    else excluded[reason]++
  }
  return { ...judge(row, at), n, version: versionOf(row), follows: false, excluded, included: { n: columns.size, ...columns.finish() } }
}

export function packEntry(entry: Entry): Uint8Array {
  const { n, at, apart, judgeable, failed, settled, rework, beganAt, recoveredAt, changes, version, follows, excluded, included } = entry
  const writer = new PackedWriter()
  writer.count(n)
  writer.signed(at)
  writer.count(version)
  writer.byte(apart === null ? 0 : deploymentReasons.indexOf(apart) + 1)
  writer.byte(
    (judgeable ? flagBits.judgeable : 0) |
      (failed ? flagBits.failed : 0) |
      (settled ? flagBits.settled : 0) |
      (rework ? flagBits.rework : 0) |
      (failed && recoveredAt === null ? flagBits.open : 0) |
      (follows ? flagBits.follows : 0),
  )
  if (failed) writer.signed(beganAt - at)
  if (failed && recoveredAt !== null) writer.signed(recoveredAt - beganAt)
  writer.count(changes)
  for (const reason of changeReasons) writer.count(excluded[reason])
  packChanges(writer, included)
  return writer.finish()
}

/** In the byte of the observed stages: the wait is told, because it is not as it usually is. */
const waitTold = 1 << stages.length
const deployStage = stages.indexOf('deploy')

/** The wait as it usually is: the stage from merge to live, NaN where that was not observed; a commit on the branch itself starts with its merge. */
function usualWait(deploy: number, lead: number, isPull: number): number {
  if (!Number.isNaN(deploy)) return deploy
  return isPull === 1 ? 0 : lead
}

/** Of each change one byte for what it is and one for the stages that were observed, then the lead time, these stages and an unusual wait. */
function packChanges(writer: PackedWriter, { n, lead, basis, isPull, wait, stages: spent }: IncludedChanges): void {
  writer.count(n)
  const deploy = spent[deployStage] as Float64Array
  for (let i = 0; i < n; i++) {
    let observed = wait[i] === usualWait(deploy[i] as number, lead[i] as number, isPull[i] as number) ? 0 : waitTold
    for (let stage = 0; stage < spent.length; stage++) if (!Number.isNaN((spent[stage] as Float64Array)[i])) observed |= 1 << stage
    writer.byte(((basis[i] as number) << 1) | (isPull[i] as number))
    writer.byte(observed)
    writer.count(lead[i] as number)
    for (let stage = 0; stage < spent.length; stage++) {
      if ((observed & (1 << stage)) !== 0) writer.count((spent[stage] as Float64Array)[i] as number)
    }
    if ((observed & waitTold) !== 0) writer.count(wait[i] as number)
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
export interface PlacedEntry {
  head: EntryHead
  from: number
  to: number
}

/** What tells the entries of a block apart. */
export type EntryTag = Pick<Entry, 'n' | 'at' | 'version' | 'follows'>

export function readTag(reader: PackedReader): EntryTag {
  const [n, at, version] = [reader.count(), reader.signed(), reader.count()]
  reader.byte()
  return { n, at, version, follows: (reader.byte() & flagBits.follows) !== 0 }
}

export function unpackEntry(bytes: Uint8Array): Entry {
  const columns = new ColumnsBuilder(8)
  const { changesInLeadTime: n, ...entry } = readEntry(new PackedReader(bytes), columns).head
  return { ...entry, included: { n, ...columns.finish() } }
}

/** Reads an entry where the reader stands; its changes are added to the columns. */
export function readEntry(reader: PackedReader, columns: ColumnsBuilder): PlacedEntry {
  const head = readHead(reader)
  const from = columns.size
  unpackChanges(reader, columns, head.changesInLeadTime)
  return { head, from, to: columns.size }
}

/** An entry without its changes, but their number. */
export type EntryHead = Omit<Entry, 'included'> & { changesInLeadTime: number }

export function entryHead(bytes: Uint8Array): EntryHead {
  return readHead(new PackedReader(bytes))
}

function readHead(reader: PackedReader): EntryHead {
  const n = reader.count()
  const at = reader.signed()
  const version = reader.count()
  const reason = reader.byte()
  const flags = reader.byte()
  const failed = (flags & flagBits.failed) !== 0
  const beganAt = failed ? at + reader.signed() : 0
  const recoveredAt = failed && (flags & flagBits.open) === 0 ? beganAt + reader.signed() : null
  const changes = reader.count()
  const excluded = readExcluded(reader)
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
    follows: (flags & flagBits.follows) !== 0,
    excluded,
    changesInLeadTime: reader.count(),
  }
}

/** One for all that exclude nothing, which are nearly all. */
const nothingExcluded = Object.freeze(noneExcluded())

function readExcluded(reader: PackedReader): Record<ChangeReason, number> {
  let excluded: Record<ChangeReason, number> = nothingExcluded
  for (const reason of changeReasons) {
    const count = reader.count()
    if (count === 0) continue
    if (excluded === nothingExcluded) excluded = noneExcluded()
    excluded[reason] = count
  }
  return excluded
}

/** Most of the time of a question is spent here: there may be a hundred thousand changes. */
function unpackChanges(reader: PackedReader, columns: ColumnsBuilder, n: number): void {
  const first = columns.size
  const { lead, basis, isPull, wait, stages: spent } = columns.reserve(n)
  for (let at = first; at < first + n; at++) {
    const told = reader.byte()
    const observed = reader.byte()
    const ms = reader.count()
    const pull = told & 1
    lead[at] = ms
    basis[at] = told >> 1
    isPull[at] = pull
    let deploy = Number.NaN
    for (let stage = 0; stage < stages.length; stage++) {
      const value = (observed & (1 << stage)) === 0 ? Number.NaN : reader.count()
      ;(spent[stage] as Float64Array)[at] = value
      if (stage === deployStage) deploy = value
    }
    wait[at] = (observed & waitTold) === 0 ? usualWait(deploy, ms, pull) : reader.count()
  }
}
