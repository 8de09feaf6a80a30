/** Takes the notifications of Argo CD. */
import { bodyKey, payloadOf } from '../delivery-body.ts'
import { checkSender } from '../signatures.ts'
import type { Accepted, Arriving, Delivery, Filing, Received, Receiver } from '../source.ts'
import type { ArgocdOptions } from './options.ts'
import { Notification } from './payloads.ts'
import { appFacts } from './to-facts.ts'

export const argocdReceiver = { accept, read } satisfies Receiver<ArgocdOptions>

function accept({ webhook }: ArgocdOptions, delivery: Arriving): Accepted {
  checkSender(webhook, delivery)
  return { key: bodyKey(delivery), keep: true, reply: null }
}

function read(options: ArgocdOptions, delivery: Delivery, { sourceId }: Filing): Received {
  const { app } = payloadOf(Notification, delivery, 'an application')
  if (options.projects !== undefined && !options.projects.includes(app.spec?.project ?? '')) return { facts: [], changed: [] }
  // Older ones are known from their own notifications, which told more.
  return { facts: appFacts(app, options, sourceId).slice(-2), changed: [] }
}
