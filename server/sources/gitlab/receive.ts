/** Takes the deliveries of GitLab's webhooks: checks who sends, and reads what has changed. */
import { z } from 'zod'
import { ShiplogError } from '../../errors.ts'
import { bodyKey, payloadOf } from '../delivery-body.ts'
import { checkStandardWebhook, equal } from '../signatures.ts'
import type { Accepted, Arriving, Delivery, Received, Receiver } from '../source.ts'
import type { GitlabOptions } from './options.ts'

const Id = z.int().nonnegative()
const Project = z.object({ id: Id })

/** Just what names the thing that changed; the thing itself is asked for, so that it is the same as when it is polled. */
const ofDeployment = z.object({ project: Project, deployment_id: Id })
const ofMerge = z.object({ project: Project, object_attributes: z.object({ iid: Id, state: z.string().nullish() }) })
const ofIssue = z.object({ project: Project, object_attributes: z.object({ iid: Id }) })
const ofPush = z.object({ project_id: Id })
const ofPipeline = z.object({ project: Project, object_attributes: z.object({ id: Id }) })
const ofJob = z.object({ project_id: Id, pipeline_id: Id })
const Body = z.object({ object_kind: z.string() })

/** The events of the header X-Gitlab-Event that are read; a system hook says by its body what it is. */
const events =
  /^(?:Deployment|Merge Request|Issue|Confidential Issue|Work Item|Confidential Work Item|Incident|Push|Tag Push|Pipeline|Job|Build|System) Hook$/

/** What a delivery says has changed, as text: the project, the kind of thing, and its id there. */
const Changed = z.tuple([
  z.coerce.number().int().nonnegative(),
  z.enum(['deployment', 'merge', 'issue', 'push', 'pipeline']),
  z.coerce.number().int().nonnegative(),
])
export type Changed = z.output<typeof Changed>

export function parseChanged(text: string): Changed | null {
  return Changed.safeParse(text.split(' ')).data ?? null
}

export const gitlabReceiver = { accept, read } satisfies Receiver<GitlabOptions>

function accept(options: GitlabOptions, delivery: Arriving, now: Date): Accepted {
  const { headers } = delivery
  checkToken(options, delivery, now)
  const event = headers['x-gitlab-event'] ?? ''
  if (event === '') throw new ShiplogError('invalid', 'The header X-Gitlab-Event is missing. Let GitLab send this, as a webhook.')
  const key = headers['idempotency-key'] ?? headers['webhook-id'] ?? bodyKey(delivery)
  if (!events.test(event)) return { key, keep: false, reply: `The event ${event.slice(0, 50)} is not needed.` }
  if (/^(?:Pipeline|Job|Build) /.test(event) && !wantsJobs(options))
    return { key, keep: false, reply: `The event ${event} is not needed: no rule of this source looks at jobs.` }
  return { key, keep: true, reply: null }
}

/** One that is signed shows it by its signature, another by the secret token. */
function checkToken({ webhook }: GitlabOptions, delivery: Arriving, now: Date): void {
  const { headers } = delivery
  if (webhook?.secret !== undefined && headers['webhook-signature'] !== undefined) {
    checkStandardWebhook(webhook.secret, delivery, now)
    return
  }
  const given = headers['x-gitlab-token']
  const tokens = webhook?.token === undefined ? [] : [webhook.token].flat()
  if (given !== undefined && tokens.some((token) => equal(given, token))) return
  throw new ShiplogError('unauthorized', 'The sender shows neither the secret token nor a signature of this source.')
}

function wantsJobs({ deployments }: GitlabOptions): boolean {
  return deployments !== true && 'jobs' in deployments
}

function read(options: GitlabOptions, delivery: Delivery): Received {
  const { object_kind: kind } = payloadOf(Body, delivery, 'GitLab')
  const changed = changedBy(options, kind, delivery)
  return { facts: [], changed: changed === null ? [] : [changed] }
}

/** Null where it changes nothing that counts. */
function changedBy(options: GitlabOptions, kind: string, delivery: Delivery): string | null {
  if (kind === 'deployment') {
    const { project, deployment_id } = payloadOf(ofDeployment, delivery, 'a deployment')
    return options.deployments === true ? `${project.id} deployment ${deployment_id}` : null
  }
  if (kind === 'merge_request') {
    const { project, object_attributes: about } = payloadOf(ofMerge, delivery, 'a merge request')
    // What is not merged is no change yet; its merge says so by an event of its own.
    return about.state === 'merged' ? `${project.id} merge ${about.iid}` : null
  }
  // An incident is an issue.
  if (kind === 'issue' || kind === 'incident' || kind === 'work_item') {
    const { project, object_attributes: about } = payloadOf(ofIssue, delivery, 'an issue')
    return options.incidents === false ? null : `${project.id} issue ${about.iid}`
  }
  if (kind === 'push' || kind === 'tag_push') return `${payloadOf(ofPush, delivery, 'a push').project_id} push 0`
  if (kind === 'pipeline' && wantsJobs(options)) {
    const { project, object_attributes: about } = payloadOf(ofPipeline, delivery, 'a pipeline')
    return `${project.id} pipeline ${about.id}`
  }
  if (kind === 'build' && wantsJobs(options)) {
    const { project_id, pipeline_id } = payloadOf(ofJob, delivery, 'a job')
    return `${project_id} pipeline ${pipeline_id}`
  }
  return null
}
