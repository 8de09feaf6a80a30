/** Takes what the Notification plugin of Jenkins sends. */

import { ShiplogError } from '../../errors.ts'
import { bodyKey, payloadOf } from '../delivery-body.ts'
import { commitId, webAddress } from '../fact-text.ts'
import { checkSender } from '../signatures.ts'
import type { Accepted, Arriving, Delivery, Filing, Received, Receiver } from '../source.ts'
import { branchOf, type Job, nameOf, parentOf } from './job-names.ts'
import type { JenkinsOptions } from './options.ts'
import { Notification } from './payloads.ts'
import { judgeBuild, parametersOf, plainBranch, rulesFor, type ToldBuild } from './to-facts.ts'

export const jenkinsReceiver = { accept, read } satisfies Receiver<JenkinsOptions>

function accept(options: JenkinsOptions, delivery: Arriving): Accepted {
  checkSender(options.webhook, delivery)
  const { job, notification } = understood(delivery)
  const { phase } = notification.build
  const key = bodyKey(delivery)
  const refused = (reply: string) => ({ key, keep: false, reply })
  if (phase === 'QUEUED' || phase === 'NONE') return refused(`The phase ${phase} is not needed.`)
  if (rulesFor(options, job).length === 0) return refused('No rule takes this job.')
  return { key, keep: true, reply: null }
}

function read(options: JenkinsOptions, delivery: Delivery, filing: Filing): Received {
  const { job, notification } = understood(delivery)
  const rules = rulesFor(options, job)
  if (rules.length === 0) return { facts: [], changed: [] }
  if (options.url !== undefined) return { facts: [], changed: [`${job.name}#${notification.build.number}`] }
  if (rules[0]?.stage !== undefined) {
    throw new ShiplogError(
      'invalid',
      'The rule names a stage, of which a notification says nothing. Write url, user and token, so that Jenkins can be asked for it.',
    )
  }
  const judged = judgeBuild(toldBy(job, notification), rules, [], options, filing.sourceId)
  return { facts: judged.flatMap(({ fact }) => fact ?? []), changed: [] }
}

function understood(delivery: Pick<Delivery, 'body'>): { job: Job; notification: Notification } {
  const notification = payloadOf(Notification, delivery, 'the Notification plugin')
  const name = nameOf(notification.url)
  if (name === null) {
    throw new ShiplogError('invalid', 'The delivery of the Notification plugin names no job: url: must be such as job/acme/job/shop/.')
  }
  return { job: { name, isBranch: isBranch(name, notification) }, notification }
}

/** A notification does not say so: a branch of a multibranch project is a job in a folder that has the name of the branch. */
function isBranch(name: string, { build: { scm } }: Notification): boolean {
  if (parentOf(name) === '') return false
  const branch = branchOf(name)
  return /^(?:PR|MR)-\d+(?:-(?:head|merge))?$/.test(branch) || (scm?.branch != null && plainBranch(scm.branch) === branch)
}

/** The phase STARTED tells when the build began, COMPLETED when it ended, and FINALIZED moments after that. */
function toldBy(job: Job, { build }: Notification): ToldBuild {
  const isOver = build.phase === 'COMPLETED' || build.phase === 'FINALIZED'
  const startedAt = Math.max(0, build.timestamp - (isOver ? (build.duration ?? 0) : 0))
  return {
    job,
    number: build.number,
    url: webAddress(build.full_url),
    isPipeline: false,
    startedAt,
    finishedAt: isOver ? build.timestamp : null,
    result: build.status ?? null,
    checkout: {
      remote: build.scm?.url ?? undefined,
      branch: build.scm?.branch == null ? undefined : plainBranch(build.scm.branch),
      commit: commitId(build.scm?.commit),
    },
    parameters: parametersOf(Object.entries(build.parameters ?? {})),
    causes: [],
  }
}
