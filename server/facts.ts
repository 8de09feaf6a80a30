/** The facts that every source yields and every stage speaks: deployments, changes, incidents, commits, artifacts and their withdrawals. */
import { z } from 'zod'

/** Instants are integer milliseconds since the epoch inside the program and RFC 3339 text at its edges. */
export type Instant = number

const latestInstant = Date.UTC(9999, 0, 1)

/** RFC 3339 text with an offset, read as an instant. */
export const Time = z.iso
  .datetime({ offset: true, error: 'must be an RFC 3339 time with an offset, such as 2026-01-31T09:30:00Z' })
  .transform((text) => Date.parse(text))
  .refine((at) => Math.abs(at) < latestInstant, 'must lie before the year 9999')

/** Text without what PostgreSQL cannot hold: NUL, and half a surrogate pair. */
function text(max: number) {
  return z.string().max(max).refine(isStorable, 'must not contain a NUL character or half a surrogate pair')
}
const isStorable = (value: string) => !/[\0\p{Cs}]/u.test(value)
const name = (max = 200) => text(max).min(1)
const Sha = z
  .string()
  .regex(/^(?:[0-9a-fA-F]{40}|[0-9a-fA-F]{64})$/, 'must be a full commit id: 40 or 64 hexadecimal digits')
  .transform((sha) => sha.toLowerCase())
const Digest = z
  .string()
  .regex(
    /^(?:sha256:[0-9a-fA-F]{64}|sha512:[0-9a-fA-F]{128})$/,
    'must be the digest of an image: sha256: and 64 hexadecimal digits, or sha512: and 128',
  )
  .transform((digest) => digest.toLowerCase())
const Paths = z.array(text(4096)).max(100_000)
const labels = z.array(name()).max(100)

const common = {
  source: name(100).default('api'),
  id: name(500),
  url: z
    .url({ protocol: /^https?$/ })
    .max(2000)
    .refine(isStorable, 'must not contain half a surrogate pair')
    .optional(),
  /** The source's own time of this version of the fact; a repeat with a greater one wins. */
  updatedAt: Time.optional(),
}

export const Tier = z.enum(['production', 'staging', 'testing', 'development'])
export type Tier = z.infer<typeof Tier>

export const DeploymentStatus = z.enum(['running', 'succeeded', 'failed', 'cancelled'])
export type DeploymentStatus = z.infer<typeof DeploymentStatus>

const deploymentShape = {
  ...common,
  service: name(),
  environment: name(),
  /** The environment's tier; without it the tier is told from the name. */
  tier: Tier.optional(),
  commit: Sha.optional(),
  version: name(500).optional(),
  repository: name(500).optional(),
  /** Of the image that it puts live: without a commit, the artifact with this digest gives it, and the version and repository that it does not name. */
  digest: Digest.optional(),
  status: DeploymentStatus,
  startedAt: Time.optional(),
  finishedAt: Time.optional(),
  unplanned: z.boolean().optional(),
  config: z.boolean().optional(),
  labels: labels.optional(),
  /** Ids of the changes it carries; overrides what the commit graph says. */
  changes: z.array(name(500)).max(10_000).optional(),
  /** Id of the deployment whose failure this one remedies. */
  remedies: name(500).optional(),
}

function checkTimes(value: { status: DeploymentStatus; startedAt?: number; finishedAt?: number }, ctx: z.RefinementCtx) {
  if (value.status !== 'running' && value.finishedAt === undefined) {
    ctx.addIssue({ code: 'custom', path: ['finishedAt'], message: `is required when status is ${value.status}` })
  }
  if (value.startedAt !== undefined && value.finishedAt !== undefined && value.startedAt > value.finishedAt) {
    ctx.addIssue({ code: 'custom', path: ['startedAt'], message: 'must not be later than finishedAt' })
  }
}

/** A deployment as the API takes it. */
export const DeploymentInput = z.strictObject(deploymentShape).superRefine(checkTimes)

/** One attempt to put one version of one service live in one environment. */
export const Deployment = z
  .strictObject({
    ...deploymentShape,
    /** How it is known: as it happened, or from a ref that was read later. */
    reported: z.enum(['event', 'tag', 'branch']).default('event'),
    /** Null: a rule of the source maps the environment to none, so that its name does not either. */
    tier: Tier.nullable().optional(),
    /** Position among deployments of one source that finished at the same instant. */
    sequence: z.int().optional(),
    /** Maintenance line: a chain of its own for kinds and failures. */
    line: text(200).optional(),
  })
  .superRefine(checkTimes)
export type Deployment = z.output<typeof Deployment>

