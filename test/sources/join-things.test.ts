import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { eventOf } from '../../server/sources/cdevents/specification.ts'
import { factsOf } from '../../server/sources/cdevents/to-facts.ts'
import { joinThings as join } from '../../server/sources/join-things.ts'
import type { Thing } from '../../server/sources/source.ts'
import { event, optionsOf } from '../support/cdevents-things.ts'

const start = Date.UTC(2026, 0, 5, 9)
const minutes = (n: number) => start + n * 60_000

const joinThings = (one: Thing, other: Thing) => join('first', one, other)

/** The fact of an event so many minutes after the start. */
function thing(kind: string, after: number, more: object = {}): Thing {
  const isRun = kind.startsWith('pipelinerun')
  const place = kind.startsWith('change') ? {} : { environment: { id: 'production' } }
  const content = isRun
    ? { pipelineName: 'deploy', uri: 'https://ci.example.org/7', ...more }
    : { ...place, ...(kind === 'incident.reported' ? { ticketURI: 'https://issues.example.org/7' } : {}), ...more }
  const value = event(kind, content, { at: new Date(minutes(after)).toISOString(), subject: '7' })
  const [fact] = factsOf(eventOf(value), optionsOf({ deployments: { runs: [{ pipeline: 'deploy' }] } }), {
    sourceId: 's',
    service: 's',
  }) as Thing[]
  if (fact === undefined) throw new Error(`${kind} tells nothing`)
  return fact
}

/** What is known after these came in every order. */
function expectAlways(things: Thing[], expected: object): void {
  const orders = fc.shuffledSubarray(things, { minLength: things.length })
  fc.assert(
    fc.property(orders, (order) => {
      expect(order.reduce(joinThings)).toMatchObject(expected)
      expect([...order, ...order].reduce(joinThings)).toMatchObject(expected)
    }),
  )
}

describe('an incident, in whichever order its events come', () => {
  const detected = thing('incident.detected', 0, { description: 'Slow', service: { id: 'shop' } })
  const reported = thing('incident.reported', 5, { description: 'Customers complain' })
  const resolved = thing('incident.resolved', 30, { description: 'Fast again' })

  test('lasts from its detection to its resolution, and has the page of its report', () => {
    expect([detected, resolved].reduce((one, other) => join('last', one, other))).toMatchObject({ title: 'Fast again', service: 'shop' })
    expectAlways([detected, reported, resolved], {
      title: 'Slow',
      service: 'shop',
      openedAt: start,
      resolvedAt: minutes(30),
      updatedAt: minutes(30),
      url: 'https://issues.example.org/7',
    })
  })

  test('is not opened anew by a report that is written when it is over', () => {
    expectAlways([detected, resolved, thing('incident.reported', 90)], { openedAt: start, resolvedAt: minutes(30) })
  })

  test('is open again where it is detected again, and over where it is resolved again', () => {
    const again = thing('incident.detected', 60)
    expectAlways([detected, resolved, again], { openedAt: start, updatedAt: minutes(60) })
    expect([detected, resolved, again].reduce(joinThings)).not.toHaveProperty('resolvedAt')
    expectAlways([detected, resolved, again, thing('incident.resolved', 70)], { openedAt: start, resolvedAt: minutes(70) })
  })

  test('of which only the end is known began then', () => {
    expectAlways([resolved], { openedAt: minutes(30), resolvedAt: minutes(30) })
  })
})

describe('a run, in whichever order its events come', () => {
  const started = thing('pipelinerun.started', 0)

  test('lasts from its start to its end', () => {
    const ended = thing('pipelinerun.finished', 3, { outcome: 'failure' })
    expectAlways([started, ended], { status: 'failed', startedAt: start, finishedAt: minutes(3), updatedAt: minutes(3) })
  })

  test('that has ended stays so, even by clocks that differ', () => {
    const ended = thing('pipelinerun.finished', -1, { outcome: 'success' })
    expectAlways([started, ended], { status: 'succeeded', startedAt: minutes(-1), finishedAt: minutes(-1) })
  })
})

test('of a change the later version stands', () => {
  const [one, other] = [thing('change.merged', 0), thing('change.merged', 1)]
  expect(joinThings(other, one)).toBe(other)
  expect(joinThings(one, other)).toBe(other)
})
