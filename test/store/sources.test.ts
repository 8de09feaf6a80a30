import { describe, expect, test } from 'vitest'
import { isPaused, moveCursor, noteSuccess, readSource, setPaused } from '../../server/store/sources.ts'
import { storeKinds } from '../support/places.ts'
import { testStore } from '../support/stores.ts'

describe.each(storeKinds)('a pause on %s', (kind) => {
  const open = testStore(kind)

  test('holds until it is taken back, whether the source was collected or not', async () => {
    const { db } = open()
    expect(await isPaused(db, 'shop')).toBe(false)
    await setPaused(db, 'shop', true)
    await setPaused(db, 'shop', true)
    expect(await isPaused(db, 'shop')).toBe(true)
    await noteSuccess(db, 'shop', 5)
    await moveCursor(db, 'shop', 'one')
    expect(await readSource(db, 'shop')).toMatchObject({ paused: true, cursor: 'one', lastSuccessAt: 5 })
    await setPaused(db, 'shop', false)
    expect(await readSource(db, 'shop')).toMatchObject({ paused: false, cursor: 'one', lastSuccessAt: 5 })
  })
})
