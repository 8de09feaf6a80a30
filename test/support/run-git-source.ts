/** Runs the git source as the collector does, and applies what it yields as the store would. */
import type { Fact } from '../../server/facts.ts'
import { gitSource } from '../../server/sources/git/index.ts'
import type { Context, Progress } from '../../server/sources/source.ts'

export interface Run {
  batches: Fact[][]
  facts: Fact[]
  notes: string[]
  progress: Progress[]
  cursor: string | null
}

export interface RunOptions {
  cursor?: string | null
  dataDir?: string
  service?: string
  signal?: AbortSignal
  /** Whether services share the repository by paths. */
  files?: boolean
  /** Leaves the source after so many batches, as a crash does. */
  stopAfter?: number
}

export function contextOf(options: RunOptions = {}): { ctx: Context; notes: string[]; progress: Progress[] } {
  const notes: string[] = []
  const progress: Progress[] = []
  const ctx: Context = {
    sourceId: 'shop',
    service: options.service ?? 'checkout',
    dataDir: options.dataDir ?? '/nonexistent',
    signal: options.signal ?? new AbortController().signal,
    now: new Date('2026-02-01T00:00:00Z'),
    needsFiles: () => options.files === true,
    progress: (step) => progress.push(step),
    note: (text) => notes.push(text),
  }
  return { ctx, notes, progress }
}

export async function runSource(input: Record<string, unknown>, options: RunOptions = {}): Promise<Run> {
  const { ctx, notes, progress } = contextOf(options)
  const run: Run = { batches: [], facts: [], notes, progress, cursor: options.cursor ?? null }
  const collect = gitSource.collect
  if (collect === undefined) throw new Error('the git source collects')
  for await (const batch of collect(gitSource.options.parse(input), run.cursor, ctx)) {
    const facts = [...batch.facts]
    run.batches.push(facts)
    run.facts.push(...facts)
    run.cursor = batch.cursor
    if (run.batches.length === options.stopAfter) break
  }
  return run
}

type Of<K extends Fact['kind']> = Extract<Fact, { kind: K }>

export function factsOf<K extends Fact['kind']>(run: Run, kind: K): Of<K>[] {
  return run.facts.filter((fact): fact is Of<K> => fact.kind === kind)
}

/** What stands after the facts of several runs, by kind and id. */
export function standing(...runs: Run[]): Map<string, Fact> {
  const facts = new Map<string, Fact>()
  for (const fact of runs.flatMap((run) => run.facts)) {
    if (fact.kind === 'withdrawal') facts.delete(`${fact.of} ${fact.id}`)
    else if (fact.kind === 'commit') facts.set(`commit ${fact.sha}`, fact)
    else if (fact.kind === 'head') facts.set('head', fact)
    else facts.set(`${fact.kind} ${fact.id}`, fact)
  }
  return facts
}

export function deploymentsOf(...runs: Run[]): string[] {
  return [...standing(...runs).keys()].filter((key) => key.startsWith('deployment ')).map((key) => key.slice('deployment '.length))
}
