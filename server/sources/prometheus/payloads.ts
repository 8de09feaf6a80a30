/** Answers of the HTTP API of Prometheus, of just the fields that are read. */
import { z } from 'zod'

/** Seconds since 1970, before the year 9999. */
const Seconds = z
  .number()
  .min(0)
  .max(Date.UTC(9999, 0, 1) / 1000)

/** The time of a step, and the number there as text, which is a time as well. */
const Point = z.tuple([Seconds, z.string().transform(Number).pipe(Seconds)])

export const Series = z.object({ metric: z.record(z.string(), z.string()), values: z.array(Point) })
export type Series = z.output<typeof Series>

/** /api/v1/query_range. */
export const RangeAnswer = z.object({
  status: z.literal('success'),
  data: z.object({ resultType: z.literal('matrix'), result: z.array(Series) }),
  warnings: z.array(z.string()).nullish(),
})

/** /api/v1/rules: `interval` is in seconds. */
export const RulesAnswer = z.object({
  status: z.literal('success'),
  data: z.object({
    groups: z.array(
      z.object({ interval: z.number().positive(), rules: z.array(z.object({ type: z.string().nullish(), name: z.string() })) }),
    ),
  }),
})
export type RulesAnswer = z.output<typeof RulesAnswer>
