/** What holds of the GitLab source whatever it is given. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { z } from 'zod'
import { ShiplogError } from '../../../server/errors.ts'
import type { Fact } from '../../../server/facts.ts'
import { incidentFact } from '../../../server/sources/gitlab/incident-facts.ts'
import type { JobsRule } from '../../../server/sources/gitlab/options.ts'
import { Commit, Deployment, Issue, Job, MergeRequest, Note } from '../../../server/sources/gitlab/payloads.ts'
import { gitlabReceiver, parseChanged } from '../../../server/sources/gitlab/receive.ts'
import { deploymentFact, jobFact, mergeFacts } from '../../../server/sources/gitlab/to-facts.ts'
import { commit, deployment, filingOf, issue, merge, note, optionsOf, sound } from '../../support/gitlab-things.ts'

const odd = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom(null, '', '2026-01-05T10:00:00Z', '1969-01-05T10:00:00+14:00', '99999-01-01', 'success', 'a'.repeat(40), '\0\ud83d'),
  fc.string({ unit: 'binary', maxLength: 3000 }),
  fc.integer(),
)

/** A thing with some of its fields replaced by anything. */
function twisted(whole: Record<string, unknown>): fc.Arbitrary<Record<string, unknown>> {
  return fc
    .dictionary(fc.constantFrom(...Object.keys(whole)), odd, { maxKeys: 4 })
    .map((changed) => ({ ...whole, ...changed }) as Record<string, unknown>)
}

function taken<T>(shape: z.ZodType<T>, value: unknown, make: (value: T) => (Fact | null)[]): void {
  const parsed = shape.safeParse(value)
  if (parsed.success) for (const fact of make(parsed.data)) if (fact !== null) sound(fact)
}

const filing = filingOf({ service: ['labels', 'environment', 'service', 'project'], environments: { production: 'prod' } })
const rule = optionsOf({ deployments: { jobs: '.', branch: false } }).deployments as JobsRule
const job = {
  id: 1,
  name: 'deploy',
  stage: 'x',
  status: 'success',
  ref: 'main',
  tag: true,
  created_at: '2026-01-05T10:00:00Z',
  started_at: null,
  finished_at: null,
  web_url: 'https://x.example/1',
  commit: null,
  pipeline: null,
}

describe('answers', () => {
  test.each<[string, fc.Arbitrary<Record<string, unknown>>, (value: unknown) => void]>([
    ['deployments', twisted(deployment(1)), (value) => taken(Deployment, value, (one) => [deploymentFact(one, filing)])],
    ['jobs', twisted(job), (value) => taken(Job, value, (one) => [jobFact(one, rule, filing)])],
    [
      'merge requests',
      fc
        .tuple(twisted(merge(1)), twisted(commit('a')), twisted(note('approved this merge request', '09:00', 'kim', { system: true })))
        .map(([one, own, said]) => ({ one, own, said })),
      (value) => {
        const { one, own, said } = value as Record<string, unknown>
        const [commits, notes] = [Commit.safeParse(own), Note.safeParse(said)]
        taken(MergeRequest, one, (made) =>
          mergeFacts(made, commits.success ? [commits.data] : [], notes.success ? [notes.data] : [], filing, ['a\0']),
        )
      },
    ],
    [
      'incidents',
      twisted(issue(1, { labels: ['service::x', '__proto__::y'] })),
      (value) => taken(Issue, value, (one) => [incidentFact(one, [], filing)]),
    ],
  ])('of %s are refused, or make facts that are taken', (_, arbitrary, check) => {
    fc.assert(fc.property(arbitrary, check), { numRuns: 1000 })
  })
})

describe('a delivery', () => {
  const kind = fc.constantFrom(
    'deployment',
    'merge_request',
    'issue',
    'incident',
    'push',
    'tag_push',
    'pipeline',
    'build',
    'note',
    '__proto__',
  )
  const body = fc.record(
    {
      object_kind: fc.oneof(kind, odd),
      project: fc.oneof(fc.record({ id: fc.oneof(fc.nat(), odd) }), odd),
      project_id: fc.oneof(fc.nat(), odd),
      deployment_id: fc.oneof(fc.nat(), odd),
      pipeline_id: fc.oneof(fc.nat(), odd),
      object_attributes: fc.oneof(fc.record({ id: odd, iid: fc.oneof(fc.nat(), odd), state: fc.oneof(fc.constant('merged'), odd) }), odd),
    },
    { requiredKeys: [] },
  )

  test('names what can be asked for, or is refused', () => {
    for (const options of [optionsOf(), optionsOf({ deployments: { jobs: 'x' } })]) {
      fc.assert(
        fc.property(
          fc.oneof(
            body.map((one) => JSON.stringify(one)),
            fc.json(),
            fc.string({ unit: 'binary' }),
          ),
          (text) => {
            try {
              const { changed } = gitlabReceiver.read(options, { headers: {}, body: Buffer.from(text) })
              for (const one of changed) expect(parseChanged(one)).not.toBeNull()
            } catch (error) {
              expect(error).toBeInstanceOf(ShiplogError)
              expect((error as ShiplogError).code).toBe('invalid')
            }
          },
        ),
        { numRuns: 1000 },
      )
    }
  })
})
