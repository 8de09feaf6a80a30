/** Cuts the output of `git rev-list` into commits, whatever bytes are in them. */
import { isUtf8 } from 'node:buffer'
import { decode } from './text.ts'

/** The fields of one commit, each ended by NUL, which none of them can hold; rev-list adds a line feed. */
export const commitFormat = '%H%x00%P%x00%at%x00%ct%x00%an%x00%ae%x00%B%x00'

export interface CommitRecord {
  sha: string
  parents: string[]
  /** Seconds since the epoch; null where git cannot read the date, such as one before 1970. */
  authored: number | null
  committed: number | null
  name: string
  mail: string
  message: string
}

const fields = 7

/** Yields the commits of each piece of output that arrives; holds no more than one unfinished commit. */
export async function* parseCommits(chunks: AsyncIterable<Buffer>): AsyncGenerator<CommitRecord[]> {
  let waiting: Buffer[] = []
  for await (const chunk of chunks) {
    const last = chunk.lastIndexOf(0)
    if (last < 0) {
      waiting.push(chunk)
      continue
    }
    const bytes = waiting.length === 0 ? chunk : Buffer.concat([...waiting, chunk])
    const records: CommitRecord[] = []
    const rest = readRecords(bytes, records)
    waiting = rest < bytes.length ? [bytes.subarray(rest)] : []
    if (records.length > 0) yield records
  }
  const tail = Buffer.concat(waiting)
  if (tail.length > 1) throw new Error(`git ended in the middle of a commit: ${decode(tail.subarray(0, 100))}`)
}

/** Adds the whole commits to `records` and returns where the unfinished one begins. */
function readRecords(bytes: Buffer, records: CommitRecord[]): number {
  let start = 0
  const ends = new Array<number>(fields)
  for (;;) {
    const first = bytes[start] === 0x0a ? start + 1 : start
    let from = first
    for (let field = 0; field < fields; field++) {
      const end = bytes.indexOf(0, from)
      if (end < 0) return start
      ends[field] = end
      from = end + 1
    }
    records.push(readRecord(bytes, first, ends))
    start = from
  }
}

function readRecord(bytes: Buffer, start: number, ends: number[]): CommitRecord {
  const [sha = 0, parents = 0, authored = 0, committed = 0, name = 0, mail = 0, message = 0] = ends
  const text = isUtf8(bytes.subarray(committed + 1, message)) ? utf8 : decoded
  return {
    sha: bytes.toString('latin1', start, sha),
    parents: parents === sha + 1 ? [] : bytes.toString('latin1', sha + 1, parents).split(' '),
    authored: seconds(bytes, parents + 1, authored),
    committed: seconds(bytes, authored + 1, committed),
    name: text(bytes, committed + 1, name),
    mail: text(bytes, name + 1, mail),
    message: text(bytes, mail + 1, message),
  }
}

function utf8(bytes: Buffer, from: number, to: number): string {
  return bytes.toString('utf8', from, to)
}

function decoded(bytes: Buffer, from: number, to: number): string {
  return decode(bytes.subarray(from, to))
}

function seconds(bytes: Buffer, from: number, to: number): number | null {
  return from === to ? null : Number(bytes.toString('latin1', from, to))
}
