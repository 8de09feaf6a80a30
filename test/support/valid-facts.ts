/** Whether facts are such as the program stores. */
import { expect } from 'vitest'
import { Artifact, Change, Commit, Deployment, type Fact, Incident } from '../../server/facts.ts'

const shapes = { deployment: Deployment, change: Change, incident: Incident, commit: Commit, artifact: Artifact }

/** Instants are texts at the edge, which the schemas read. */
export function expectValid(facts: Iterable<Fact>): void {
  for (const fact of facts) {
    if (fact.kind === 'head' || fact.kind === 'withdrawal') continue
    const { kind, ...rest } = fact
    const edge = Object.fromEntries(Object.entries(rest).map(([name, value]) => [name, /At$/.test(name) ? instantText(value) : value]))
    const parsed = shapes[kind].safeParse(edge)
    expect(parsed.error?.issues ?? [], JSON.stringify(fact)).toEqual([])
  }
}

function instantText(value: unknown): unknown {
  return typeof value === 'number' && Number.isFinite(value) ? new Date(value).toISOString() : value
}
