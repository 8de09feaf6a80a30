/** Takes the deliveries of GitHub's webhooks: checks who sends, and reads what has changed. */
import { z } from 'zod'
import { ShiplogError } from '../../errors.ts'
import { isHexHmac } from '../signatures.ts'
import type { Accepted, Delivery, Received, Receiver } from '../source.ts'
import type { GithubOptions } from './options.ts'

const Repository = z.object({ id: z.int(), full_name: z.string() })
const Node = z.object({ node_id: z.string() })

/** Just what names the thing that changed; the thing itself is asked for, so that it is the same as when it is polled. */
const payloads = {
  deployment: z.object({ repository: Repository, deployment: Node }),
  deployment_status: z.object({ repository: Repository, deployment: Node }),
  issues: z.object({ repository: Repository, action: z.string(), issue: Node.extend({ number: z.int() }) }),
  pull_request: z.object({ repository: Repository, pull_request: Node.extend({ merged_at: z.string().nullish() }) }),
  pull_request_review: z.object({ repository: Repository, pull_request: Node.extend({ merged_at: z.string().nullish() }) }),
  push: z.object({ repository: Repository }),
  release: z.object({ repository: Repository, action: z.string(), release: Node.extend({ tag_name: z.string() }) }),
  workflow_run: z.object({ repository: Repository, workflow_run: z.object({ id: z.int() }) }),
}
type Event = keyof typeof payloads

/** As the settings of a webhook name them. */
const titles: Record<Event, string> = {
  push: 'Pushes',
  pull_request: 'Pull requests',
  pull_request_review: 'Pull request reviews',
  deployment: 'Deployments',
  deployment_status: 'Deployment statuses',
  release: 'Releases',
  workflow_run: 'Workflow runs',
  issues: 'Issues',
}

/** What a delivery says has changed, as text: the repository, the kind of thing, and its id there. */
const Changed = z.tuple([
  z.coerce.number().int(),
  z.enum(['pull', 'deployment', 'issue', 'release', 'run', 'push', 'gone-issue', 'gone-release']),
  z.string(),
])
export type Changed = z.output<typeof Changed>

export function parseChanged(text: string): Changed | null {
  const [id, kind, ...rest] = text.split(' ')
  return Changed.safeParse([id, kind, rest.join(' ')]).data ?? null
}

export const githubReceiver = { accept, read } satisfies Receiver<GithubOptions>

function accept(options: GithubOptions, delivery: Delivery): Accepted {
  checkSignature(options, delivery)
  const key = delivery.headers['x-github-delivery'] ?? ''
  if (!/^[\w-]{1,100}$/.test(key)) {
    throw new ShiplogError(
      'invalid',
      'The header X-GitHub-Delivery is missing. Let GitHub send this, as a webhook of the content type application/json.',
    )
  }
  const event = delivery.headers['x-github-event'] ?? ''
  if (event === 'ping') return { key, keep: false, reply: pingReply(options, delivery) }
  if (!isEvent(event)) return { key, keep: false, reply: `The event ${event.slice(0, 50)} is not needed.` }
  return { key, keep: true, reply: null }
}

/** GitHub signs the bytes that it sends with the secret that both sides know. */
function checkSignature({ webhookSecret }: GithubOptions, { headers, body }: Delivery): void {
  const given = /^sha256=(.+)$/.exec(headers['x-hub-signature-256'] ?? '')?.[1]
  if (given !== undefined && isHexHmac([given], body, webhookSecret)) return
  throw new ShiplogError('unauthorized', 'The signature is missing or is not made with the secret of this source.')
}

function read(_options: GithubOptions, delivery: Delivery): Received {
  const event = delivery.headers['x-github-event'] ?? ''
  if (!isEvent(event)) return { facts: [], changed: [] }
  const parsed = payloads[event].safeParse(bodyOf(delivery))
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw new ShiplogError('invalid', `The delivery of ${event} is not as GitHub describes it: ${issue?.path.join('.')} ${issue?.message}.`)
  }
  return { facts: [], changed: changedBy(event, parsed.data) }
}

function changedBy(event: Event, payload: z.output<(typeof payloads)[Event]>): string[] {
  const { id } = payload.repository
  if ('deployment' in payload) return [`${id} deployment ${payload.deployment.node_id}`]
  if ('issue' in payload) {
    // A deleted or moved issue cannot be asked for.
    const isGone = payload.action === 'deleted' || payload.action === 'transferred'
    return [isGone ? `${id} gone-issue ${payload.issue.number}` : `${id} issue ${payload.issue.node_id}`]
  }
  if ('pull_request' in payload) {
    // What is not merged is no change yet; its merge says so by an event of its own.
    return payload.pull_request.merged_at ? [`${id} pull ${payload.pull_request.node_id}`] : []
  }
  if ('release' in payload) {
    const isGone = payload.action === 'deleted'
    return [isGone ? `${id} gone-release ${payload.release.tag_name}` : `${id} release ${payload.release.node_id}`]
  }
  if ('workflow_run' in payload) return [`${id} run ${payload.workflow_run.id}`]
  return event === 'push' ? [`${id} push`] : []
}

function isEvent(event: string): event is Event {
  return Object.hasOwn(payloads, event)
}

/** JSON, or a form with the JSON in its field `payload`. */
function bodyOf({ headers, body }: Delivery): unknown {
  const text = Buffer.from(body).toString('utf8')
  const json = /^application\/x-www-form-urlencoded/i.test(headers['content-type'] ?? '') ? new URLSearchParams(text).get('payload') : text
  try {
    return JSON.parse(json ?? '')
  } catch {
    throw new ShiplogError('invalid', 'The body of the delivery is not JSON.')
  }
}

const Ping = z.object({ hook: z.object({ events: z.array(z.string()) }) })

/** Which events to tick for what is configured. */
function pingReply(options: GithubOptions, delivery: Delivery): string {
  const needed = neededEvents(options)
  const events = Ping.safeParse(bodyOf(delivery)).data?.hook.events ?? []
  if (events.includes('*')) return 'Connected. Everything is sent, which is more than is needed; it does no harm.'
  const missing = needed.filter((event) => !events.includes(event))
  if (missing.length === 0) return 'Connected. All events that are needed are ticked.'
  return `Connected. Tick also, under "Let me select individual events": ${missing.map((event) => titles[event]).join(', ')}.`
}

function neededEvents({ deployments, incidents, overrides }: GithubOptions): Event[] {
  const rules = [deployments, ...overrides.flatMap((override) => (override.deployments === undefined ? [] : [override.deployments]))].flat()
  const needed: Event[] = ['push', 'pull_request', 'pull_request_review']
  if (rules.some((rule) => 'environments' in rule)) needed.push('deployment', 'deployment_status')
  if (rules.some((rule) => 'releases' in rule)) needed.push('release')
  if (rules.some((rule) => 'workflow' in rule)) needed.push('workflow_run')
  if (incidents !== false || overrides.some((override) => override.incidents)) needed.push('issues')
  return needed
}
