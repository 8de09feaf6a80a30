/** Takes what Kibana's webhook connector and the webhook action of Watcher send. */
import { ShiplogError } from '../../errors.ts'
import { bodyKey, jsonOf } from '../delivery-body.ts'
import { checkSender } from '../signatures.ts'
import type { Accepted, Arriving, Delivery, Filing, Received, Receiver } from '../source.ts'
import type { ElasticOptions } from './options.ts'
import { type Document, flatten, instantOf } from './payloads.ts'
import { type Reading, readAlert, readWatch } from './to-facts.ts'

export const elasticReceiver = { accept, read } satisfies Receiver<ElasticOptions>

/** What one body may hold, of a summary of alerts. */
const mostAlerts = 1000

function accept({ webhook }: ElasticOptions, delivery: Arriving): Accepted {
  checkSender(webhook, delivery)
  const documents = documentsOf(delivery)
  const key = bodyKey(delivery)
  if (documents.length === 0) return { key, keep: false, reply: 'It holds no alert.' }
  if (documents.some((document) => document['kibana.alert.uuid'] === undefined && document.watch_id === undefined)) {
    throw new ShiplogError(
      'invalid',
      'The body says neither kibana.alert.uuid nor watch_id. Use the body that docs/sources/elastic.md shows for Kibana or for Watcher.',
    )
  }
  return { key, keep: true, reply: null }
}

function read(options: ElasticOptions, delivery: Delivery, { sourceId }: Filing): Received {
  const received: Received = { facts: [], changed: [] }
  for (const document of documentsOf(delivery)) {
    const uuid = document['kibana.alert.uuid']
    if (uuid !== undefined && options.url !== undefined && !isComplete(document)) {
      received.changed.push(uuid)
      continue
    }
    const reading: Reading = uuid === undefined ? readWatch(options, sourceId, document) : readAlert(options, sourceId, document)
    if ('fact' in reading) received.facts.push(reading.fact)
  }
  return received
}

/** Older Kibana does not tell an action when its alert began; the alert's document does. */
function isComplete(document: Document): boolean {
  return instantOf(document['kibana.alert.start']) !== undefined && document['kibana.alert.status'] !== undefined
}

/** One alert, or a list of them under `alerts`, each under the names that its document has. */
function documentsOf(delivery: Pick<Delivery, 'body'>): Document[] {
  const body = jsonOf(delivery)
  if (body === null || typeof body !== 'object' || Array.isArray(body)) {
    throw new ShiplogError('invalid', 'The body is not a JSON object. Use the body that docs/sources/elastic.md shows.')
  }
  // The whole context of a watch, as {{#toJson}}ctx{{/toJson}} writes it, may stand alone or under its name.
  const { alerts, ctx } = body as { alerts?: unknown; ctx?: unknown }
  if (Array.isArray(alerts)) return alerts.slice(0, mostAlerts).map(flatten)
  if (ctx !== null && typeof ctx === 'object') return [{ ...flatten(ctx), ...flatten({ ...body, ctx: undefined }) }]
  return [flatten(body)]
}
