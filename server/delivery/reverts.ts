/** Which changes revert which others, by what messages, branches and pull requests say. */
import { RE2JS } from 're2js'
import type { RevertPattern } from '../definition.ts'
import type { Change } from '../facts.ts'
import { refKey } from '../facts.ts'
import type { ChangeSet } from './changes.ts'
import { isReland, revertedAbbreviation, revertedCommits, revertedNumber } from './message.ts'

export interface Revert {
  /** The unit that reverts, and the node where a commit's message says so (-1 where the pull request does). */
  by: number
  node: number
  /** The unit that is reverted, and its node where a commit was named. */
  target: number
  targetNode: number
}

/** All reverts of a repository, each pair once for every commit that says so; reverts of reverts are none (definition `dora@1`, section 3, signal 3). */
export function findReverts(changes: ChangeSet, patterns: RevertPattern[]): Revert[] {
  const { graph, pulls, holder } = changes
  const own = compile(patterns)
  const found = new Map<string, Revert>()
  const unitOf = (node: number): number => ((holder[node] ?? -1) >= 0 ? (holder[node] ?? -1) : pulls.length + node)
  const add = (revert: Revert): void => {
    const key = `${revert.by}:${revert.target}:${revert.node}`
    if (revert.by !== revert.target && !found.has(key)) found.set(key, revert)
  }
  const messagePatterns = own.filter(({ field }) => field === 'message')
  const isRevert = (node: number): boolean => {
    const notes = graph.notes(node)
    return notes !== null && revertedCommits(notes).length > 0
  }
  const isRevertOf = (sha: string): boolean => {
    const target = graph.indexOf(sha)
    return target >= 0 && isRevert(target)
  }
  const addCommit = (by: number, node: number, sha: string): void => {
    const target = graph.indexOf(sha)
    if (target >= 0 && !isRevert(target)) add({ by, node, target: unitOf(target), targetNode: target })
  }
  for (const node of messagePatterns.length > 0 ? everyNode(changes) : graph.nodesWithNotes()) {
    const notes = graph.notes(node) ?? ''
    const subject = graph.subject(node)
    if (isReland(subject)) continue
    const reverted = revertedCommits(notes)
    if (reverted.some((sha) => isRevertOf(sha))) continue
    for (const sha of reverted) addCommit(unitOf(node), node, sha)
    for (const { regex } of messagePatterns) {
      for (const sha of groups(regex, `${subject}\n${notes}`)) addCommit(unitOf(node), node, sha)
    }
  }
  const byNumber = numbers(changes)
  const reverting = new Map<number, Set<number>>()
  for (const [unit, pull] of pulls.entries()) {
    const { fact } = pull
    if (isReland(fact.title)) continue
    const targets = new Set<number>()
    for (const name of namesReverted(fact, own)) addPull(targets, changes, byNumber, name, fact.source)
    const abbreviation = revertedAbbreviation(fact.headBranch ?? '')
    const target = abbreviation === null ? -1 : graph.indexOf(abbreviation)
    if (target >= 0) targets.add(unitOf(target))
    else if (abbreviation !== null) addMerge(targets, changes, abbreviation)
    if (targets.size > 0) reverting.set(unit, targets)
  }
  for (const [by, targets] of reverting) {
    for (const target of targets) if (!reverting.has(target)) add({ by, node: -1, target, targetNode: -1 })
  }
  return [...found.values()]
}

interface CompiledPattern {
  field: RevertPattern['field']
  regex: RE2JS
}

const compiled = new WeakMap<RevertPattern[], CompiledPattern[]>()

function compile(patterns: RevertPattern[]): CompiledPattern[] {
  const known = compiled.get(patterns)
  if (known) return known
  const own = patterns.map(({ field, pattern }) => ({ field, regex: RE2JS.compile(pattern) }))
  compiled.set(patterns, own)
  return own
}

/** Which changes a pull request says that it reverts: ids, numbers or beginnings of a merge commit. */
function namesReverted({ reverts, headBranch = '', title }: Change, own: CompiledPattern[]): string[] {
  const names = [reverts ?? null, revertedNumber(headBranch)]
  for (const { field, regex } of own) {
    if (field === 'headBranch') names.push(...groups(regex, headBranch))
    if (field === 'title') names.push(...groups(regex, title))
  }
  return names.filter((name) => name !== null)
}

/** As `namesReverted`, with the abbreviated commit that a branch is called by; none where it puts back what was reverted. */
export function revertNames(change: Change, patterns: RevertPattern[]): string[] {
  if (isReland(change.title)) return []
  const abbreviation = revertedAbbreviation(change.headBranch ?? '')
  return [...namesReverted(change, compile(patterns)), ...(abbreviation === null ? [] : [abbreviation])]
}

function* groups(regex: RE2JS, text: string): Generator<string> {
  const matcher = regex.matcher(text)
  while (matcher.find()) {
    const group = matcher.groupCount() > 0 ? matcher.group(1) : null
    if (group) yield group.toLowerCase()
  }
}

function* everyNode({ graph }: ChangeSet): Generator<number> {
  for (let node = 0; node < graph.nodes; node++) if (graph.isKnown(node)) yield node
}

/** Pull requests by the number at the end of their id: `12` of `owner/repo#12`. */
function numbers({ byId }: ChangeSet): Map<string, number[]> {
  const byNumber = new Map<string, number[]>()
  for (const [id, unit] of byId) {
    const number = /[#!/](\d+)$/.exec(id)?.[1]
    if (number !== undefined) byNumber.set(number, [...(byNumber.get(number) ?? []), unit])
  }
  return byNumber
}

/** By the source's own id, by number, or by merge commit. */
function addPull(targets: Set<number>, changes: ChangeSet, byNumber: Map<string, number[]>, name: string, source: string): void {
  const unit = changes.byKey.get(refKey({ source, id: name })) ?? changes.byKey.get(name) ?? changes.byId.get(name)
  if (unit !== undefined) targets.add(unit)
  else if (/^\d+$/.test(name)) for (const numbered of byNumber.get(name) ?? []) targets.add(numbered)
  else if (/^[0-9a-f]{7,64}$/.test(name)) addMerge(targets, changes, name)
}

function addMerge(targets: Set<number>, changes: ChangeSet, abbreviation: string): void {
  for (const [unit, pull] of changes.pulls.entries()) if (pull.fact.mergeCommit?.startsWith(abbreviation)) targets.add(unit)
}
