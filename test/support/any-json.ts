/** JSON that is almost what a system sends: each field may be of another type, missing, or odd. */
import fc from 'fast-check'
import { Deployment, type Fact } from '../../server/facts.ts'

const odd = fc.oneof(
  fc.constantFrom(null, '', '\0', '\ud800', 'x'.repeat(3000), -1, 0.5, 1e21, 8.64e15, true, [], {}, [null], 'http://', '__proto__'),
  fc.string(),
  fc.double({ noNaN: true }),
  fc.jsonValue({ maxDepth: 2 }),
)

/** The template with some of its leaves and branches replaced or left out. */
export function almost(template: unknown): fc.Arbitrary<unknown> {
  const itself = Array.isArray(template)
    ? fc.tuple(...template.map(almost))
    : template !== null && typeof template === 'object'
      ? fc.record(Object.fromEntries(Object.entries(template).map(([key, value]) => [key, almost(value)])))
      : fc.constant(template)
  return fc.oneof({ weight: 12, arbitrary: itself }, { weight: 1, arbitrary: odd }, { weight: 1, arbitrary: fc.constant(undefined) })
}

/** Why the schema of facts would refuse a deployment; null: it takes it. */
export function faultOf({ kind: _, ...fact }: Fact & { kind: 'deployment' }): string | null {
  const times = Object.fromEntries(
    (['updatedAt', 'startedAt', 'finishedAt'] as const).flatMap((key) =>
      fact[key] === undefined ? [] : [[key, new Date(fact[key]).toISOString()]],
    ),
  )
  return Deployment.safeParse({ ...fact, ...times }).error?.message ?? null
}
