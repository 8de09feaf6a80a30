/** Takes deliveries of CDEvents. */
import { ShiplogError } from '../../errors.ts'
import { bodyKey } from '../delivery-body.ts'
import { joinThings } from '../join-things.ts'
import { checkSender } from '../signatures.ts'
import type { Accepted, Arriving, Delivery, Filing, Received, Receiver } from '../source.ts'
import { type Attributes, enclosedIn, isSaid } from './cloud-events.ts'
import type { CdeventsOptions } from './options.ts'
import { type CdEvent, eventOf } from './specification.ts'
import { factsOf } from './to-facts.ts'

export const cdeventsReceiver = {
  accept,
  read,
  allowsOrigin: ({ origins }, origin) => origins === undefined || origins.some((one) => one.toLowerCase() === origin.toLowerCase()),
  // The end of an incident is described by what it is no more.
  join: (one, other) => joinThings('first', one, other),
} satisfies Receiver<CdeventsOptions>

/** Events that break the rules are refused at once: whoever sends them should know. */
function accept(options: CdeventsOptions, delivery: Arriving): Accepted {
  checkSender(options.webhook, delivery)
  const events = eventsOf(delivery)
  const reasons = events.map((event) => factsOf(event, options, { sourceId: '', service: '' })).filter((told) => typeof told === 'string')
  const keep = reasons.length < events.length
  return { key: keyOf(events, delivery), keep, reply: keep ? null : (reasons[0] ?? null) }
}

/** Source and id name an event, however often it is sent. */
function keyOf(events: CdEvent[], delivery: Delivery): string {
  const [first] = events
  return events.length === 1 && first !== undefined ? `${first.context.source} ${first.context.id}` : bodyKey(delivery)
}

function read(options: CdeventsOptions, delivery: Delivery, filing: Filing): Received {
  const told = eventsOf(delivery).map((event) => factsOf(event, options, filing))
  return { facts: told.flatMap((one) => (typeof one === 'string' ? [] : one)), changed: [] }
}

function eventsOf(delivery: Pick<Delivery, 'headers' | 'body'>): CdEvent[] {
  return enclosedIn(delivery).map(({ attributes, data }) => {
    const event = eventOf(data)
    checkSame(attributes, event)
    return event
  })
}

/** CDEvents 0.5, CloudEvents binding: what CloudEvents says of an event is what the event says of itself. */
function checkSame(attributes: Attributes, { context, subject }: CdEvent): void {
  const expected = { id: context.id, source: context.source, type: context.type, subject: subject.id }
  for (const [name, value] of Object.entries(expected)) {
    if (isSaid(attributes[name as keyof Attributes], value)) continue
    throw new ShiplogError('invalid', `The ${name} of the CloudEvent is not that of the CDEvent in it. Let the sender take it from there.`)
  }
}
