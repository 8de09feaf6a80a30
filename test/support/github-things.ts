/** Things as GitHub's API answers them and deliveries as it sends them, each complete but for what a test says of it. */
import { createHmac } from 'node:crypto'
import { GithubOptions } from '../../server/sources/github/options.ts'
import {
  Deployment,
  Issue,
  type PullCommit,
  PullCommits,
  PullRequest,
  Release,
  WorkflowJob,
  WorkflowRun,
} from '../../server/sources/github/payloads.ts'
import { type Rulings, rulingsFor } from '../../server/sources/github/rules.ts'
import type { Filing } from '../../server/sources/github/to-facts.ts'
import type { Delivery } from '../../server/sources/source.ts'

export const filing: Filing = { sourceId: 'hub', repository: 'acme/shop', web: 'https://github.com' }

type Fields = Record<string, unknown>

/** A commit id of one digit. */
export function sha(digit: number | string): string {
  return String(digit).repeat(40).slice(0, 40)
}

/** The instant of `HH:MM` or `HH:MM:SS` on 5 January 2026. */
export function at(time: string): number {
  return Date.parse(iso(time))
}

export function iso(time: string): string {
  return `2026-01-05T${time.length === 5 ? `${time}:00` : time}Z`
}

export function optionsOf(fields: Fields = {}): GithubOptions {
  return GithubOptions.parse({ owner: 'acme', token: 'ghp_test', ...fields })
}

/** The rules that hold for acme/shop. */
export function rulings(fields: Fields = {}, repository = 'acme/shop'): Rulings {
  return rulingsFor(optionsOf(fields), repository)
}

export function person(login: string, type = 'User') {
  return { __typename: type, login }
}

export function commitNode(oid: string, more: Fields = {}): PullCommit {
  const commit = {
    oid,
    authoredDate: iso('08:00'),
    committedDate: iso('08:30'),
    message: `Change ${oid.slice(0, 1)}`,
    author: { name: 'Ada', email: 'ada@acme.example' },
    parents: { nodes: [{ oid: sha(0) }] },
    ...more,
  }
  return PullCommits.parse({ nodes: [{ commit }] }).nodes[0] as PullCommit
}

/** Merged by a merge commit. */
export function pullNode(more: Fields = {}): PullRequest {
  return PullRequest.parse({
    id: 'PR_1',
    number: 12,
    title: 'Add a cart',
    body: null,
    url: 'https://github.com/acme/shop/pull/12',
    createdAt: iso('09:00'),
    updatedAt: iso('12:05'),
    mergedAt: iso('12:00'),
    mergeCommit: mergedBy(2),
    headRefName: 'cart',
    baseRefName: 'main',
    author: person('ada'),
    additions: 10,
    deletions: 2,
    changedFiles: 3,
    labels: { nodes: [] },
    commits: { nodes: [] },
    reviews: { nodes: [] },
    timelineItems: { nodes: [] },
    ...more,
  })
}

export function mergedBy(parents: number, message = 'Merge pull request #12 from acme/cart') {
  return { oid: sha('f'), message, parents: { totalCount: parents } }
}

/** `statuses`: each a state and the time of it. */
export function deploymentNode(statuses: [state: string, time: string, logUrl?: string][] = [], more: Fields = {}): Deployment {
  return Deployment.parse({
    id: 'DE_1',
    databaseId: 7,
    environment: 'production',
    createdAt: iso('10:00'),
    updatedAt: iso('10:00'),
    commitOid: sha('a'),
    ref: { name: 'main', prefix: 'refs/heads/' },
    statuses: { nodes: statuses.map(([state, time, logUrl = null]) => ({ state, createdAt: iso(time), logUrl })) },
    ...more,
  })
}

export function releaseNode(more: Fields = {}): Release {
  return Release.parse({
    id: 'RE_1',
    name: 'One',
    tagName: 'v1.0.0',
    isPrerelease: false,
    isDraft: false,
    createdAt: iso('09:00'),
    publishedAt: iso('10:00'),
    updatedAt: iso('10:05'),
    url: 'https://github.com/acme/shop/releases/tag/v1.0.0',
    tagCommit: { oid: sha('a') },
    ...more,
  })
}

export function issueNode(labels: string[], more: Fields = {}): Issue {
  return Issue.parse({
    id: 'I_1',
    number: 3,
    title: 'Checkout is down',
    body: null,
    url: 'https://github.com/acme/shop/issues/3',
    state: 'OPEN',
    createdAt: iso('11:00'),
    updatedAt: iso('11:30'),
    closedAt: null,
    labels: { nodes: labels.map((name) => ({ name })) },
    ...more,
  })
}

/** A run that succeeded. */
export function runOf(more: Fields = {}): WorkflowRun {
  return WorkflowRun.parse({
    id: 900,
    run_attempt: 1,
    name: 'Deploy',
    path: '.github/workflows/deploy.yml',
    head_branch: 'main',
    head_sha: sha('a'),
    event: 'push',
    status: 'completed',
    conclusion: 'success',
    created_at: iso('10:00'),
    updated_at: iso('10:20'),
    run_started_at: iso('10:01'),
    html_url: 'https://github.com/acme/shop/actions/runs/900',
    ...more,
  })
}

export function jobOf(more: Fields = {}): WorkflowJob {
  return WorkflowJob.parse({
    id: 901,
    name: 'deploy',
    status: 'completed',
    conclusion: 'success',
    started_at: iso('10:05'),
    completed_at: iso('10:15'),
    html_url: 'https://github.com/acme/shop/actions/runs/900/job/901',
    ...more,
  })
}

export const webhookSecret = "It's a Secret to Everybody"

/** A delivery as GitHub signs it. */
export function signed(event: string, payload: unknown, headers: Record<string, string> = {}, secret = webhookSecret): Delivery {
  const body = Buffer.from(typeof payload === 'string' ? payload : JSON.stringify(payload))
  return {
    headers: {
      'content-type': 'application/json',
      'x-github-event': event,
      'x-github-delivery': '72d3162e-cc78-11e3-81ab-4c9367dc0958',
      'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
      ...headers,
    },
    body,
  }
}
