import { describe, expect, it } from 'vitest'
import { Artifact, Change, Commit, Deployment, type Fact, Incident, type Instant } from '../../../server/facts.ts'
import { demoSource } from '../../../server/sources/demo/index.ts'
import { demoConfig, demoServices } from '../../../server/sources/demo/organisation.ts'

const now = new Date('2026-11-23T14:30:00Z')
const full = await collected(null, now)

interface Collected {
  batches: { facts: Fact[]; cursor: string }[]
  facts: Fact[]
  cursor: string | null
}

async function collected(cursor: string | null, at: Date, seed = 'halden'): Promise<Collected> {
  const batches: Collected['batches'] = []
  const context = {
    sourceId: 'demo',
    service: 'demo',
    dataDir: '',
    signal: new AbortController().signal,
    now: at,
    needsFiles: () => false,
    progress() {},
    note() {},
  }
  for await (const batch of demoSource.collect?.(demoSource.options.parse({ seed, weeks: 30 }), cursor, context) ?? []) {
    batches.push({ facts: [...batch.facts], cursor: batch.cursor })
  }
  return { batches, facts: batches.flatMap(({ facts }) => facts), cursor: batches.at(-1)?.cursor ?? cursor }
}

function keyOf(fact: Fact): string {
  return fact.kind === 'head' ? `head ${fact.repository}` : `${fact.kind} ${fact.source}/${fact.id}`
}

/** What stands after the facts came in order. */
function standing(facts: Fact[]): Map<string, Fact> {
  return new Map(facts.map((fact) => [keyOf(fact), fact]))
}

function of<Kind extends Fact['kind']>(kind: Kind, facts = full.facts): Extract<Fact, { kind: Kind }>[] {
  return facts.filter((fact): fact is Extract<Fact, { kind: Kind }> => fact.kind === kind)
}

const production = of('deployment').filter(({ environment }) => environment === 'production')

describe('demo source', () => {
  it('tells the same history each time', async () => {
    expect((await collected(null, now)).facts).toEqual(full.facts)
  })

  it('tells another history from another seed', async () => {
    expect((await collected(null, now, 'other')).facts).not.toEqual(full.facts)
  })

  it('yields only facts that the schemas take', () => {
    const rfc3339 = (value: unknown) =>
      JSON.parse(JSON.stringify(value, (key, at) => (typeof at === 'number' && /At$/.test(key) ? new Date(at).toISOString() : at)))
    const schemas = { deployment: Deployment, change: Change, incident: Incident, commit: Commit, artifact: Artifact }
    const refused: unknown[] = []
    for (const { kind, ...fact } of full.facts) {
      if (kind === 'head' || kind === 'withdrawal') continue
      const parsed = schemas[kind].safeParse(rfc3339(fact))
      if (!parsed.success) refused.push([fact, parsed.error.issues])
    }
    expect(refused).toEqual([])
  })

  it('lives on: later runs add to the first until they tell what one run at the end tells', async () => {
    let { cursor } = full
    const facts = [...full.facts]
    for (const later of ['2026-11-23T14:35:00Z', '2026-11-23T16:00:00Z', '2026-11-24T09:00:00Z', '2026-11-27T18:00:00Z']) {
      const next = await collected(cursor, new Date(later))
      cursor = next.cursor
      facts.push(...next.facts)
    }
    const anew = await collected(JSON.stringify({ ...JSON.parse(cursor as string), until: 0 }), new Date('2026-11-27T18:00:00Z'))
    expect(facts.length).toBeGreaterThan(full.facts.length)
    expect(new Map([...standing(facts)].sort())).toEqual(new Map([...standing(anew.facts)].sort()))
  })

  it('resumes at any batch with the same facts', async () => {
    for (const [index, batch] of full.batches.entries()) {
      const rest = await collected(batch.cursor, now)
      const before = full.batches.slice(0, index + 1).flatMap(({ facts }) => facts)
      expect(new Map([...standing([...before, ...rest.facts])].sort())).toEqual(new Map([...standing(full.facts)].sort()))
    }
  })

  it('tells nothing of the future', () => {
    const times = full.facts.flatMap((fact) => Object.entries(fact).filter(([name]) => name.endsWith('At')))
    expect(times.filter(([, at]) => (at as Instant) > now.getTime())).toEqual([])
  })

  it('tells parents before children, and commits before the changes and deployments that name them', () => {
    const known = new Set<string>()
    const orphans: string[] = []
    for (const fact of full.facts) {
      if (fact.kind === 'commit') {
        orphans.push(...fact.parents.filter((sha) => !known.has(sha)))
        known.add(fact.sha)
      }
      if (fact.kind === 'change') orphans.push(...[...fact.commits, fact.mergeCommit as string].filter((sha) => !known.has(sha)))
      if (fact.kind === 'deployment' && fact.commit !== undefined && !known.has(fact.commit)) orphans.push(fact.commit)
    }
    expect(orphans).toEqual([])
  })

  it('names each deployment, change and incident once', () => {
    for (const kind of ['deployment', 'change', 'incident', 'commit'] as const) {
      const ids = of(kind).map(({ id }) => id)
      expect(new Set(ids).size, kind).toBe(ids.length)
    }
  })
})

