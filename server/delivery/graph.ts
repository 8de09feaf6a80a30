/** The commits of one repository and who descends from whom, as packed integers: about 100 bytes and a subject each. */
import type { Instant } from '../facts.ts'
import { pickedCommits } from './message.ts'

const slot = 32
const unset = -1
/** A power of two; few, because most repositories whose facts are pushed never have a commit. */
const firstNodes = 16

export interface GraphCommit {
  sha: string
  parents: string[]
  authoredAt: Instant
  committedAt: Instant
  /** Salted hash of who wrote it; null where the source does not say. */
  author: string | null
  subject: string
  notes: string | null
}

/** Append only. A parent that has not arrived yet has a node too; it is unknown until it is added. */
export class CommitGraph {
  /** Commits added; nodes of parents that have not arrived are not among them. */
  size = 0
  /** Nodes, known or not: what arrays over the graph are sized by. */
  nodes = 0
  #shas = new Uint8Array(firstNodes * slot)
  #known = new Uint8Array(firstNodes)
  #authoredAt = new Float64Array(firstNodes)
  #committedAt = new Float64Array(firstNodes)
  #author = new Int32Array(firstNodes)
  #parentStart = new Int32Array(firstNodes)
  #parentCount = new Uint16Array(firstNodes)
  #parents = new Int32Array(firstNodes)
  #parentsUsed = 0
  #subjectStart = new Float64Array(firstNodes)
  #subjectLength = new Uint32Array(firstNodes)
  #subjects = Buffer.alloc(64 * firstNodes)
  #subjectsUsed = 0
  #notes = new Map<number, string>()
  #authors = new Map<string, number>()
  #table = new Int32Array(firstNodes * 4).fill(unset)
  #generations: Int32Array | null = null
  #groups: Int32Array | null = null
  #stamps = new Int32Array(0)
  #stamp = 0

