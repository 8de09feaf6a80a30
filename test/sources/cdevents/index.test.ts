/** Events on their whole way: into the inbox, through it, into facts. */
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { startInbox } from '../../../server/collector/inbox.ts'
import { receiveDelivery } from '../../../server/collector/receive.ts'
import { readFactsByKey } from '../../../server/store/facts.ts'
import { readDeliveries } from '../../../server/store/inbox.ts'
import { type Collecting, collecting } from '../../collector/scripted.ts'
import { batched, binary, event, optionsOf, structured } from '../../support/cdevents-things.ts'
import { openPlaces, type Places } from '../../support/places.ts'

let places: Places
let setup: Collecting

beforeAll(async () => {
  places = await openPlaces('pglite')
  setup = await collecting(Date.UTC(2026, 0, 6), await places.next())
  setup.deps.config.sources = [{ id: 'events', type: 'cdevents', options: optionsOf(), schedule: '0 * * * *' }]
})
afterAll(async () => {
  await setup.end()
  await places.end()
})

async function arrive(deliveries: Parameters<typeof receiveDelivery>[2][]): Promise<void> {
  const inbox = startInbox(setup.deps)
  for (const delivery of deliveries) await receiveDelivery(setup.deps, 'events', delivery)
  inbox.wake('events')
  await vi.waitFor(
    async () => {
      const states = (await readDeliveries(setup.store.db, { source: 'events', limit: 100 })).map(({ state }) => state)
      expect(new Set(states)).toEqual(new Set(['done']))
    },
    { timeout: 20_000, interval: 20 },
  )
  await inbox.stop()
}

async function standing(kind: 'incident' | 'deployment', id: string) {
  const found = await readFactsByKey(setup.store.db, [{ kind, source: 'events', id }])
  return found.map(({ body }) => JSON.parse(body))
}

test('the end of an incident that is told before its beginning ends it all the same', async () => {
  const content = { environment: { id: 'production' }, service: { id: 'shop' } }
  const detected = event('incident.detected', { ...content, description: 'Slow' }, { id: 'e1', subject: 'i1' })
  const resolved = event('incident.resolved', content, { id: 'e2', subject: 'i1', at: '2026-01-05T10:00:00Z' })
  const expected = [{ title: 'Slow', service: 'shop', openedAt: Date.UTC(2026, 0, 5, 9), resolvedAt: Date.UTC(2026, 0, 5, 10) }]
  await arrive([structured(resolved)])
  await arrive([binary(detected)])
  expect(await standing('incident', '/ci#i1')).toMatchObject(expected)
  await arrive([batched(resolved, detected)])
  expect(await standing('incident', '/ci#i1')).toMatchObject(expected)
})

test('an event that is sent twice is one deployment', async () => {
  const deployed = event('service.deployed', { environment: { id: 'production' }, artifactId: 'pkg:oci/shop@1' }, { id: 'e3' })
  await arrive([structured(deployed), binary(deployed), batched(deployed)])
  expect(await standing('deployment', '/ci#e3')).toMatchObject([{ service: 'shop', version: '1', status: 'succeeded' }])
})
