/** What blocks and tallies hold, in a form to be compared. */
import { sql } from 'drizzle-orm'
import { entriesOf } from '../../server/metrics/tallies/block.ts'
import { unpackEntry } from '../../server/metrics/tallies/entry.ts'
import { emptyTally, packTally } from '../../server/metrics/tallies/tally.ts'
import { rows } from '../../server/store/database.ts'
import type { Store } from '../../server/store/store.ts'

const nothing = packTally(emptyTally)
const emptyMain = Buffer.from(nothing.main).toString('hex')

/** Tallies as bytes, without those that hold nothing; blocks with their entries. */
export async function readPacked({ db }: Store): Promise<{ blocks: unknown[]; tallies: unknown[] }> {
  const blocks = await rows<{ key: string; tier: string; week: number; data: string }>(
    db,
    sql`select s.key, b.tier, b.week, encode(b.data, 'hex') as data from blocks b join services s on s.id = b.service_id order by s.key, b.tier, b.week`,
  )
  const tallies = await rows<{ main: string }>(
    db,
    sql`select scope, tier, unit, period, encode(main, 'hex') as main, encode(stages, 'hex') as stages, encode(moments, 'hex') as moments,
      encode(timeline, 'hex') as timeline from tallies order by scope, tier, unit, period`,
  )
  return {
    blocks: blocks.map(({ data, ...key }) => ({
      ...key,
      entries: Array.from(entriesOf(Buffer.from(data, 'hex')), ({ bytes }) => unpackEntry(bytes)),
    })),
    tallies: tallies.filter(({ main }) => main !== emptyMain),
  }
}
