import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { rows } from '../../server/store/database.ts'
import { readSalt } from '../../server/store/meta.ts'
import { openStore } from '../../server/store/open.ts'
import { openPlaces, type Places, storeKinds } from '../support/places.ts'

describe.each(storeKinds)('a store on %s', (kind) => {
  let places: Places
  beforeAll(async () => {
    places = await openPlaces(kind)
  })
  afterAll(() => places.end())

  test('keeps what it holds when it is opened again, and closes as often as asked', async () => {
    const place = await places.next()
    const first = await openStore(place)
    const salt = await readSalt(first.db)
    expect(salt).toMatch(/^[0-9a-f]{32}$/)
    await first.close()
    await first.close()
    const again = await openStore(place)
    expect(again.kind).toBe(kind)
    expect(await readSalt(again.db)).toBe(salt)
    await again.close()
  })

  test('rolls back what fails, and its error does not repeat the parameters', async () => {
    const store = await openStore(await places.next())
    const secret = 'a-very-long-fact'
    const failing = store.transaction(async (tx) => {
      await rows(tx, sql`insert into services (key) values ('kept-not')`)
      await rows(tx, sql`select ${secret}::text::int`)
    })
    const error = await failing.then(
      () => null,
      (cause: unknown) => cause as Error,
    )
    expect(error).toBeInstanceOf(Error)
    expect(JSON.stringify({ ...error })).not.toContain(secret)
    expect(await rows(store.db, sql`select key from services`)).toEqual([])
    await store.close()
  })

  test('numbers beyond 32 bits are numbers', async () => {
    const store = await openStore(await places.next())
    expect(await rows(store.db, sql`select 1772323200000::bigint as at, count(*) as n from meta`)).toEqual([
      { at: 1_772_323_200_000, n: 1 },
    ])
    await store.close()
  })
})

describe('PostgreSQL that cannot be used', () => {
  let places: Places
  let url: URL
  beforeAll(async () => {
    places = await openPlaces('postgres')
    url = new URL((await places.next()).databaseUrl ?? '')
  })
  afterAll(() => places.end())

  function changed(change: (at: URL) => void): Promise<unknown> {
    const other = new URL(url)
    change(other)
    return openStore({ databaseUrl: other.href, dataDir: null }).then(
      () => null,
      (error: unknown) => error,
    )
  }

  test('a wrong password is said, and never shown', async () => {
    const error = await changed((at) => {
      at.password = 'hunter2'
    })
    expect(error).toMatchObject({ code: 'unavailable', message: expect.stringContaining('user or password is wrong') })
    expect((error as Error).message).not.toContain('hunter2')
  })

  test('a missing database is said', async () => {
    const error = await changed((at) => {
      at.pathname = '/missing'
    })
    expect(error).toMatchObject({ code: 'unavailable', message: expect.stringContaining('does not exist') })
  })

  test('a port on which nothing listens is said', async () => {
    const probe = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => probe.once('listening', resolve))
    const address = probe.address()
    const port = typeof address === 'object' && address ? String(address.port) : ''
    await new Promise((resolve) => probe.close(resolve))
    const error = await changed((at) => {
      at.port = port
    })
    expect(error).toMatchObject({ code: 'unavailable', message: expect.stringContaining('nothing listens') })
  })

  test.each(['mysql://localhost/x', 'not a url'])('%s is no PostgreSQL URL', async (databaseUrl) => {
    await expect(openStore({ databaseUrl, dataDir: null })).rejects.toMatchObject({ code: 'unavailable' })
  })
})

test('an embedded folder that cannot be made is said', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'shiplog-open-'))
  writeFileSync(join(folder, 'file'), '')
  await expect(openStore({ databaseUrl: null, dataDir: join(folder, 'file') })).rejects.toMatchObject({ code: 'unavailable' })
  rmSync(folder, { recursive: true })
})
