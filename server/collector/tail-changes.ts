/** The changes that tails are about: those that their deployments name, and those that these speak of. */

import type { Definition } from '../definition.ts'
import { groupBy } from '../delivery/group-by.ts'
import { revertNames } from '../delivery/reverts.ts'
import type { Change, Instant, Ref } from '../facts.ts'
import { refKey } from '../facts.ts'
import type { Db } from '../store/database.ts'
import type { StandingFact } from '../store/facts.ts'
import { type Carriage, carriagesBy, carriagesOf, changesReferred, factSources } from '../store/tail.ts'
import { restore } from './names.ts'
import { asks, both } from './tail-begin.ts'
import { ownMembers, type Range } from './tail-range.ts'

export interface TailChanges {
  /** By repository. */
  facts: Map<string, Change[]>
  /** Every row of these changes, before the derivation. */
  carriages: Carriage[]
  /** Something is said to be reverted by a number or an abbreviation, which only all changes can tell. */
  unclear: boolean
  /** When a deployment before the range was live that carried what the range reverts. */
  reverted: Instant | null
}

/** For each range; every change that is read is known with all of its rows. */
export async function readChanges(tx: Db, ranges: Range[], definition: Definition): Promise<Map<Range, TailChanges>> {
  const byService = ranges.map((range) => ({ service: range.tail.service, range }))
  const held = await carriagesBy(
    tx,
    asks(byService, ({ range }) => storedNumbers(range).map((n) => ({ n }))),
  )
  const reader = new ChangeReader(tx)
  for (const { range } of byService) {
    reader.know(range.tail.changeRows)
    for (const { fact } of ownMembers(range)) for (const id of fact.changes ?? []) reader.wantNamed(fact.source, id)
    for (const change of both(range.tail.changes)) reader.want(change)
  }
  for (const { key } of held) for (const ref of refsOf(key)) reader.want(ref)
  await reader.read()
  const spoken = new Map<Range, Speech>()
  for (const range of ranges) spoken.set(range, { unclear: false, targets: new Set(), seen: new Set(), next: namedChanges(range, reader) })
  while ([...spoken.values()].some(({ next }) => next.length > 0)) {
    for (const { next } of spoken.values()) {
      for (const change of next) for (const name of revertNames(change, definition.reverts)) reader.wantNamed(change.source, name)
    }
    await reader.read()
    for (const speech of spoken.values()) follow(speech, reader, definition)
  }
  const heldBy = groupBy(held, ({ serviceId }) => serviceId)
  const keys = new Map(
    ranges.map((range) => [range, wantedKeys(range, reader, spoken.get(range), heldBy.get(range.tail.service.id) ?? [])]),
  )
  const carriages = await carriagesOf(
    tx,
    asks(byService, ({ range }) => [...(keys.get(range) ?? [])].map((key) => ({ key }))),
  )
  const carriagesFor = groupBy(carriages, ({ serviceId }) => serviceId)
  return new Map(
    ranges.map((range) => {
      const own = carriagesFor.get(range.tail.service.id) ?? []
      const speech = spoken.get(range)
      const changes: TailChanges = {
        facts: factsOf(range, reader, keys.get(range) ?? new Set()),
        carriages: own,
        unclear: speech?.unclear ?? false,
        reverted: revertedBefore(range, own, speech?.targets ?? new Set(), definition),
      }
      return [range, changes]
    }),
  )
}

/** Numbers of the stored deployments that the derived ones take the place of. */
export function storedNumbers(range: Range): number[] {
  return [...ownMembers(range).map(({ row }) => row.n), ...range.gone.map(({ n }) => n)].filter((n) => n > 0)
}

/** Reads standing changes as they are named, each once. */
class ChangeReader {
  readonly #tx: Db
  #sources: string[] | null = null
  readonly #known = new Map<string, StandingFact | null>()
  readonly #wanted = new Map<string, Ref>()
  readonly #named = new Map<string, { source: string; id: string }>()

  constructor(tx: Db) {
    this.#tx = tx
  }

  /** Facts that need not be read. */
  know(facts: StandingFact[]): void {
    for (const fact of facts) this.#known.set(refKey(fact), fact)
  }

