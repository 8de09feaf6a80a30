/** Facts on the wire: what is taken, and what is answered. */
import { createRoute, z } from '@hono/zod-openapi'
import { Artifact, Change, Commit, DeploymentInput, type FactKind, Incident } from '../facts.ts'
import { word } from './query.ts'
import { failures, json } from './router.ts'

export const maxItems = 1000

export interface FactResource {
  path: 'deployments' | 'changes' | 'incidents' | 'commits' | 'artifacts'
  kind: FactKind
  schema: z.ZodType<Record<string, unknown>>
  example: Record<string, unknown>
}

const sha = '3f786850e387550fdab836ed7e6dc881de23001b'

export const factResources: FactResource[] = [
  {
    path: 'deployments',
    kind: 'deployment',
    schema: DeploymentInput,
    example: {
      id: 'run-1841',
      service: 'checkout',
      environment: 'production',
      commit: sha,
      version: 'v1.8.0',
      status: 'succeeded',
      startedAt: '2026-01-31T09:28:00Z',
      finishedAt: '2026-01-31T09:30:00Z',
      url: 'https://ci.example.org/runs/1841',
    },
  },
  {
    path: 'changes',
    kind: 'change',
    schema: Change,
    example: {
      id: '412',
      service: 'checkout',
      title: 'Round totals once',
      openedAt: '2026-01-29T08:00:00Z',
      mergedAt: '2026-01-30T15:12:00Z',
      commits: [sha],
      mergeCommit: sha,
    },
  },
  {
    path: 'incidents',
    kind: 'incident',
    schema: Incident,
    example: {
      id: 'INC-7',
      service: 'checkout',
      title: 'Totals are wrong',
      openedAt: '2026-01-31T10:02:00Z',
      resolvedAt: '2026-01-31T10:40:00Z',
    },
  },
  {
    path: 'commits',
    kind: 'commit',
    schema: Commit,
    example: {
      repository: 'checkout',
      sha,
      parents: [],
      authoredAt: '2026-01-29T07:41:00Z',
      committedAt: '2026-01-29T07:41:00Z',
      message: 'Round totals once',
    },
  },
  {
    path: 'artifacts',
    kind: 'artifact',
    schema: Artifact,
    example: {
      id: 'sha256:4bc453b53cb3d914b45f4b250294236adba2c0e09ff6f03793949e7e39fd4cc1',
      image: 'acme/checkout',
      tags: ['v1.8.0'],
      commit: sha,
      repository: 'checkout',
      version: 'v1.8.0',
      builtAt: '2026-01-31T09:20:00Z',
    },
  },
]

export const Accepted = z
  .object({
    accepted: z.int().openapi({ description: 'Facts that are new or changed something.', example: 1 }),
    unchanged: z.int().openapi({ description: 'Repeats that changed nothing.', example: 0 }),
    withdrawn: z
      .int()
      .optional()
      .openapi({ description: 'Facts that were withdrawn before and stay so: nothing shows them. Absent where there are none.' }),
    note: z.string().optional().openapi({ description: 'What to do about them.' }),
  })
  .openapi('Accepted')

export const FactPath = z.object({
  source: word(100).openapi({ param: { name: 'source', in: 'path' }, example: 'api' }),
  id: word(500).openapi({ param: { name: 'id', in: 'path' }, example: 'run-1841' }),
})

/** Documentation of one resource's POST; its body is checked by hand, so that each fault is named by its item. */
export function postRoute(resource: FactResource) {
  const many = z.object({ items: z.array(resource.schema).min(1).max(maxItems) })
  return createRoute({
    method: 'post',
    path: `/${resource.path}`,
    tags: ['Facts'],
    summary: `Add or update ${resource.path}`,
    description:
      "One object, or up to 1,000 as `items`; 5 MB at most. All are taken or none. No time may lie more than 24 hours ahead of the server's clock. A fact is known by its source (default `api`) and id: sending it again changes nothing, " +
      'and one with a greater `updatedAt` (else a later state) replaces it, whatever the order of arrival. One that was withdrawn stays so, and is counted as `withdrawn`, until it comes with an `updatedAt` later than the withdrawn version had. Once answered, every metric reflects it.',
    request: {
      body: {
        required: true,
        content: {
          'application/json': {
            schema: z.union([resource.schema, many]),
            examples: { one: { value: resource.example }, many: { value: { items: [resource.example] } } },
          },
        },
      },
    },
    responses: { 200: json(Accepted, 'Committed, derived and visible.'), ...failures(413, 415) },
  })
}

export function deleteRoute<P extends FactResource['path']>(path: P) {
  return createRoute({
    method: 'delete',
    path: `/${path}/{source}/{id}` as const,
    tags: ['Facts'],
    summary: `Withdraw one of the ${path}`,
    description:
      'The fact is taken out as if it had never been sent. Only a version with an `updatedAt` later than the withdrawn one had brings it back: ' +
      'without one, a repeat that was merely delayed could not be told from a new wish.',
    request: { params: FactPath },
    responses: { 200: json(Accepted, 'Withdrawn, and derived anew.'), ...failures(404) },
  })
}
