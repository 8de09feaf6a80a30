/** What is read of the answers of Qovery's API and of its webhooks. */
import { z } from 'zod'

const text = z.string()
const maybe = z.string().nullish()
/** Times without a zone are UTC. */
const Instant = z.string().transform((value, ctx) => {
  const at = Date.parse(/(?:Z|[+-]\d\d:?\d\d)$/i.test(value) ? value : `${value}Z`)
  if (!Number.isNaN(at) && at >= 0 && at < Date.UTC(9999, 0, 1)) return at
  ctx.addIssue({ code: 'custom', message: 'is not a time' })
  return z.NEVER
})

export const Projects = z.object({ results: z.array(z.object({ id: text, name: text })).nullish() })

export const Environments = z.object({
  results: z.array(z.object({ id: text, name: text, mode: maybe, project: z.object({ id: text, name: maybe }).nullish() })).nullish(),
})

const Audit = z.object({ created_at: Instant, updated_at: Instant.nullish() })

const Details = z.object({
  commit: z.object({ git_commit_id: maybe, tag: maybe, commit_page_url: maybe }).nullish(),
  image_name: maybe,
  tag: maybe,
  repository: z.object({ chart_name: maybe, chart_version: maybe }).nullish(),
})

export const DeployedService = z.object({
  identifier: z.object({ service_id: text, name: maybe, service_type: maybe }),
  status: maybe,
  status_details: z.object({ action: maybe, status: maybe }).nullish(),
  auditing_data: Audit.nullish(),
  total_duration: maybe,
  details: Details.nullish(),
})
export type DeployedService = z.output<typeof DeployedService>

export const Execution = z.object({
  identifier: z.object({ execution_id: text }),
  trigger_action: maybe,
  auditing_data: Audit,
  stages: z.array(z.object({ services: z.array(DeployedService).nullish() })).nullish(),
})
export type Execution = z.output<typeof Execution>

/** Newest first. */
export const History = z.object({ results: z.array(Execution).nullish() })

export const Events = z.object({
  links: z.object({ next: maybe }).nullish(),
  events: z.array(z.object({ event_type: maybe, target_type: maybe, target_id: maybe, environment_id: maybe })).nullish(),
})

/** Only a template of it is documented: just what leads to the environment is read. */
export const WebhookPayload = z.object({
  event_type: text,
  payload: z.object({ environment: z.object({ id: text.min(1).max(100), mode: maybe }) }),
})
