/** Just the fields that are read of PagerDuty's answers. */
import { z } from 'zod'

const latest = Date.UTC(9999, 0, 1)

/** ISO 8601 with an offset. */
const Time = z
  .string()
  .max(100)
  .refine((text) => Math.abs(Date.parse(text)) < latest, 'must be a time')
const Named = z.object({ id: z.string().nullish(), summary: z.string().nullish(), name: z.string().nullish() })

export const Incident = z.object({
  id: z.string().regex(/^[A-Za-z0-9_-]{1,100}$/, 'must be the id of an incident'),
  title: z.string().nullish(),
  summary: z.string().nullish(),
  status: z.string(),
  urgency: z.string().nullish(),
  html_url: z.string().nullish(),
  created_at: Time,
  updated_at: Time.nullish(),
  last_status_change_at: Time.nullish(),
  resolved_at: Time.nullish(),
  service: Named.nullish(),
  priority: Named.nullish(),
  escalation_policy: Named.nullish(),
  teams: z.array(Named).nullish(),
  /** Those that hold now: they are gone once it is resolved. */
  acknowledgements: z.array(z.object({ at: Time.nullish() })).nullish(),
  /** Of the type merge_resolve_reason where it was merged into another one. */
  resolve_reason: z.object({ type: z.string().nullish() }).nullish(),
})
export type Incident = z.output<typeof Incident>

export const IncidentList = z.object({ incidents: z.array(Incident), more: z.boolean().nullish() })
export const OneIncident = z.object({ incident: Incident })

export const LogEntry = z.object({ type: z.string(), created_at: Time })
export type LogEntry = z.output<typeof LogEntry>

export const LogEntryList = z.object({ log_entries: z.array(LogEntry), more: z.boolean().nullish() })
