/** Takes the webhook notifications of AWX, and what the callback of ansible-playbook sends. */
import { ShiplogError } from '../../errors.ts'
import { bodyKey, checked, jsonOf } from '../delivery-body.ts'
import { checkSender } from '../signatures.ts'
import type { Accepted, Arriving, Delivery, Filing, Received, Receiver } from '../source.ts'
import type { AnsibleOptions } from './options.ts'
import { Notification, Playbook } from './payloads.ts'
import { judgeRun, ruleFor, toldNotification, toldPlaybook } from './to-facts.ts'

export const ansibleReceiver = { accept, read } satisfies Receiver<AnsibleOptions>

type Understood = { kind: 'playbook'; playbook: Playbook } | { kind: 'notification'; notification: Notification } | { kind: 'test' }

function accept(options: AnsibleOptions, delivery: Arriving): Accepted {
  checkSender(options.webhook, delivery)
  const told = understood(delivery)
  const key = bodyKey(delivery)
  const refused = (reply: string) => ({ key, keep: false, reply })
  if (told.kind === 'test') return refused('Connected.')
  if (told.kind === 'notification' && isNoJob(told.notification))
    return refused('This is no job of a playbook; the jobs in a workflow tell of themselves.')
  const template = told.kind === 'playbook' ? told.playbook.playbook : told.notification.name
  if (ruleFor(options, template) === undefined) return refused(`No rule takes ${template.slice(0, 200)}.`)
  if (told.kind === 'playbook' && told.playbook.check === true) return refused('A run that only checks is no deployment.')
  return { key, keep: true, reply: null }
}

function read(options: AnsibleOptions, delivery: Delivery, filing: Filing): Received {
  const told = understood(delivery)
  if (told.kind === 'test' || (told.kind === 'notification' && isNoJob(told.notification))) return { facts: [], changed: [] }
  if (told.kind === 'notification' && options.url !== undefined) return { facts: [], changed: [String(told.notification.id)] }
  const run = told.kind === 'playbook' ? toldPlaybook(told.playbook) : toldNotification(told.notification)
  const { fact } = judgeRun(run, options, filing.sourceId)
  return { facts: fact === null ? [] : [fact], changed: [] }
}

function understood(delivery: Pick<Delivery, 'body'>): Understood {
  const value = jsonOf(delivery)
  if (value === null || typeof value !== 'object') throw new ShiplogError('invalid', 'The delivery is no object of JSON.')
  if ('shiplog' in value) return { kind: 'playbook', playbook: checked(Playbook, value, 'the callback of ansible-playbook') }
  // What AWX sends when a person tries the notification.
  if (!('id' in value) && 'body' in value && typeof value.body === 'string') return { kind: 'test' }
  return { kind: 'notification', notification: checked(Notification, value, 'AWX') }
}

/** Workflows, updates of projects and the like have addresses of their own. */
function isNoJob({ url }: Notification): boolean {
  const kind = /#\/jobs\/([a-z_]+)\//.exec(url ?? '')?.[1]
  return kind !== undefined && kind !== 'playbook'
}
