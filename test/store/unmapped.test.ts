import { describe, expect, test } from 'vitest'
import { ingest } from '../../server/collector/ingest.ts'
import type { Fact } from '../../server/facts.ts'
import { readUnmappedOfSources } from '../../server/store/unmapped.ts'
import { storeKinds } from '../support/places.ts'
import { configOf, testStore } from '../support/stores.ts'

const day = 86_400_000
const now = Date.UTC(2026, 3, 1)

describe.each(storeKinds)('unmapped environments on %s', (kind) => {
  const open = testStore(kind)

  test('are counted by source since an instant, the most frequent first', async () => {
    const store = open()
    let n = 0
    const deployed = (source: string, environment: string, daysAgo: number): Fact => ({
      kind: 'deployment',
      source,
      id: `d${n++}`,
      service: source,
      environment,
      status: 'succeeded',
      finishedAt: now - daysAgo * day,
      reported: 'event',
    })
    const facts = [
      deployed('web', 'eu-1', 1),
      deployed('web', 'perf-lab', 1),
      deployed('web', 'perf-lab', 2),
      deployed('web', 'perf-lab', 100),
      deployed('web', 'production', 1),
      deployed('api', 'eu-1', 89),
    ]
    await ingest(store, facts, { now, config: configOf(), authority: 'push' })
    expect(await readUnmappedOfSources(store.db, now - 90 * day)).toEqual(
      new Map([
        ['api', [{ environment: 'eu-1', deployments: 1 }]],
        [
          'web',
          [
            { environment: 'perf-lab', deployments: 2 },
            { environment: 'eu-1', deployments: 1 },
          ],
        ],
      ]),
    )
  })
})
