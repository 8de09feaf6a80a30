/** The fields that are read of what AWX, its notifications and the callback of ansible-playbook say. */
import { z } from 'zod'
import { latestInstant } from '../fact-text.ts'

/** RFC 3339, as Django writes it. */
const Time = z
  .string()
  .max(100)
  .transform((text, ctx) => {
    const at = Date.parse(text)
    if (at >= 0 && at <= latestInstant) return at
    ctx.addIssue({ code: 'custom', message: 'must be a time such as 2026-01-31T09:30:00Z' })
    return z.NEVER
  })

const Named = z.object({ name: z.string().nullish() }).nullish()

/** A job of the API, in a list or alone. */
export const Job = z.object({
  id: z.int().nonnegative(),
  name: z.string(),
  status: z.string(),
  job_type: z.string().nullish(),
  launch_type: z.string().nullish(),
  /** Null until it runs. */
  started: Time.nullish(),
  finished: Time.nullish(),
  created: Time.nullish(),
  /** JSON text; AWX hides what its survey calls a password. */
  extra_vars: z.string().nullish(),
  /** What `set_stats` told; lists leave it out. */
  artifacts: z.unknown().optional(),
  scm_revision: z.string().nullish(),
  scm_branch: z.string().nullish(),
  playbook: z.string().nullish(),
  limit: z.string().nullish(),
  job_slice_number: z.int().nullish(),
  job_slice_count: z.int().nullish(),
  host_status_counts: z.record(z.string(), z.unknown()).nullish(),
  summary_fields: z
    .object({
      job_template: Named,
      inventory: Named,
      project: Named,
      organization: Named,
      labels: z.object({ results: z.array(z.object({ name: z.string() })).nullish() }).nullish(),
    })
    .nullish(),
})
export type Job = z.output<typeof Job>

export const Jobs = z.object({ next: z.string().nullish(), results: z.array(Job) })

/** What a webhook notification of AWX says with its usual body. */
export const Notification = z.object({
  id: z.int().nonnegative(),
  name: z.string(),
  url: z.string().nullish(),
  started: Time.nullish(),
  finished: Time.nullish(),
  status: z.string(),
  inventory: z.string().nullish(),
  project: z.string().nullish(),
  playbook: z.string().nullish(),
  limit: z.string().nullish(),
  extra_vars: z.string().nullish(),
  hosts: z.record(z.string(), z.object({ changed: z.number().nullish() })).nullish(),
})
export type Notification = z.output<typeof Notification>

/** What the callback `shiplog` of ansible-playbook sends, when a run starts and when it ends. */
export const Playbook = z.object({
  shiplog: z.literal(1),
  /** Made for this run. */
  run: z.string().min(1).max(100),
  playbook: z.string().min(1).max(1000),
  started: Time,
  finished: Time.nullish(),
  status: z.enum(['running', 'successful', 'failed', 'canceled']),
  check: z.boolean().nullish(),
  /** Tasks that changed something, on all hosts. */
  changed: z.int().nonnegative().nullish(),
  inventory: z.string().nullish(),
  limit: z.string().nullish(),
  url: z.string().nullish(),
  service: z.string().nullish(),
  environment: z.string().nullish(),
  version: z.string().nullish(),
  commit: z.string().nullish(),
  repository: z.string().nullish(),
})
export type Playbook = z.output<typeof Playbook>
