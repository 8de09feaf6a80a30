/** Webhook deliveries as GitHub sends them: https://docs.github.com/en/webhooks/webhook-events-and-payloads */
import { createHmac } from 'node:crypto'
import { nodeId, organizationJson, repositoryJson, userJson } from './repository-json.ts'
import { accountOf, nextId, oidOf, type Repository, type World } from './world.ts'

/** The guid names the event: a second delivery of the same event carries the same one. */
export interface WebhookEvent {
  name: string
  guid: string
  payload: Record<string, unknown>
}

/** What a call of the functions that change the world made, and the webhooks that GitHub would send for it, in order. */
export interface Change<Item> {
  item: Item
  events: WebhookEvent[]
}

export interface Delivery {
  headers: Record<string, string>
  body: string
}

/** The payload is a snapshot: later changes of the world do not show in it. */
export function webhookEvent(
  world: World,
  repository: Repository,
  name: string,
  fields: Record<string, unknown>,
  sender: string | null,
): WebhookEvent {
  const payload: Record<string, unknown> = { repository: repositoryJson(world, repository), ...fields }
  if (accountOf(world, repository.owner).type === 'Organization') payload.organization = organizationJson(world, repository.owner)
  payload.sender = userJson(world, sender ?? repository.owner)
  return { name, guid: guidOf(world), payload: structuredClone(payload) }
}

export function pingEvent(world: World, repository: Repository): WebhookEvent {
  const config = { content_type: 'json', insecure_ssl: '0', url: 'https://shiplog.example/webhooks/github' }
  const hook = { type: 'Repository', id: 109948940, name: 'web', active: true, events: ['*'], config }
  return webhookEvent(world, repository, 'ping', { zen: 'Design for failure.', hook_id: hook.id, hook }, repository.owner)
}

export interface DeliveryOptions {
  /** With it the body is signed; the old SHA-1 signature comes along as it does from GitHub. */
  secret?: string
  hookId?: number
  /** Of the App whose webhook it is, which then is named in the body. */
  installationId?: number
}

export function deliver(event: WebhookEvent, options: DeliveryOptions = {}): Delivery {
  const id = options.installationId
  const installation = id === undefined ? {} : { installation: { id, node_id: nodeId('IN', id) } }
  const body = JSON.stringify({ ...event.payload, ...installation })
  const headers: Record<string, string> = {
    Accept: '*/*',
    'Content-Type': 'application/json',
    'User-Agent': 'GitHub-Hookshot/044aadd',
    'X-GitHub-Delivery': event.guid,
    'X-GitHub-Event': event.name,
    'X-GitHub-Hook-ID': String(options.hookId ?? 109948940),
    'X-GitHub-Hook-Installation-Target-Type': id === undefined ? 'repository' : 'integration',
  }
  if (options.secret === undefined) return { headers, body }
  const sign = (algorithm: string, secret: string) => createHmac(algorithm, secret).update(body).digest('hex')
  headers['X-Hub-Signature'] = `sha1=${sign('sha1', options.secret)}`
  headers['X-Hub-Signature-256'] = `sha256=${sign('sha256', options.secret)}`
  return { headers, body }
}

function guidOf(world: World): string {
  return oidOf(`delivery ${nextId(world)}`).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5')
}
