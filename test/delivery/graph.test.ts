import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CommitGraph } from '../../server/delivery/graph.ts'
import { commit, hour, sha } from './history.ts'

describe('a commit graph', () => {
  it('knows parents before they arrive, and resolves them when they do', () => {
    const graph = new CommitGraph()
    const child = graph.add(commit('child', ['parent'], hour))
    expect(graph.indexOf(sha('parent'))).toBe(-1)
    const parent = graph.add(commit('parent', [], 0))
    expect(graph.size).toBe(2)
    expect([...graph.parents(child)]).toEqual([parent])
    expect(graph.isAncestor(parent, child)).toBe(true)
  })

  it('keeps a commit that is added twice as it was', () => {
    const graph = new CommitGraph()
    expect(graph.add(commit('a', [], 0))).toBe(graph.add(commit('a', [], hour)))
    expect(graph.size).toBe(1)
  })

  it('finds abbreviated ids from seven digits on, unless they are ambiguous', () => {
    const graph = new CommitGraph()
    const node = graph.add({ ...commit('a', [], 0), sha: `abcdef1234${'0'.repeat(30)}` })
    graph.add({ ...commit('b', [], 0), sha: `abcdef1299${'0'.repeat(30)}` })
    expect(graph.indexOf('abcdef1234')).toBe(node)
    expect(graph.indexOf('abcdef12')).toBe(-1)
    expect(graph.indexOf('abcdef')).toBe(-1)
    expect(graph.indexOf('abcdef1')).toBe(-1)
  })

  it('holds ids of 64 digits, subjects in any script, and dates before 1970', () => {
    const graph = new CommitGraph()
    const id = 'ab'.repeat(32)
    const node = graph.add({ ...commit('a', [], 0), sha: id, subject: 'Größe 桁 🚀', authoredAt: -5_000_000_000_000 })
    expect([graph.sha(node), graph.subject(node), graph.authoredAt(node)]).toEqual([id, 'Größe 桁 🚀', -5_000_000_000_000])
    expect(graph.indexOf(id)).toBe(node)
  })

  it('ends on invented histories that run in circles', () => {
    const graph = new CommitGraph()
    const a = graph.add(commit('a', ['b'], 0))
    const b = graph.add(commit('b', ['a'], 0))
    const seen: number[] = []
    graph.label(new Int32Array(graph.nodes).fill(-1), a, 0, (node) => seen.push(node))
    expect(seen.sort()).toEqual([a, b])
    expect(typeof graph.isAncestor(a, b)).toBe('boolean')
  })

  it('answers ancestry as a plain search does, in any order of arrival', () => {
    const dag = fc
      .array(fc.array(fc.nat(), { maxLength: 3 }), { minLength: 1, maxLength: 20 })
      .map((rows) => rows.map((parents, index) => [...new Set(index === 0 ? [] : parents.map((parent) => parent % index))]))
    fc.assert(
      fc.property(dag, fc.boolean(), (parents, backwards) => {
        const graph = new CommitGraph()
        const commits = parents.map((from, index) => commit(`${index}`, from.map(String), index))
        for (const each of backwards ? commits.toReversed() : commits) graph.add(each)
        const reach = parents.map((from, index) => new Set([index, ...from]))
        for (const [index, from] of parents.entries())
          for (const parent of from) for (const node of reach[parent] ?? []) reach[index]?.add(node)
        for (let a = 0; a < parents.length; a++) {
          for (let b = 0; b < parents.length; b++) {
            expect(graph.isAncestor(graph.indexOf(sha(`${a}`)), graph.indexOf(sha(`${b}`)))).toBe(reach[b]?.has(a))
          }
        }
      }),
    )
  })
})
