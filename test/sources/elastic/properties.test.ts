/** What holds of the Elastic source whatever it is sent. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ShiplogError } from '../../../server/errors.ts'
import { Incident } from '../../../server/facts.ts'
import { elasticReceiver } from '../../../server/sources/elastic/receive.ts'
import { alertOf, arriving, iso, now, optionsOf } from './things.ts'

const filing = { sourceId: 'elastic', service: 'elastic', receivedAt: now.getTime() }
const value = fc.oneof(
  fc.jsonValue(),
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.constantFrom(
    'active',
    'recovered',
    '',
    iso('09:00'),
    '\ud800',
    'x'.repeat(30_000),
    `${'a'.repeat(199)}\u{1f600}`,
    1e300,
    -1,
    null,
    'http://a/\0',
  ),
)
const watch = { watch_id: 'disk', id: 'd1', execution_time: iso('10:00'), status: 'active', start: iso('09:00'), incident: 'n' }

test.each([
  ['an alert', alertOf({ 'kibana.alert.end': iso('11:00'), 'kibana.alert.workflow_status': 'closed' })],
  ['a watch', watch],
])('%s with any values is refused, or becomes facts that are taken', (_what, base) => {
  const names = Object.keys(base)
  const changes = fc.dictionary(fc.constantFrom(...names, 'alerts', 'ctx', 'kibana', '__proto__', 'metadata'), value, { maxKeys: 4 })
  fc.assert(
    fc.property(changes, fc.boolean(), (changed, hasUrl) => {
      const options = optionsOf(hasUrl ? { url: 'http://es:9200' } : {})
      const delivery = arriving({ ...base, ...changed })
      try {
        elasticReceiver.accept(options, delivery)
        const { facts, changed: asked } = elasticReceiver.read(options, delivery, filing)
        for (const { kind: _, ...fact } of facts as { kind: string }[]) Incident.parse(isoTimes(fact))
        expect(asked.every((one) => typeof one === 'string')).toBe(true)
      } catch (error) {
        expect(error).toBeInstanceOf(ShiplogError)
        expect((error as ShiplogError).code).toBe('invalid')
      }
    }),
    { numRuns: 500 },
  )
})

/** Facts have instants where their schema reads text. */
function isoTimes(fact: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fact).map(([key, one]) => [key, typeof one === 'number' ? new Date(one).toISOString() : one]))
}
