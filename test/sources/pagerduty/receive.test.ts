import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { z } from 'zod'
import { ShiplogError } from '../../../server/errors.ts'
import { PagerdutyOptions } from '../../../server/sources/pagerduty/options.ts'
import { Incident, LogEntry } from '../../../server/sources/pagerduty/payloads.ts'
import { pagerdutyReceiver, parseChanged } from '../../../server/sources/pagerduty/receive.ts'
import { factOf } from '../../../server/sources/pagerduty/to-facts.ts'
import type { Arriving } from '../../../server/sources/source.ts'
import { incident, optionsOf, resolved, sound } from '../../support/pagerduty-things.ts'

const secret = 'known-to-both-sides'
const sign = (body: string, by = secret) => `v1=${createHmac('sha256', by).update(body).digest('hex')}`

function delivery(body: unknown, signature?: string): Arriving {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return { headers: { 'x-pagerduty-signature': signature ?? sign(text) }, query: {}, body: Buffer.from(text) }
}

const event = (type: string, data: unknown = { id: 'Q1', type: 'incident' }) => ({ event: { id: '01ABC', event_type: type, data } })
const accept = (arriving: Arriving, fields: object = { webhook: { secret } }) =>
  pagerdutyReceiver.accept(optionsOf(fields as never), arriving)

function codeOf(work: () => unknown): string | null {
  try {
    work()
    return null
  } catch (error) {
    if (!(error instanceof ShiplogError)) throw error
    return error.code
  }
}

describe('the signature', () => {
  test('is over the bytes of the body', () => {
    expect(accept(delivery(event('incident.triggered')))).toEqual({ key: '01ABC', keep: true, reply: null })
  })

  test('may be one of several, made with one of two secrets, while they are exchanged', () => {
    const body = JSON.stringify(event('incident.resolved'))
    expect(accept(delivery(body, `${sign(body, 'old')}, ${sign(body)}`)).keep).toBe(true)
    expect(accept(delivery(body), { webhook: { secret: ['next', secret] } }).keep).toBe(true)
  })

  test.each<[string, string | undefined, object?]>([
    ['with another secret', sign(JSON.stringify(event('incident.triggered')), 'another')],
    ['without one', ''],
    ['of another kind', sign(JSON.stringify(event('incident.triggered'))).replace('v1', 'v0')],
    ['where no secret is agreed', undefined, {}],
  ])('%s is refused', (_, signature, fields = { webhook: { secret } }) => {
    expect(codeOf(() => accept(delivery(event('incident.triggered'), signature), fields))).toBe('unauthorized')
  })
})

describe('an event', () => {
  test.each([
    'incident.triggered',
    'incident.acknowledged',
    'incident.unacknowledged',
    'incident.resolved',
    'incident.reopened',
    'incident.priority_updated',
    'incident.service_updated',
  ])('%s names its incident', (type) => {
    expect(accept(delivery(event(type))).keep).toBe(true)
    expect(pagerdutyReceiver.read(optionsOf(), delivery(event(type)))).toEqual({ facts: [], changed: ['Q1'] })
  })

  test.each(['incident.annotated', 'service.updated', '__proto__'])('%s is not needed', (type) => {
    expect(accept(delivery(event(type)))).toMatchObject({ keep: false, reply: `The event ${type} is not needed.` })
    expect(pagerdutyReceiver.read(optionsOf(), delivery(event(type))).changed).toEqual([])
  })

  test('of a test says that it came', () => {
    expect(accept(delivery(event('pagey.ping', { type: 'ping' })))).toMatchObject({ keep: false, reply: 'Connected.' })
  })

  test.each(['{', [], {}, { event: { id: 1, event_type: 'incident.triggered' } }])('that is %j is none', (body) => {
    expect(codeOf(() => accept(delivery(body)))).toBe('invalid')
  })

  test('without an incident is not understood', () => {
    for (const data of [null, {}, { id: '../../users' }, { id: 1 }])
      expect(codeOf(() => pagerdutyReceiver.read(optionsOf(), delivery(event('incident.triggered', data))))).toBe('invalid')
  })
})

describe('whatever is sent', () => {
  const odd = fc.oneof(
    fc.jsonValue(),
    fc.constantFrom(null, '', '2026-01-05T10:00:00Z', '99999-01-01', 'resolved', '\0\ud83d'),
    fc.string({ unit: 'binary', maxLength: 3000 }),
  )

  test('is named, or refused', () => {
    const body = fc.record(
      {
        event: fc.oneof(
          fc.record(
            {
              id: fc.oneof(fc.string(), odd),
              event_type: fc.oneof(fc.constantFrom('incident.triggered', 'incident.resolved', 'pagey.ping'), odd),
              data: fc.oneof(fc.record({ id: fc.oneof(fc.constant('Q1'), odd) }), odd),
            },
            { requiredKeys: [] },
          ),
          odd,
        ),
      },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(
        fc.oneof(
          body.map((one) => JSON.stringify(one)),
          fc.json(),
          fc.string({ unit: 'binary' }),
        ),
        (text) => {
          const arriving = delivery(text)
          for (const work of [
            () => accept(arriving),
            () => pagerdutyReceiver.read(optionsOf(), arriving).changed.map((one) => expect(parseChanged(one)).not.toBeNull()),
          ])
            expect([null, 'invalid']).toContain(codeOf(work))
        },
      ),
      { numRuns: 1000 },
    )
  })

  test('answers are refused, or make facts that are taken', () => {
    const taken = <T>(shape: z.ZodType<T>, value: unknown) => shape.safeParse(value).data
    for (const whole of [incident('Q1'), resolved('Q1', '10:05', '11:00')]) {
      const twisted = fc.dictionary(fc.constantFrom(...Object.keys(whole)), odd, { maxKeys: 4 })
      fc.assert(
        fc.property(twisted, odd, (changed, time) => {
          const made = taken(Incident, { ...whole, ...changed })
          const entry = taken(LogEntry, { type: 'resolve_log_entry', created_at: time })
          if (made !== undefined)
            sound(factOf(made, entry === undefined ? [] : [entry], optionsOf({ service: ['title', 'service'] }), 'pager'))
        }),
        { numRuns: 1000 },
      )
    }
  })
})

test.each<[object, RegExp]>([
  [{}, /token|expected string/],
  [{ token: 'x', urgencies: ['severe'] }, /high/],
  [{ token: 'x', priorities: [] }, /must not be empty/],
  [{ token: 'x', webhook: { token: 'x' } }, /secret|unrecognized/i],
])('the options %j are refused', (options, message) => {
  expect(JSON.stringify(PagerdutyOptions.safeParse(options).error?.issues)).toMatch(message)
})
