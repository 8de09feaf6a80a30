/** What a pod template runs, and a mark that is equal where nothing that matters differs. */
import { createHash } from 'node:crypto'
import { z } from 'zod'

export interface Template {
  containers: { name: string; image: string }[]
  labels: Record<string, string>
  annotations: Record<string, string>
  /** Equal for templates that differ in nothing but when pods were told to restart. */
  mark: string
}

const Shape = z.object({
  metadata: z
    .object({ labels: z.record(z.string(), z.unknown()).nullish(), annotations: z.record(z.string(), z.unknown()).nullish() })
    .nullish(),
  spec: z
    .looseObject({
      containers: z.array(z.looseObject({ name: z.string().max(300), image: z.string().max(2000).nullish() })).nullish(),
    })
    .nullish(),
})

/** Labels that controllers add to what they make of a template. */
const added = new Set(['pod-template-hash', 'rollouts-pod-template-hash', 'controller-revision-hash', 'pod-template-generation'])
const restarts = new Set(['kubectl.kubernetes.io/restartedAt', 'rollouts.argoproj.io/restartedAt'])

/** Null where there is no template, such as in a rollout that refers to a deployment. */
export function templateOf(value: unknown): Template | null {
  const parsed = Shape.safeParse(value)
  if (!parsed.success || !parsed.data.spec) return null
  const { metadata, spec } = parsed.data
  const labels = textsOf(metadata?.labels, added)
  const annotations = textsOf(metadata?.annotations, restarts)
  const containers = (spec.containers ?? []).map(({ name, image }) => ({ name, image: image ?? '' }))
  const mark = createHash('sha256')
    .update(JSON.stringify([inOrder(labels), inOrder(annotations), inOrder(spec)]))
    .digest('base64url')
    .slice(0, 22)
  return { containers, labels, annotations, mark }
}

function textsOf(values: Record<string, unknown> | null | undefined, without: ReadonlySet<string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values ?? {}).filter((entry): entry is [string, string] => typeof entry[1] === 'string' && !without.has(entry[0])),
  )
}

/** The same whatever the order of keys, and whether what is empty is written. */
function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder)
  if (value === null || typeof value !== 'object') return value
  const entries = Object.entries(value).flatMap(([key, inner]): [string, unknown][] =>
    inner === null || key === '$patch' ? [] : [[key, inOrder(inner)]],
  )
  return entries.sort(([a], [b]) => (a < b ? -1 : 1))
}
