/** Just the fields that are read of GitLab's answers. */
import { z } from 'zod'

const latest = Date.UTC(9999, 0, 1)

/** As GitLab writes times: ISO 8601, with an offset of the server's own zone. */
const Time = z
  .string()
  .max(100)
  .refine((text) => Math.abs(Date.parse(text)) < latest, 'must be a time')
const Name = z.string().min(1)
const Id = z.int().nonnegative()
const Access = z.string().nullish()

export const Project = z.object({
  id: Id,
  path_with_namespace: Name,
  default_branch: z.string().nullish(),
  archived: z.boolean().nullish(),
  /** `disabled`: its list answers with a refusal. */
  issues_access_level: Access,
  merge_requests_access_level: Access,
  repository_access_level: Access,
  environments_access_level: Access,
  builds_access_level: Access,
})
export type Project = z.output<typeof Project>

export const Environment = z.object({ name: Name, tier: z.string().nullish() })

export const Branch = z.object({ commit: z.object({ id: z.string() }).nullish() })

const Pipeline = z.object({ id: Id, ref: z.string().nullish(), source: z.string().nullish() })

export const Deployment = z.object({
  id: Id,
  ref: z.string().nullish(),
  sha: z.string().nullish(),
  status: z.string(),
  created_at: Time,
  updated_at: Time.nullish(),
  environment: z.object({ id: Id.nullish(), name: Name }).nullish(),
  /** The job; null where the API made the deployment. */
  deployable: z
    .object({
      started_at: Time.nullish(),
      finished_at: Time.nullish(),
      web_url: z.string().nullish(),
      tag: z.boolean().nullish(),
    })
    .nullish(),
})
export type Deployment = z.output<typeof Deployment>

export const PipelineListed = Pipeline.extend({ created_at: Time, updated_at: Time.nullish() })
export type PipelineListed = z.output<typeof PipelineListed>

export const Job = z.object({
  id: Id,
  name: z.string(),
  stage: z.string().nullish(),
  status: z.string(),
  ref: z.string().nullish(),
  tag: z.boolean().nullish(),
  created_at: Time,
  started_at: Time.nullish(),
  finished_at: Time.nullish(),
  web_url: z.string().nullish(),
  commit: z.object({ id: z.string() }).nullish(),
  pipeline: Pipeline.extend({ sha: z.string().nullish() }).nullish(),
})
export type Job = z.output<typeof Job>

const Author = z.object({ username: z.string().nullish(), bot: z.boolean().nullish() }).nullish()

export const MergeRequest = z.object({
  iid: Id,
  title: z.string().nullish(),
  description: z.string().nullish(),
  state: z.string(),
  web_url: z.string().nullish(),
  author: Author,
  created_at: Time,
  updated_at: Time,
  merged_at: Time.nullish(),
  sha: z.string().nullish(),
  merge_commit_sha: z.string().nullish(),
  squash_commit_sha: z.string().nullish(),
  labels: z.array(z.string()).nullish(),
  source_branch: z.string().nullish(),
  target_branch: z.string().nullish(),
})
export type MergeRequest = z.output<typeof MergeRequest>

export const Commit = z.object({
  id: z.string(),
  parent_ids: z.array(z.string()).nullish(),
  message: z.string().nullish(),
  title: z.string().nullish(),
  author_name: z.string().nullish(),
  author_email: z.string().nullish(),
  authored_date: Time.nullish(),
  committed_date: Time.nullish(),
  created_at: Time.nullish(),
})
export type Commit = z.output<typeof Commit>

export const Note = z.object({
  body: z.string().nullish(),
  system: z.boolean().nullish(),
  created_at: Time,
  author: Author,
})
export type Note = z.output<typeof Note>

export const Diff = z.object({ old_path: z.string().nullish(), new_path: z.string().nullish() })

export const Issue = z.object({
  iid: Id,
  title: z.string().nullish(),
  state: z.string(),
  issue_type: z.string().nullish(),
  web_url: z.string().nullish(),
  created_at: Time,
  updated_at: Time,
  closed_at: Time.nullish(),
  labels: z.array(z.string()).nullish(),
  severity: z.string().nullish(),
})
export type Issue = z.output<typeof Issue>
