/** Applications of Argo CD: just the fields that are read, the same in its API and in notifications. */
import { z } from 'zod'

const Text = z.string().max(4000).nullish()
const Texts = z.record(z.string(), z.string().nullable()).nullish()

const AppSource = z.object({
  repoURL: Text,
  path: Text,
  chart: Text,
  targetRevision: Text,
  kustomize: z.unknown().optional(),
  helm: z.unknown().optional(),
})

const HistoryEntry = z.object({
  id: z.number().nullish(),
  revision: Text,
  revisions: z.array(z.string()).nullish(),
  deployStartedAt: Text,
  deployedAt: Text,
  source: AppSource.nullish(),
  sources: z.array(AppSource).nullish(),
})
export type HistoryEntry = z.output<typeof HistoryEntry>

const OperationState = z.object({
  phase: Text,
  startedAt: Text,
  finishedAt: Text,
  operation: z.object({ sync: z.object({ dryRun: z.boolean().nullish(), resources: z.array(z.unknown()).nullish() }).nullish() }).nullish(),
  syncResult: z
    .object({
      revision: Text,
      revisions: z.array(z.string()).nullish(),
      resources: z.array(z.object({ images: z.array(z.string()).nullish() })).nullish(),
    })
    .nullish(),
})

export const Application = z.object({
  metadata: z.object({ name: z.string().min(1).max(253), namespace: z.string().max(253).nullish(), labels: Texts, annotations: Texts }),
  spec: z
    .object({
      project: Text,
      destination: z.object({ namespace: Text, name: Text, server: Text }).nullish(),
      source: AppSource.nullish(),
      sources: z.array(AppSource).nullish(),
    })
    .nullish(),
  status: z
    .object({
      history: z.array(HistoryEntry).nullish(),
      operationState: OperationState.nullish(),
      summary: z.object({ images: z.array(z.string()).nullish() }).nullish(),
    })
    .nullish(),
})
export type Application = z.output<typeof Application>

export const Applications = z.object({ items: z.array(Application).nullable() })

/** What our template of a notification sends. */
export const Notification = z.object({ app: Application })
