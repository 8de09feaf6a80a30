/** The events of Flux's notification-controller: just the fields that are read. */
import { z } from 'zod'

export const Event = z.object({
  involvedObject: z.object({
    kind: z.string().min(1).max(100),
    name: z.string().min(1).max(253),
    namespace: z.string().max(253).nullish(),
    uid: z.string().max(200).nullish(),
  }),
  severity: z.string().nullish(),
  timestamp: z.string(),
  message: z.string().nullish(),
  reason: z.string().max(200),
  metadata: z.record(z.string(), z.string().nullable()).nullish(),
})
export type Event = z.output<typeof Event>