  /** The commit's node. A commit that is known already stays as it is. */
  add(commit: GraphCommit): number {
    const node = this.#nodeOf(commit.sha)
    if (this.#known[node] === 1) return node
    this.#known[node] = 1
    this.size++
    this.#authoredAt[node] = commit.authoredAt
    this.#committedAt[node] = commit.committedAt
    this.#author[node] = this.#authorId(commit.author)
    const parents = commit.parents.map((parent) => this.#nodeOf(parent))
    if (this.#parentsUsed + parents.length > this.#parents.length) this.#parents = grow(this.#parents, this.#parentsUsed + parents.length)
    this.#parentStart[node] = this.#parentsUsed
    this.#parentCount[node] = parents.length
    for (const parent of parents) this.#parents[this.#parentsUsed++] = parent
    this.#writeSubject(node, commit.subject)
    if (commit.notes !== null) this.#notes.set(node, commit.notes)
    this.#generations = null
    this.#groups = null
    return node
  }

  /** The node of a full or abbreviated commit id (7 digits or more, unambiguous), or -1 where it is not known. */
  indexOf(sha: string): number {
    if (sha.length === 40 || sha.length === 64) {
      const node = this.#find(parseSha(sha))
      return node >= 0 && this.#known[node] === 1 ? node : unset
    }
    return this.#findAbbreviated(sha)
  }

  isKnown(node: number): boolean {
    return this.#known[node] === 1
  }

  sha(node: number): string {
    const bytes = this.#shas.subarray(node * slot, (node + 1) * slot)
    const long = bytes.subarray(20).some((byte) => byte !== 0)
    return Buffer.from(bytes.buffer, bytes.byteOffset, long ? 32 : 20).toString('hex')
  }

  /** The first four bytes of the id: well spread, for digests. */
  shaWord(node: number): number {
    const at = node * slot
    const bytes = this.#shas
    return ((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0)
  }

  subject(node: number): string {
    const start = this.#subjectStart[node] ?? 0
    return this.#subjects.toString('utf8', start, start + (this.#subjectLength[node] ?? 0))
  }

  notes(node: number): string | null {
    return this.#notes.get(node) ?? null
  }

  /** Nodes whose message refers to other commits. */
  nodesWithNotes(): Iterable<number> {
    return this.#notes.keys()
  }

  authoredAt(node: number): Instant {
    return this.#authoredAt[node] ?? 0
  }

  committedAt(node: number): Instant {
    return this.#committedAt[node] ?? 0
  }

  parents(node: number): Int32Array {
    const start = this.#parentStart[node] ?? 0
    return this.#parents.subarray(start, start + (this.#known[node] === 1 ? (this.#parentCount[node] ?? 0) : 0))
  }

  isMerge(node: number): boolean {
    return this.#known[node] === 1 && (this.#parentCount[node] ?? 0) > 1
  }

  /** Gives every node reachable from `start` that has no label yet this label, and calls `visit` for each known one. */
  label(labels: Int32Array, start: number, label: number, visit: (node: number) => void): void {
    if (labels[start] !== unset) return
    labels[start] = label
    const stack = [start]
    for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
      if (this.#known[node] !== 1) continue
      visit(node)
      const from = this.#parentStart[node] ?? 0
      const to = from + (this.#parentCount[node] ?? 0)
      for (let at = from; at < to; at++) {
        const parent = this.#parents[at] ?? 0
        if (labels[parent] !== unset) continue
        labels[parent] = label
        stack.push(parent)
      }
    }
  }

  /** Whether `ancestor` is reachable from `node`; a commit is its own ancestor. */
  isAncestor(ancestor: number, node: number): boolean {
    if (ancestor === node) return true
    const generations = this.#generationNumbers()
    const floor = generations[ancestor] ?? 0
    if ((generations[node] ?? 0) <= floor) return false
    if (this.#stamps.length < this.nodes) this.#stamps = new Int32Array(this.#known.length)
    const stamp = ++this.#stamp
    const stack = [node]
    for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
      for (const parent of this.parents(at)) {
        if (parent === ancestor) return true
        if (this.#stamps[parent] === stamp || (generations[parent] ?? 0) <= floor) continue
        this.#stamps[parent] = stamp
        stack.push(parent)
      }
    }
    return false
  }

  /**
   * For every node the representative of the commits that are the same change: equal author, author time and subject, or a
   * cherry-pick that names the other and has its author and author time (definition `dora@1`, section 1). The representative is
   * the earliest by commit time, then id, whatever the order of arrival. Merge commits stand alone.
   */
  sameChange(): Int32Array {
    if (this.#groups) return this.#groups
    const groups = new Int32Array(this.nodes)
    for (let node = 0; node < this.nodes; node++) groups[node] = node
    const root = (node: number): number => {
      let at = node
      for (let up = groups[at] ?? at; up !== at; up = groups[at] ?? at) {
        groups[at] = groups[up] ?? up
        at = up
      }
      return at
    }
    const join = (a: number, b: number): void => {
      const one = root(a)
      const other = root(b)
      if (one === other) return
      if (this.#precedes(one, other)) groups[other] = one
      else groups[one] = other
    }
    const byMoment = new Map<number, number | number[]>()
    for (let node = 0; node < this.nodes; node++) {
      if (this.#known[node] !== 1 || this.isMerge(node) || this.#author[node] === unset || this.#subjectLength[node] === 0) continue
      const moment = (this.#authoredAt[node] ?? 0) * 1024 + ((this.#author[node] ?? 0) % 1024)
      const others = byMoment.get(moment)
      if (others === undefined) {
        byMoment.set(moment, node)
        continue
      }
      const list = typeof others === 'number' ? [others] : others
      const equal = list.find((other) => this.#isSameText(other, node))
      if (equal !== undefined) join(equal, node)
      else byMoment.set(moment, [...list, node])
    }
    for (const [node, notes] of this.#notes) {
      if (this.isMerge(node)) continue
      for (const original of pickedCommits(notes)) {
        const other = this.indexOf(original)
        if (other < 0 || this.isMerge(other) || this.#author[other] !== this.#author[node]) continue
        if (this.#authoredAt[other] === this.#authoredAt[node]) join(other, node)
      }
    }
    for (let node = 0; node < this.nodes; node++) groups[node] = root(node)
    this.#groups = groups
    return groups
  }

  #precedes(a: number, b: number): boolean {
    const difference = (this.#committedAt[a] ?? 0) - (this.#committedAt[b] ?? 0)
    return difference !== 0 ? difference < 0 : this.sha(a) < this.sha(b)
  }

  #isSameText(a: number, b: number): boolean {
    if (this.#author[a] !== this.#author[b] || this.#subjectLength[a] !== this.#subjectLength[b]) return false
    const length = this.#subjectLength[a] ?? 0
    const from = this.#subjectStart[a] ?? 0
    const to = this.#subjectStart[b] ?? 0
    return this.#subjects.compare(this.#subjects, to, to + length, from, from + length) === 0
  }

  /** One more than the greatest of the parents': an ancestor's is always smaller. */
  #generationNumbers(): Int32Array {
    if (this.#generations) return this.#generations
    const generations = new Int32Array(this.nodes)
    const stack: number[] = []
    const entered = -1
    for (let start = 0; start < this.nodes; start++) {
      if (generations[start] === 0) stack.push(start)
      while (stack.length > 0) {
        const node = stack[stack.length - 1] ?? 0
        const state = generations[node] ?? 0
        if (state > 0) {
          stack.pop()
          continue
        }
        let generation = 1
        let ready = true
        for (const parent of this.parents(node)) {
          const known = generations[parent] ?? 0
          // A parent that is entered and not finished closes a cycle, which only invented ids can; it is passed over.
          if (known === 0 && state === 0) {
            stack.push(parent)
            ready = false
          } else if (known >= generation) generation = known + 1
        }
        generations[node] = ready ? generation : entered
        if (ready) stack.pop()
      }
    }
    this.#generations = generations
    return generations
  }

  #nodeOf(sha: string): number {
    const bytes = parseSha(sha)
    const found = this.#find(bytes)
    if (found >= 0) return found
    if (this.nodes === this.#known.length) this.#growNodes()
    if (this.nodes * 2 > this.#table.length) this.#growTable()
    const node = this.nodes++
    this.#shas.set(bytes, node * slot)
    this.#insert(node)
    return node
  }

  #authorId(author: string | null): number {
    if (author === null) return unset
    const known = this.#authors.get(author)
    if (known !== undefined) return known
    this.#authors.set(author, this.#authors.size)
    return this.#authors.size - 1
  }

  #writeSubject(node: number, subject: string): void {
    const length = Buffer.byteLength(subject)
    if (this.#subjectsUsed + length > this.#subjects.length) {
      const larger = Buffer.alloc(Math.max(this.#subjects.length * 2, this.#subjectsUsed + length))
      this.#subjects.copy(larger, 0, 0, this.#subjectsUsed)
      this.#subjects = larger
    }
    this.#subjects.write(subject, this.#subjectsUsed)
    this.#subjectStart[node] = this.#subjectsUsed
    this.#subjectLength[node] = length
    this.#subjectsUsed += length
  }

  #place(word: number): number {
    return (word >>> 0) & (this.#table.length - 1)
  }

  #insert(node: number): void {
    let place = this.#place(this.shaWord(node))
    while (this.#table[place] !== unset) place = (place + 1) & (this.#table.length - 1)
    this.#table[place] = node
  }

  #find(bytes: Uint8Array): number {
    const word = ((bytes[0] ?? 0) << 24) | ((bytes[1] ?? 0) << 16) | ((bytes[2] ?? 0) << 8) | (bytes[3] ?? 0)
    let place = this.#place(word)
    for (let node = this.#table[place] ?? unset; node !== unset; node = this.#table[place] ?? unset) {
      if (this.#hasBytes(node, bytes)) return node
      place = (place + 1) & (this.#table.length - 1)
    }
    return unset
  }

  #hasBytes(node: number, bytes: Uint8Array): boolean {
    for (let at = 0; at < slot; at++) if (this.#shas[node * slot + at] !== (bytes[at] ?? 0)) return false
    return true
  }

  #findAbbreviated(prefix: string): number {
    if (prefix.length < 7 || prefix.length > 64) return unset
    let found = unset
    // The table is placed by the first eight digits, so a shorter abbreviation has sixteen places to start from.
    const starts = prefix.length >= 8 ? [prefix.slice(0, 8)] : [...'0123456789abcdef'].map((digit) => prefix + digit)
    for (const start of starts) {
      let place = this.#place(Number.parseInt(start, 16) | 0)
      for (let node = this.#table[place] ?? unset; node !== unset; node = this.#table[place] ?? unset) {
        if (this.#known[node] === 1 && node !== found && this.sha(node).startsWith(prefix)) {
          if (found !== unset) return unset
          found = node
        }
        place = (place + 1) & (this.#table.length - 1)
      }
    }
    return found
  }

  #growNodes(): void {
    const length = this.nodes * 2
    this.#shas = grow(this.#shas, length * slot)
    this.#known = grow(this.#known, length)
    this.#authoredAt = grow(this.#authoredAt, length)
    this.#committedAt = grow(this.#committedAt, length)
    this.#author = grow(this.#author, length)
    this.#parentStart = grow(this.#parentStart, length)
    this.#parentCount = grow(this.#parentCount, length)
    this.#subjectStart = grow(this.#subjectStart, length)
    this.#subjectLength = grow(this.#subjectLength, length)
  }

  #growTable(): void {
    this.#table = new Int32Array(this.#table.length * 2).fill(unset)
    for (let node = 0; node < this.nodes; node++) this.#insert(node)
  }
}

function parseSha(sha: string): Uint8Array {
  return Buffer.from(sha, 'hex')
}

function grow<T extends Uint8Array | Uint16Array | Uint32Array | Int32Array | Float64Array>(array: T, needed: number): T {
  const larger = new (array.constructor as new (length: number) => T)(Math.max(array.length * 2, needed))
  larger.set(array)
  return larger
}
