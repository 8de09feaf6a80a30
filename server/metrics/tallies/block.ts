/** A block: the deployments of one service, tier and ISO week with what they carried, in the order of their times. */
import { PackedReader, PackedWriter } from '../packed.ts'
import { type EntryTag, readTag } from './entry.ts'

/** An entry as it stands in a block. */
export interface PackedEntry extends EntryTag {
  bytes: Uint8Array
}

export function packedEntry(bytes: Uint8Array): PackedEntry {
  return { ...readTag(new PackedReader(bytes)), bytes }
}

export function* entriesOf(block: Uint8Array): Generator<PackedEntry> {
  const reader = new PackedReader(block)
  while (!reader.isDone) yield packedEntry(reader.bytes(reader.count()))
}

export function packBlock(entries: Iterable<PackedEntry>): Uint8Array {
  const writer = new PackedWriter()
  for (const { bytes } of [...entries].sort((a, b) => a.at - b.at || a.n - b.n)) {
    writer.count(bytes.length)
    writer.bytes(bytes)
  }
  return writer.finish()
}
