/** Puts together what deliveries tell in parts, with what stands of it. */
import type { Fact } from '../facts.ts'
import type { Receiver, Thing } from '../sources/source.ts'
import type { Db } from '../store/database.ts'
import { type FactKey, readFactsByKey } from '../store/facts.ts'
import { restore } from './names.ts'
import { canonicalJson } from './standing.ts'

/** The facts, each thing once, as the source joins them. What is joined replaces what stands, which a version of one part could not: it may be older. */
export async function joinFacts(db: Db, facts: Fact[], join: NonNullable<Receiver<unknown>['join']>): Promise<Fact[]> {
  const things = facts.filter(isThing)
  const standing = await readFactsByKey(db, [...new Map(things.map((thing) => [nameOf(thing), keyOf(thing)])).values()])
  const known = new Map(standing.map((fact) => [nameOf(fact), { kind: fact.kind, ...restore<object>(fact) } as Thing]))
  const joined = new Map<string, Thing>()
  for (const thing of things) {
    const name = nameOf(thing)
    const before = joined.get(name) ?? known.get(name)
    joined.set(name, before === undefined ? thing : join(before, thing))
  }
  const kept: Fact[] = facts.filter((fact) => !isThing(fact))
  for (const [name, thing] of joined) {
    const before = known.get(name)
    if (before === undefined) kept.push(thing)
    else if (!isEqual(before, thing))
      kept.push({ kind: 'withdrawal', of: thing.kind, source: thing.source, id: thing.id, ifStanding: true }, thing)
  }
  return kept
}

function isThing(fact: Fact): fact is Thing {
  return fact.kind === 'deployment' || fact.kind === 'change' || fact.kind === 'incident'
}

function nameOf({ kind, source, id }: FactKey): string {
  return `${kind}/${source}/${id}`
}

function keyOf({ kind, source, id }: Thing): FactKey {
  return { kind, source, id }
}

/** What stands has no service where that is its source's own. */
function isEqual(before: Thing, after: Thing): boolean {
  return (
    canonicalJson(before) ===
    canonicalJson(before.service === undefined && before.kind !== 'incident' ? { ...after, service: undefined } : after)
  )
}
