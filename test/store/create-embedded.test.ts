import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createEmbedded } from '../../server/store/create-embedded.ts'

let dir: string
let cache: string

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'shiplog-create-'))
  cache = join(dir, 'cache')
  await createEmbedded(join(dir, 'first'), cache)
})

afterAll(() => rmSync(dir, { recursive: true, force: true }))

async function answer(folder: string): Promise<unknown> {
  const database = await PGlite.create(folder)
  try {
    const { rows } = await database.query(
      "select current_setting('shared_buffers') as buffers, current_setting('data_checksums') as checksums",
    )
    return rows[0]
  } finally {
    await database.close()
  }
}

function templateFile(): string {
  const [name] = readdirSync(cache)
  return join(cache, name ?? 'missing')
}

test('it makes a small database that opens, for its owner alone, and keeps the template', async () => {
  expect(await answer(join(dir, 'first'))).toEqual({ buffers: '8MB', checksums: 'on' })
  expect(statSync(join(dir, 'first')).mode & 0o777).toBe(0o700)
  expect(readdirSync(cache)).toHaveLength(1)
  expect(readdirSync(dir).sort()).toEqual(['cache', 'first'])
})

test('a second one is a copy of the template', async () => {
  await createEmbedded(join(dir, 'second'), cache)
  expect(await answer(join(dir, 'second'))).toEqual({ buffers: '8MB', checksums: 'on' })
})

test('a folder that is a database already stays as it is', async () => {
  const before = statSync(join(dir, 'first', 'PG_VERSION')).mtimeMs
  await createEmbedded(join(dir, 'first'), cache)
  expect(statSync(join(dir, 'first', 'PG_VERSION')).mtimeMs).toBe(before)
})

test('what a killed creation left behind is cleaned', async () => {
  const folder = join(dir, 'third')
  mkdirSync(join(`${folder}.creating`, 'data', 'base'), { recursive: true })
  writeFileSync(join(`${folder}.creating`, 'data', 'PG_VERSION'), '18')
  await createEmbedded(folder, cache)
  expect(await answer(folder)).toMatchObject({ buffers: '8MB' })
  expect(readdirSync(dir)).not.toContain('third.creating')
})

test('a damaged template is never used: it is made anew', async () => {
  const whole = readFileSync(templateFile())
  truncateSync(templateFile(), whole.length - 1000)
  await createEmbedded(join(dir, 'fourth'), cache)
  expect(await answer(join(dir, 'fourth'))).toMatchObject({ buffers: '8MB' })
  expect(readFileSync(templateFile()).length).toBeGreaterThan(whole.length - 1000)
})

test('where nothing can be kept, it goes without', async () => {
  writeFileSync(join(dir, 'file'), '')
  await createEmbedded(join(dir, 'fifth'), join(dir, 'file', 'cache'))
  expect(await answer(join(dir, 'fifth'))).toMatchObject({ buffers: '8MB' })
})