  want({ source, id }: Ref): void {
    const key = refKey({ source, id })
    if (!this.#known.has(key)) this.#wanted.set(key, { source, id })
  }

  /** As a fact of the source names it: a change of its own, else any that is called so. */
  wantNamed(source: string, id: string): void {
    this.want({ source, id })
    this.#named.set(refKey({ source, id }), { source, id })
  }

  async read(): Promise<void> {
    await this.#readWanted()
    for (const [key, { id }] of this.#named) if (!this.#known.get(key)) for (const ref of refsOf(id)) this.want(ref)
    const unknown = [...this.#named].filter(([key]) => !this.#known.get(key))
    if (unknown.length > 0) {
      this.#sources ??= await factSources(this.#tx)
      for (const [, { id }] of unknown) for (const source of this.#sources) this.want({ source, id })
    }
    this.#named.clear()
    await this.#readWanted()
  }

  async #readWanted(): Promise<void> {
    if (this.#wanted.size === 0) return
    const found = new Map((await changesReferred(this.#tx, [...this.#wanted.values()])).map((fact) => [refKey(fact), fact]))
    for (const key of this.#wanted.keys()) this.#known.set(key, found.get(key) ?? null)
    this.#wanted.clear()
  }

  standing(ref: Ref): StandingFact | null {
    return this.#known.get(refKey(ref)) ?? null
  }

  /** Of the source itself, and else of any that is called so. */
  *named(source: string, id: string): Generator<StandingFact> {
    const own = this.standing({ source, id })
    if (own) yield own
    for (const ref of [...refsOf(id), ...(this.#sources ?? []).map((other) => ({ source: other, id }))]) {
      const fact = this.standing(ref)
      if (fact && fact !== own) yield fact
    }
  }
}

/** What `source/id` may mean: either may hold a slash. */
function refsOf(text: string): Ref[] {
  const refs: Ref[] = []
  for (let at = text.indexOf('/'); at >= 0; at = text.indexOf('/', at + 1)) {
    if (at > 0 && at < text.length - 1) refs.push({ source: text.slice(0, at), id: text.slice(at + 1) })
  }
  return refs
}

interface Speech {
  unclear: boolean
  /** Keys of changes that the named ones revert. */
  targets: Set<string>
  seen: Set<string>
  next: Change[]
}

function changeOf(fact: StandingFact): Change {
  return restore<Change>(fact)
}

function namedChanges(range: Range, reader: ChangeReader): Change[] {
  return ownMembers(range).flatMap(({ fact }) => (fact.changes ?? []).flatMap((id) => [...reader.named(fact.source, id)].map(changeOf)))
}

/** From changes on to those that they revert: whether these do so themselves decides what they show. */
function follow(speech: Speech, reader: ChangeReader, definition: Definition): void {
  const next: Change[] = []
  for (const change of speech.next) {
    for (const name of revertNames(change, definition.reverts)) {
      const own = reader.standing({ source: change.source, id: name })
      if (!own && /^[0-9a-f]+$/.test(name)) speech.unclear = true
      for (const fact of own ? [own] : reader.named(change.source, name)) {
        const key = refKey(fact)
        speech.targets.add(key)
        if (speech.seen.has(key)) continue
        speech.seen.add(key)
        next.push(changeOf(fact))
      }
    }
  }
  speech.next = next
}

function wantedKeys(range: Range, reader: ChangeReader, speech: Speech | undefined, held: Carriage[]): Set<string> {
  const keys = new Set(speech?.targets)
  for (const { fact } of ownMembers(range)) {
    for (const id of fact.changes ?? []) for (const change of reader.named(fact.source, id)) keys.add(refKey(change))
  }
  for (const change of both(range.tail.changes)) keys.add(refKey(change))
  for (const { key } of held) keys.add(key)
  return keys
}

function factsOf({ tail }: Range, reader: ChangeReader, keys: Set<string>): Map<string, Change[]> {
  const facts = new Map([...tail.repositories.values()].map(({ key }): [string, Change[]] => [key, []]))
  const seen = new Set<string>()
  for (const key of keys) {
    for (const ref of refsOf(key)) {
      const fact = reader.standing(ref)
      const repository = fact && tail.repositories.get(fact.repositoryId ?? 0)
      if (!fact || !repository || seen.has(refKey(fact)) || refKey(fact) !== key) continue
      seen.add(key)
      facts.get(repository.key)?.push(restore<Change>(fact, { repository: repository.key }))
    }
  }
  return facts
}

function revertedBefore({ tail }: Range, carriages: Carriage[], targets: Set<string>, definition: Definition): Instant | null {
  let first: Instant | null = null
  for (const { n, key, deployedAt } of carriages) {
    if (n === 0 || deployedAt === null || !targets.has(key)) continue
    if (deployedAt >= tail.from || deployedAt < tail.from - definition.revertWindow * 1000) continue
    first = Math.min(first ?? deployedAt, deployedAt)
  }
  return first
}
