/** The definition behind the numbers on the wire. */
import { createRoute, z } from '@hono/zod-openapi'
import { failures, json } from './router.ts'

export const MetricWords = z.object({
  id: z.string(),
  title: z.string(),
  group: z.enum(['throughput', 'instability', 'beside']),
  unit: z.string(),
  question: z.string().openapi({ description: 'What it answers.' }),
  rule: z.string().openapi({ description: 'How it is computed, in words.' }),
  excluded: z.string().openapi({ description: 'What is left out, and why.' }),
  interval: z.string().openapi({ description: 'How its uncertainty is told.' }),
})
export type MetricWords = z.infer<typeof MetricWords>

const Word = z.object({ id: z.string(), words: z.string() })

export const DefinitionBody = z
  .object({
    version: z.string().openapi({ example: 'dora@1' }),
    timeZone: z.string(),
    parameters: z.array(z.object({ id: z.string(), value: z.unknown(), standard: z.unknown(), differs: z.boolean(), words: z.string() })),
    metrics: z.array(MetricWords),
    kinds: z.array(Word).openapi({ description: 'Kinds of deployment.' }),
    signals: z.array(Word).openapi({ description: 'What shows a failure, strongest first.' }),
    reasons: z.array(Word).openapi({ description: 'Why a row or a value is absent.' }),
  })
  .openapi('Definition')
export type DefinitionBody = z.infer<typeof DefinitionBody>

export const getDefinition = createRoute({
  method: 'get',
  path: '/definition',
  tags: ['Metrics'],
  summary: 'What every number means',
  description: 'The version, its parameters, and the rules in words.',
  responses: { 200: json(DefinitionBody, 'The definition.'), ...failures() },
})