describe('demo organisation', () => {
  it('deploys on working days', () => {
    const weekend = production.filter(({ startedAt }) => [0, 6].includes(new Date(startedAt as Instant).getUTCDay()))
    expect(weekend.length).toBeGreaterThan(0)
    expect(weekend.length / production.length).toBeLessThan(0.03)
  })

  it('has rollbacks to an earlier commit, reverts, hotfixes, failed and cancelled attempts, staging and configuration', () => {
    const reverted = of('commit').filter(({ message }) => /^This reverts commit [0-9a-f]{40}\.$/m.test(message as string))
    const rolledBack = production.filter(({ service, commit, startedAt, status }, index) => {
      const earlier = production.slice(0, index).filter((row) => row.service === service && row.status === 'succeeded')
      const again = earlier.some((row) => row.commit === commit)
      return status === 'succeeded' && again && earlier.at(-1)?.commit !== commit && startedAt !== undefined
    })
    expect(reverted.length).toBeGreaterThan(5)
    expect(rolledBack.length).toBeGreaterThan(10)
    expect(of('change').filter(({ labels }) => labels?.includes('hotfix')).length).toBeGreaterThan(5)
    expect(new Set(production.map(({ status }) => status))).toEqual(new Set(['succeeded', 'failed', 'cancelled']))
    expect(of('deployment').some(({ environment }) => environment === 'staging')).toBe(true)
    expect(production.some(({ config }) => config)).toBe(true)
  })

  it('reverts only commits that it knows', () => {
    const shas = new Set(of('commit').map(({ sha }) => sha))
    const reverted = of('commit').flatMap(({ message }) => /This reverts commit ([0-9a-f]{40})/.exec(message as string)?.[1] ?? [])
    expect(reverted.filter((sha) => !shas.has(sha))).toEqual([])
  })

  it('has incidents that are named, of several services, of nobody, of other causes, and open ones', () => {
    const incidents = of('incident')
    const ids = new Set(production.map(({ id }) => id))
    const named = incidents.filter(({ deployment }) => deployment !== undefined)
    expect(named.length).toBeGreaterThan(3)
    expect(named.every(({ deployment }) => ids.has(deployment as string))).toBe(true)
    expect(incidents.some(({ services }) => (services?.length ?? 0) > 1)).toBe(true)
    expect(incidents.some(({ service, services }) => service === undefined && services === undefined)).toBe(true)
    expect(incidents.some(({ cause }) => cause === 'infrastructure')).toBe(true)
    const open = incidents.filter(({ mitigatedAt, resolvedAt }) => mitigatedAt === undefined && resolvedAt === undefined)
    expect(open.map(({ service }) => service)).toContain('payments-api')
  })

  it('has pull requests of people with stages in order, of a bot, and some without a review', () => {
    const changes = of('change')
    const disordered = changes.filter(
      ({ openedAt = 0, readyAt = openedAt, firstReviewAt = readyAt, approvedAt = firstReviewAt, mergedAt }) => {
        return !(openedAt <= readyAt && readyAt <= firstReviewAt && firstReviewAt <= approvedAt && approvedAt <= mergedAt)
      },
    )
    expect(disordered).toEqual([])
    expect(changes.some(({ author }) => author === 'renovate[bot]')).toBe(true)
    expect(changes.filter(({ firstReviewAt }) => firstReviewAt === undefined).length / changes.length).toBeGreaterThan(0.05)
  })

  it('has services of every pace: many a day, monthly, silent, new, faster than before', () => {
    const of = (service: string) => production.filter((row) => row.service === service && row.status === 'succeeded')
    const days = (at: Instant | undefined) => (now.getTime() - (at ?? 0)) / 86_400_000
    expect(of('cart').length).toBeGreaterThan(30 * 5)
    expect(of('ledger').length).toBeLessThan(20)
    expect(days(of('loyalty').at(-1)?.finishedAt)).toBeGreaterThan(85)
    expect(days(of('gift-cards')[0]?.finishedAt)).toBeLessThan(44)
    expect(of('gift-cards').length).toBeGreaterThan(8)
  })
})

describe('demoConfig', () => {
  it('names every service with its owner, and one that changed hands', () => {
    const { services, teams, sources } = demoConfig()
    expect(services.map(({ id }) => id)).toEqual(demoServices.map(({ id }) => id))
    const known = new Set(teams.map(({ id }) => id))
    expect(services.flatMap(({ teams }) => teams).filter(({ team }) => !known.has(team))).toEqual([])
    expect(services.filter(({ teams }) => teams.length === 2).map(({ id }) => id)).toEqual(['notifications'])
    expect(sources.map(({ id }) => id)).toEqual(['demo'])
    expect(sources[0]?.options).toEqual(demoSource.options.parse({}))
  })
})
