import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { defineMetrics } from '../../server/definition.ts'
import { type Derived, derive } from '../../server/delivery/derive.ts'
import { CommitGraph } from '../../server/delivery/graph.ts'
import { nodeFiles } from '../../server/delivery/within.ts'
import type { Change } from '../../server/facts.ts'
import { changeContext, explainChanges } from '../../server/metrics/evidence.ts'
import { pathMatcher } from '../../server/path-globs.ts'
import { carriedBy, change, commit, deployment, excludedBy, failuresOf, type History, hour, kindsOf, sha } from './history.ts'

type Files = Record<string, string[]>

/** Derives a service of the repository `shop` that has these globs; commits that `files` leaves out have no list. */
function deriveWithin(history: Partial<History>, files: Files, globs: string[] | null, service = 'shop'): Derived {
  const graph = new CommitGraph()
  for (const each of history.commits ?? []) graph.add(each)
  const changes = history.changes ?? []
  const nodes = new Uint8Array(graph.nodes)
  const isMeant = pathMatcher(globs ?? ['**'])
  for (const [name, paths] of Object.entries(files)) {
    nodes[graph.indexOf(sha(name))] = paths.some(isMeant) ? nodeFiles.inside : nodeFiles.outside
  }
  const pulls = new Map(changes.flatMap(({ source, id, paths }) => (paths ? [[`${source}/${id}`, paths.some(isMeant)] as const] : [])))
  const head = history.head ? { branch: 'main', sha: sha(history.head) } : null
  return derive(
    {
      service,
      deployments: (history.deployments ?? []).map((fact) => ({ ...fact, service, repository: 'shop', id: `${fact.id}:${service}` })),
      repositories: new Map([['shop', { graph, changes, head }]]),
      ...(globs === null ? {} : { within: new Map([['shop', { nodes, pulls }]]) }),
      incidents: [],
      verdicts: [],
    },
    defineMetrics(),
  )
}

const steps = (names: string[]) => names.map((name, index) => commit(name, index === 0 ? [] : [names[index - 1] ?? ''], index * hour))
const live = (...of: string[]) => of.map((name, index) => deployment(name, (10 + index) * hour, { of: name, reported: 'tag' }))

