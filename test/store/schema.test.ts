/** Observations of a service can live on a node of their own, as Citus distributes them: by the number of their service. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { sql } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { rows } from '../../server/store/database.ts'
import { testStore } from '../support/stores.ts'

const observations = ['deployments', 'changes', 'incidents', 'blocks']
const server = fileURLToPath(new URL('../../server', import.meta.url))
const open = testStore('pglite')

test('every unique key of them holds the service', async () => {
  const keys = await rows<{ table: string; name: string; columns: string[] }>(
    open().db,
    sql`select t.relname as table, i.relname as name, array_agg(a.attname::text) as columns from pg_index x
      join pg_class t on t.oid = x.indrelid join pg_class i on i.oid = x.indexrelid
      join pg_attribute a on a.attrelid = t.oid and a.attnum = any(x.indkey)
      where x.indisunique and t.relname in ('deployments', 'changes', 'incidents', 'blocks') group by t.relname, i.relname`,
  )
  expect(new Set(keys.map(({ table }) => table))).toEqual(new Set(observations))
  for (const { name, columns } of keys) expect(columns, name).toContain('service_id')
})

interface Joined {
  file: string
  table: string
  /** From the table's name on. */
  text: string
  alias: string
}

/** Every place where an observation table is joined to what stands before it: by `join`, or inside of a `lateral`. */
function* joinsIn(file: string): Generator<Joined> {
  const text = readFileSync(join(server, file), 'utf8')
  const pattern = new RegExp(`\\b(?:join|lateral \\(\\s*select [^()]*? from)\\s+(${observations.join('|')})(?:\\s+as)?\\s+(\\w+)`, 'g')
  for (const found of text.matchAll(pattern)) {
    yield { file, table: found[1] as string, alias: found[2] as string, text: text.slice(found.index, found.index + 400) }
  }
}

/** Whether the row is tied to the service of another one, or to a service that is named. */
function isByService({ alias, text }: Joined): boolean {
  const column = `(?:${alias}\\.)?service_id`
  return new RegExp(`\\b${column} = |= ${alias}\\.service_id\\b`).test(text)
}

const sources = readdirSync(server, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'))
const joins = sources.flatMap((file) => [...joinsIn(file)])

test('every join of them is by the service', () => {
  for (const table of observations) expect(joins.map((each) => each.table)).toContain(table)
  for (const each of joins) expect(isByService(each), `${each.file}: ${each.text}`).toBe(true)
})

test('a join that is not would be found', () => {
  const table = 'changes'
  const wrong = { file: '', table, alias: 'c', text: 'join changes c on c.deployment_n = d.n' }
  expect(isByService(wrong)).toBe(false)
  expect(isByService({ ...wrong, text: 'join changes c on c.service_id = d.service_id and c.deployment_n = d.n' })).toBe(true)
})