/** A merged pull request. Exactly one of service and repository is needed; a service's default repository has its id. */
export const Change = z
  .strictObject({
    ...common,
    service: name().optional(),
    repository: name(500).optional(),
    title: text(1000),
    author: text(500).optional(),
    openedAt: Time.optional(),
    readyAt: Time.optional(),
    firstReviewAt: Time.optional(),
    approvedAt: Time.optional(),
    mergedAt: Time,
    mergeCommit: Sha.optional(),
    commits: z.array(Sha).max(10_000),
    labels: labels.optional(),
    headBranch: text(500).optional(),
    baseBranch: text(500).optional(),
    /** Id of the change it reverts. */
    reverts: name(500).optional(),
    mergeMethod: z.enum(['merge', 'squash', 'rebase']).optional(),
    /** Lines added and deleted, and files, as the source counts them. */
    additions: z.int().nonnegative().optional(),
    deletions: z.int().nonnegative().optional(),
    files: z.int().nonnegative().optional(),
    /** The files that it changed, from the top folder; without them those of its commits tell. */
    paths: Paths.optional(),
  })
  .refine((change) => change.service !== undefined || change.repository !== undefined, {
    path: ['service'],
    message: 'is required when repository is missing',
  })
export type Change = z.output<typeof Change>

export const Cause = z.enum(['deployment', 'infrastructure', 'third_party', 'flag', 'other'])
export type Cause = z.infer<typeof Cause>

export const Incident = z
  .strictObject({
    ...common,
    service: name().optional(),
    services: z.array(name()).max(100).optional(),
    title: text(1000),
    severity: text(100).optional(),
    openedAt: Time,
    acknowledgedAt: Time.optional(),
    mitigatedAt: Time.optional(),
    resolvedAt: Time.optional(),
    cause: Cause.optional(),
    /** The culprit, named by the id, the commit or the version of its deployment. */
    deployment: name(500).optional(),
    commit: Sha.optional(),
    version: name(500).optional(),
  })
  .superRefine((incident, ctx) => {
    for (const field of ['acknowledgedAt', 'mitigatedAt', 'resolvedAt'] as const) {
      const at = incident[field]
      if (at !== undefined && at < incident.openedAt) {
        ctx.addIssue({ code: 'custom', path: [field], message: 'must not be earlier than openedAt' })
      }
    }
  })
export type Incident = z.output<typeof Incident>

export const Commit = z.strictObject({
  ...common,
  /** Defaults to the sha. */
  id: name(500).optional(),
  repository: name(500),
  sha: Sha,
  parents: z.array(Sha).max(1000),
  authoredAt: Time,
  committedAt: Time,
  /** Who wrote it: kept only as a salted hash, to tell equal commits. */
  author: text(500).optional(),
  message: text(1_000_000).optional(),
  /** The files that it changed, from the top folder; needed where services have paths. */
  paths: Paths.optional(),
})
export type Commit = z.output<typeof Commit>

/** An image as it is stored in a registry, and what it was built from: no deployment, but what tells the commit of one. */
export const Artifact = z.strictObject({
  ...common,
  /** The digest of its manifest, or of the index that lists the manifests of several platforms: each is an artifact of its own. */
  id: Digest,
  /** Its name without registry, tag and digest, such as acme/checkout. */
  image: name(500),
  tags: z.array(name()).max(1000).optional(),
  commit: Sha.optional(),
  repository: name(500).optional(),
  version: name(500).optional(),
  builtAt: Time.optional(),
})
export type Artifact = z.output<typeof Artifact>

/** The tip of a branch, so that what is merged and not yet delivered is known. */
export interface Head {
  repository: string
  branch: string
  sha: string
}

export const FactKind = z.enum(['deployment', 'change', 'incident', 'commit', 'artifact'])
export type FactKind = z.infer<typeof FactKind>

export interface Withdrawal {
  of: FactKind
  source: string
  id: string
  /** Versions up to this time are withdrawn; without it the one that stands. */
  updatedAt?: Instant
  /** Nothing is remembered where the fact is not known: it may come later. */
  ifStanding?: boolean
}

export type Fact =
  | ({ kind: 'deployment' } & Deployment)
  | ({ kind: 'change' } & Change)
  | ({ kind: 'incident' } & Incident)
  | ({ kind: 'commit' } & Commit)
  | ({ kind: 'artifact' } & Artifact)
  | ({ kind: 'head'; source: string } & Head)
  | ({ kind: 'withdrawal' } & Withdrawal)

/** What a person says of one deployment; the newest that is not withdrawn wins over every rule. */
export const VerdictInput = z.strictObject({
  verdict: z.enum(['failed', 'not_failed']),
  by: name(200),
  note: text(2000).optional(),
  /** When service was restored; only with `failed`. */
  recoveredAt: Time.optional(),
})
export interface Verdict {
  source: string
  id: string
  verdict: 'failed' | 'not_failed' | 'withdrawn'
  by: string
  at: Instant
  note: string | null
  recoveredAt: Instant | null
}

/** Names a fact by its source and the source's own id. */
export interface Ref {
  source: string
  id: string
}

/** The text form of a reference, unique among facts of one kind. */
export function refKey(ref: Ref): string {
  return `${ref.source}/${ref.id}`
}
