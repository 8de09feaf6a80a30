import { describe, expect, test } from 'vitest'
import { ingest } from '../../server/collector/ingest.ts'
import { joinFacts } from '../../server/collector/join-facts.ts'
import type { Fact } from '../../server/facts.ts'
import type { Thing } from '../../server/sources/source.ts'
import { readFactsByKey } from '../../server/store/facts.ts'
import { testConfig } from '../api/open-api.ts'
import { testStore } from '../support/stores.ts'

const store = testStore('pglite')
const config = testConfig({ sources: [{ id: 'ops', type: 'git', options: {}, schedule: '0 * * * *' }] })
const at = Date.UTC(2026, 0, 5, 9)

function incident(more: Partial<Fact> = {}): Fact {
  return { kind: 'incident', source: 'ops', id: 'i1', title: 'Down', openedAt: at, ...more } as Fact
}

/** Of two, the earlier opening and whichever resolution there is. */
function join(standing: Thing, arriving: Thing): Thing {
  const [a, b] = [standing, arriving] as Extract<Thing, { kind: 'incident' }>[]
  if (a === undefined || b === undefined) throw new Error('two things are joined')
  const resolvedAt = b.resolvedAt ?? a.resolvedAt
  return { ...a, ...b, openedAt: Math.min(a.openedAt, b.openedAt), ...(resolvedAt === undefined ? {} : { resolvedAt }) }
}

async function take(...facts: Fact[]): Promise<Fact[]> {
  const joined = await joinFacts(store().db, facts, join)
  await ingest(store(), joined, { now: at, config, authority: 'collector' })
  return joined
}

async function standing() {
  const found = await readFactsByKey(store().db, [{ kind: 'incident', source: 'ops', id: 'i1' }])
  return found.map(({ body }) => JSON.parse(body))
}

describe('joinFacts', () => {
  test.each([
    ['in order', [incident({ updatedAt: at }), incident({ openedAt: at + 60, resolvedAt: at + 60, updatedAt: at + 60 })]],
    ['the wrong way round', [incident({ openedAt: at + 60, resolvedAt: at + 60, updatedAt: at + 60 }), incident({ updatedAt: at })]],
  ])('puts parts together that come %s, one by one or at once', async (_, parts) => {
    for (const part of parts) await take(part)
    expect(await standing()).toMatchObject([{ openedAt: at, resolvedAt: at + 60 }])
    const together = await joinFacts(store().db, parts, join)
    expect(together.filter(({ kind }) => kind === 'incident').length).toBeLessThanOrEqual(1)
  })

  test('changes nothing where a part is known', async () => {
    await take(incident({ updatedAt: at }))
    expect(await take(incident({ updatedAt: at }))).toEqual([])
  })

  test('leaves what is no thing alone', async () => {
    const head: Fact = { kind: 'head', source: 'ops', repository: 'shop', branch: 'main', sha: 'a'.repeat(40) }
    expect(await joinFacts(store().db, [head, incident()], join)).toEqual([head, incident()])
  })
})
