/** What holds of the Qovery source whatever it is answered and sent. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ShiplogError } from '../../../server/errors.ts'
import { History } from '../../../server/sources/qovery/payloads.ts'
import { qoveryReceiver } from '../../../server/sources/qovery/receive.ts'
import { toldBy } from '../../../server/sources/qovery/to-facts.ts'
import { type AnyExecution, executionOf, optionsOf, start } from '../../support/qovery-things.ts'
import { expectValid } from '../../support/valid-facts.ts'

const options = optionsOf({ webhook: { secret: 's' } })
const anything = fc.oneof(
  fc.constantFrom(
    '',
    '\0',
    '\ud800',
    'x'.repeat(3000),
    '\u{1f600}'.repeat(400),
    '9998-12-31T23:59:59Z',
    '1969-01-01T00:00:00Z',
    'P1D',
    null,
    -1,
  ),
  fc.jsonValue({ maxDepth: 2 }),
)

function* placesIn(value: AnyExecution): Generator<[AnyExecution, string]> {
  if (typeof value !== 'object' || value === null) return
  for (const key of Object.keys(value)) {
    yield [value, key]
    yield* placesIn(value[key])
  }
}

/** With other values in the place of some. */
const broken = (value: () => AnyExecution) =>
  fc.array(fc.tuple(fc.nat(), anything), { maxLength: 4 }).map((edits) => {
    const copy = value()
    for (const [number, other] of edits) {
      const places = [...placesIn(copy)]
      const [parent, key] = places[number % Math.max(1, places.length)] ?? [{}, 'x']
      parent[key] = other
    }
    return copy
  })

test('any answer becomes facts that can be stored, or is not understood', () => {
  let made = 0
  fc.assert(
    fc.property(
      broken(() => ({ results: [executionOf('x1', start)] })),
      anything,
      (answer, name) => {
        const history = History.safeParse(answer)
        if (!history.success) return
        const environment = {
          id: 'e1',
          name: typeof name === 'string' ? name : JSON.stringify(name),
          mode: 'PRODUCTION',
          project: { id: 'p1', name: 'shop' },
        }
        for (const execution of history.data.results ?? []) {
          const facts = toldBy(execution, environment, options, 'q').flatMap(({ fact }) => fact ?? [])
          expectValid(facts)
          made += facts.length
        }
      },
    ),
    { numRuns: 2000 },
  )
  expect(made).toBeGreaterThan(200)
})

test('any delivery is taken or refused as invalid', () => {
  const sent = () => ({ event_type: 'DEPLOYMENT_FAILURE', payload: { environment: { id: 'e1', mode: 'STAGING' } } })
  fc.assert(
    fc.property(fc.oneof(broken(sent), anything), (body) => {
      const delivery = { headers: { 'qovery-secret': 's' }, query: {}, body: Buffer.from(JSON.stringify(body)) }
      try {
        if (qoveryReceiver.accept(options, delivery).keep) expect(qoveryReceiver.read(options, delivery).changed).toHaveLength(1)
      } catch (error) {
        if (!(error instanceof ShiplogError) || error.code !== 'invalid') throw error
      }
    }),
  )
})
