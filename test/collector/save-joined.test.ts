import { describe, expect, test } from 'vitest'
import { ingest } from '../../server/collector/ingest.ts'
import { rebuild } from '../../server/collector/rebuild.ts'
import type { Fact } from '../../server/facts.ts'
import { readRevision } from '../../server/store/revision.ts'
import { configOf, testStore } from '../support/stores.ts'
import { change, deployment, derivedOf, now } from './facts-fixture.ts'

const config = configOf()
const numbers = [...Array(12).keys()]

function factsOf(n: number): Fact[] {
  return [
    change(`c${n}`, [], n),
    deployment(`d${n}`, null, n + 0.5, { service: `shop${n % 3}`, version: `${n}`, changes: [`c${n}`, `c${n + 1}`] }),
  ]
}

describe.each(['pglite', 'postgres'] as const)('on %s', (kind) => {
  const open = testStore(kind)
  const post = (facts: Fact[]) => ingest(open(), facts, { now, config, authority: 'push' })

  test('requests that come together are written together, and each gets its own answer', async () => {
    const store = open()
    const answers = await Promise.all([...numbers.map((n) => post(factsOf(n))), post(factsOf(0))])
    expect(answers).toEqual([...numbers.map(() => ({ accepted: 2, unchanged: 0 })), { accepted: 0, unchanged: 2 }])
    const { revision } = await readRevision(store.db)
    expect(revision).toBeLessThan(numbers.length)
    const derived = await derivedOf(store)
    await rebuild(store, { now, config })
    expect(await derivedOf(store)).toEqual(derived)
  })

  test('one that cannot be written fails alone', async () => {
    const broken = deployment('a\0b', null, 1, { version: '1' })
    const answers = await Promise.allSettled([post(factsOf(1)), post([broken]), post(factsOf(2)), post(factsOf(1))])
    expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled'])
    expect(answers.at(-1)).toMatchObject({ value: { accepted: 0, unchanged: 2 } })
    expect(await post(factsOf(2))).toEqual({ accepted: 0, unchanged: 2 })
  })
})