describe('a service that shares its repository by paths', () => {
  it('carries and awaits only what touched its paths', () => {
    const history = { commits: steps(['a', 'b', 'c', 'd', 'e']), deployments: live('a', 'c'), head: 'e' }
    const files = { a: ['apps/till/x'], b: ['apps/till/x', 'apps/web/y'], c: ['apps/web/y'], d: ['apps/till/z'], e: ['docs/a.md'] }
    const till = deriveWithin(history, files, ['apps/till/**'], 'till')
    const web = deriveWithin(history, files, ['apps/web/**'], 'web')
    expect(carriedBy(till)).toEqual({ 'c:till': ['commit b'] })
    expect(carriedBy(web)).toEqual({ 'c:web': ['commit b', 'commit c'] })
    expect([...till.waiting.rows()].map(({ title }) => title)).toEqual(['commit d'])
    expect([...web.waiting.rows()]).toEqual([])
  })

  it('has an empty deployment where nothing touched its paths, and none of the history of others', () => {
    const history = { commits: steps(['a', 'b', 'c']), deployments: live('a', 'b', 'c') }
    const derived = deriveWithin(history, { a: ['web/x'], b: ['web/y'], c: ['till/x'] }, ['till'])
    expect(kindsOf(derived)).toEqual(['a:shop: baseline', 'b:shop: empty', 'c:shop: code'])
    expect(excludedBy(derived, 'a:shop')).toEqual({})
  })

  it('counts what nobody knows the files of, and says so', () => {
    const history = { commits: steps(['a', 'b', 'c']), deployments: live('a', 'c') }
    const derived = deriveWithin(history, { a: ['till/x'], c: ['web/y'] }, ['till'])
    const rows = derived.carried.flatMap((set) => [...set.rows()]).filter(({ exclusion }) => exclusion === null)
    expect(rows.map(({ title, filesUnknown }) => [title, filesUnknown])).toEqual([['commit b', true]])
  })

  it('writes rows anew once the files are known', () => {
    const history = { commits: steps(['a', 'b']), deployments: live('a', 'b') }
    const known: Files[] = [{}, { b: ['till/x'] }]
    const digests = known.map((files) => deriveWithin(history, files, ['till']).carried.at(-1)?.digest)
    expect(digests[0]).not.toBe(digests[1])
  })

  it.each<[what: string, pull: Partial<Change> & { merge?: string }, files: Files, expected: string]>([
    ['one of its commits does', { merge: 'm' }, { x: ['web/a'], y: ['till/b'] }, 'inside'],
    ['none of its commits does', { merge: 'm' }, { x: ['web/a'], y: ['web/b'] }, 'outside'],
    ['a commit of it is not known', { merge: 'm' }, { x: ['web/a'] }, 'unknown'],
    ['its own list does', { merge: 'm', paths: ['till/b'] }, {}, 'inside'],
    ['its own list does not', { merge: 'm', paths: ['web/b'] }, {}, 'outside'],
  ])('a merged pull request is its own where %s', (_, pull, files, expected) => {
    const commits = [commit('a', [], 0), commit('x', ['a'], hour), commit('y', ['x'], 2 * hour), commit('m', ['a', 'y'], 3 * hour)]
    const history = { commits, changes: [change('p', 3 * hour, ['x', 'y'], pull)], deployments: live('a', 'm') }
    const rows = deriveWithin(history, files, ['till']).carried.flatMap((set) => [...set.rows()])
    const found = rows.find(({ title }) => title === 'change p')
    expect(found === undefined ? 'outside' : found.filesUnknown ? 'unknown' : 'inside').toBe(expected)
  })

  it('takes of a squashed pull request what the squash commit touched, whatever is known of its branch', () => {
    const commits = [commit('a', [], 0), commit('x', ['a'], hour), commit('s', ['a'], 2 * hour)]
    const history = { commits, changes: [change('p', 2 * hour, ['x'], { merge: 's' })], deployments: live('a', 's') }
    expect(carriedBy(deriveWithin(history, { s: ['web/a'] }, ['till']))).toEqual({})
    expect(carriedBy(deriveWithin(history, { s: ['till/a'] }, ['till']))).toEqual({ 's:shop': ['change p'] })
  })

  it('is not blamed for reverts of what others own', () => {
    const commits = steps(['a', 'b', 'c'])
    commits[2] = commit('c', ['b'], 2 * hour, { message: `Revert "commit b"\n\nThis reverts commit ${sha('b')}.` })
    const history = { commits, deployments: live('a', 'b', 'c') }
    const files = { a: ['web/x'], b: ['web/y'], c: ['web/y'] }
    expect(failuresOf(deriveWithin(history, files, ['web']))).toEqual(['b:shop <- c:shop (revert)'])
    expect(failuresOf(deriveWithin(history, files, ['till']))).toEqual([])
  })

  it('is not rolled back where what was undone is of others', () => {
    const history = {
      commits: steps(['a', 'b']),
      deployments: [...live('a', 'b'), deployment('back', 13 * hour, { of: 'a' }), deployment('again', 14 * hour, { of: 'b' })],
    }
    const files = { a: ['web/x', 'till/x'], b: ['web/y'] }
    expect(kindsOf(deriveWithin(history, files, ['web']))).toEqual([
      'a:shop: baseline',
      'b:shop: code',
      'back:shop: rollback',
      'again:shop: reland',
    ])
    expect(kindsOf(deriveWithin(history, files, ['till']))).toEqual([
      'a:shop: baseline',
      'b:shop: empty',
      'back:shop: empty',
      'again:shop: empty',
    ])
  })

  it('delivers what a deployment names, whatever it touched', () => {
    const history = {
      commits: steps(['a', 'b']),
      deployments: [...live('a'), deployment('n', 12 * hour, { of: 'b', changes: [sha('b')] })],
    }
    expect(carriedBy(deriveWithin(history, { a: ['x'], b: ['web/y'] }, ['till']))).toEqual({ 'n:shop': ['commit b'] })
  })

  const folders = ['one', 'two', 'three']
  const touched = fc.subarray(folders, { minLength: 0 })
  it('partitions: the services together have the changes of the whole that touch any, and a roll-up counts each once', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ touched, parent: fc.nat(), second: fc.option(fc.nat(), { freq: 4 }) }), { minLength: 1, maxLength: 30 }),
        fc.array(fc.nat(), { minLength: 1, maxLength: 6 }),
        (plan, deployed) => {
          const commits = plan.map(({ parent, second }, index) => {
            const parents = index === 0 ? [] : [`c${parent % index}`, ...(second === null ? [] : [`c${second % index}`])]
            return commit(`c${index}`, [...new Set(parents)], index * hour)
          })
          const files = Object.fromEntries(plan.map(({ touched: names }, index) => [`c${index}`, names.map((name) => `${name}/file`)]))
          const deployments = deployed.map((pick, index) => deployment(`d${index}`, (100 + index) * hour, { of: `c${pick % plan.length}` }))
          const history = { commits, deployments, head: `c${plan.length - 1}` }
          const keysOf = (derived: Derived) =>
            derived.carried.flatMap((set) => [...set.rows()].flatMap((row) => (row.exclusion === null ? [row.key] : [])))
          const services = folders.map((name) => deriveWithin(history, files, [`${name}/**`], name))
          const whole = keysOf(deriveWithin(history, files, null))
          const touching = new Set(Object.entries(files).flatMap(([name, paths]) => (paths.length > 0 ? [sha(name)] : [])))
          const expected = new Set(whole.filter((key) => touching.has(key)))
          expect(new Set(services.flatMap(keysOf))).toEqual(expected)
          for (const [index, service] of services.entries()) {
            const own = keysOf(service)
            expect(new Set(own).size).toBe(own.length)
            for (const key of own) expect(files[`c${commits.findIndex((each) => each.sha === key)}`]).toContain(`${folders[index]}/file`)
          }
          const rows = services.flatMap((derived) => derived.carried.flatMap((set) => [...set.rows()]))
          const explained = explainChanges(rows, changeContext({ scope: 'org', environment: 'production' }))
          expect(explained.filter(({ included }) => included)).toHaveLength(expected.size)
          const waiting = new Set(services.flatMap((derived) => [...derived.waiting.rows()].map(({ key }) => key)))
          const wholeWaiting = [...deriveWithin(history, files, null).waiting.rows()].map(({ key }) => key)
          expect(waiting).toEqual(new Set(wholeWaiting.filter((key) => touching.has(key))))
        },
      ),
      { numRuns: 300 },
    )
  })
})
