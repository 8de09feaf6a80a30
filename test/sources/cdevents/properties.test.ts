/** What holds of the CDEvents source whatever it is sent. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ShiplogError } from '../../../server/errors.ts'
import { cdeventsReceiver } from '../../../server/sources/cdevents/receive.ts'
import { type AnyEvent, binary, event, optionsOf, plain, structured } from '../../support/cdevents-things.ts'
import { expectValid } from '../../support/valid-facts.ts'

const options = optionsOf({
  deployments: { runs: [{ pipeline: '.' }, { task: '.' }] },
  incidents: { culprit: 'artifact' },
  service: ['service', 'artifact.name', 'pipeline', 'customData.a'],
})

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.constantFrom('production', 'pkg:oci/a@1', '2026-01-05T09:00:00Z', 'https://x.example', '\0', '\ud800', ' '),
  fc.integer({ min: 400, max: 3000 }).map((length) => '\u{1f600}'.repeat(length / 2)),
)
const anything = fc.oneof(text, fc.jsonValue({ maxDepth: 2 }))
const kinds = [
  'service.deployed',
  'service.rolledback',
  'pipelinerun.started',
  'pipelinerun.finished',
  'taskrun.finished',
  'change.merged',
  'incident.detected',
  'incident.reported',
  'incident.resolved',
]

const place = fc.record({ id: text, source: text }, { requiredKeys: ['id'] })
const content = fc.record(
  {
    environment: place,
    artifactId: text,
    description: text,
    service: place,
    ticketURI: text,
    pipelineName: text,
    taskName: text,
    uri: text,
    outcome: text,
    repository: place,
  },
  { requiredKeys: [] },
)
const time = fc.constantFrom(
  '2026-01-05T09:00:00Z',
  '2026-01-05T10:00:00.123456+02:00',
  '0001-01-01T00:00:00Z',
  '9998-12-31T23:59:59Z',
  '9999-12-31T23:59:59Z',
)
/** Mostly as the specification has it, with values that nobody would expect. */
const events: fc.Arbitrary<AnyEvent> = fc
  .tuple(fc.constantFrom(...kinds), content, time, text, text, fc.option(fc.oneof(fc.dictionary(text, anything), text), { nil: undefined }))
  .map(([kind, inner, at, id, subject, customData]) => {
    const needed = { 'service.deployed': ['environment', 'artifactId'], 'pipelinerun.started': ['pipelineName', 'uri'] }[kind] ?? []
    const known = kind.startsWith('service')
      ? ['environment', 'artifactId']
      : kind.startsWith('change')
        ? ['repository']
        : kind.startsWith('pipeline')
          ? ['pipelineName', 'uri']
          : kind.startsWith('task')
            ? ['taskName', 'uri', 'outcome']
            : ['environment', 'description', 'service', 'artifactId', 'ticketURI']
    const defaults: AnyEvent = { environment: { id: 'production' }, artifactId: 'a', pipelineName: 'p', uri: 'u' }
    const kept = Object.fromEntries(
      [...known, ...needed].flatMap((name) => {
        const value = (inner as AnyEvent)[name] ?? (needed.includes(name) || name === 'environment' ? defaults[name] : undefined)
        return value === undefined ? [] : [[name, value]]
      }),
    )
    return event(kind, kept, { at, id, subject, customData })
  })

/** With any value in the place of one that is right. */
const broken = fc.tuple(events, fc.nat(), anything).map(([one, number, value]) => {
  const places = [...placesIn(one)]
  const [parent, key] = places[number % places.length] ?? [one, 'context']
  parent[key] = value
  return one
})

function* placesIn(value: AnyEvent): Generator<[AnyEvent, string]> {
  if (typeof value !== 'object' || value === null) return
  for (const key of Object.keys(value)) {
    yield [value, key]
    yield* placesIn(value[key])
  }
}

test('any event becomes facts that can be stored, or is refused as invalid', () => {
  let told = 0
  fc.assert(
    fc.property(fc.oneof(events, events, broken, anything), fc.constantFrom(plain, structured, binary), (value, send) => {
      const delivery =
        typeof value === 'object' && value !== null && 'context' in value && 'subject' in value ? sent(send, value) : plain(value)
      try {
        cdeventsReceiver.accept(options, delivery)
        const { facts } = cdeventsReceiver.read(options, delivery, { sourceId: 's', service: 's', receivedAt: 0 })
        expectValid(facts)
        told += facts.length
        for (const fact of facts)
          if (fact.kind === 'incident' || fact.kind === 'deployment') expectValid([cdeventsReceiver.join(fact, fact)])
      } catch (error) {
        if (!(error instanceof ShiplogError) || error.code !== 'invalid') throw error
      }
    }),
    { numRuns: 2000 },
  )
  expect(told).toBeGreaterThan(300)
})

/** Headers hold no such texts as these events may: then it comes without them. */
function sent(send: typeof plain, value: AnyEvent) {
  try {
    return send(value)
  } catch {
    return plain(value)
  }
}
