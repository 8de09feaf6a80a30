/** Collects a cluster: what its watches tell since the last run, or all of it where they no longer can. */
import type { Fact } from '../../facts.ts'
import type { Batch, Context } from '../source.ts'
import { accessOf } from './access.ts'
import { type Api, createApi } from './api.ts'
import { type Cursor, readCursor, writeCursor } from './cursor.ts'
import { createDigests } from './digests.ts'
import type { Attempt } from './follow.ts'
import type { KubernetesOptions } from './options.ts'
import type { Pace } from './pace.ts'
import { type Item, type Resource, resourcesOf } from './resources.ts'
import { applyAll, applyListed } from './rollouts.ts'
import { attemptFact, whyNot } from './to-facts.ts'

/** Facts of one batch. */
const batchFacts = 500

/** Throws SourceError. */
export async function* collectKubernetes(
  options: KubernetesOptions,
  cursorText: string | null,
  ctx: Context,
  pace: Pace,
): AsyncGenerator<Batch> {
  const api = createApi(await accessOf(options), ctx, pace)
  const resources = resourcesOf(options)
  const scope = JSON.stringify([...resources.workloads, ...resources.revisions].map(({ path }) => path))
  let before = readCursor(cursorText)
  const digests = createDigests(options, api, ctx)
  let isListed = before.scope !== scope
  if (isListed && before.scope !== '') ctx.note('What is collected of the cluster is another now: it is listed anew.')
  for (;;) {
    const round = isListed ? null : await watchAll(api, resources, before)
    if (!isListed && round === null)
      ctx.note('The cluster no longer knows what changed since the last run: it was listed, and its revisions tell the rest.')
    const { attempts, cursor } =
      round === null ? await listAll(options, api, resources, { ...before, scope }, ctx) : applyRound(options, before, round, ctx)
    await digests.add(attempts)
    yield* batches(options, attempts, before, cursor, ctx)
    if (round === null || !round.more) return
    before = cursor
    isListed = false
  }
}

/** Those before the last leave the cursor where it was: a run that is cut reads them again, and repeats change nothing. */
function* batches(options: KubernetesOptions, attempts: Attempt[], before: Cursor, cursor: Cursor, ctx: Context): Generator<Batch> {
  const facts: Fact[] = attempts.filter((attempt) => whyNot(attempt) === null).map((attempt) => attemptFact(options, ctx.sourceId, attempt))
  const coveredFrom = cursor.since ?? ctx.now.getTime()
  while (facts.length > batchFacts) yield { facts: facts.splice(0, batchFacts), cursor: writeCursor(before), coveredFrom }
  yield { facts, cursor: writeCursor(cursor), coveredFrom }
}

interface Resources {
  workloads: Resource[]
  revisions: Resource[]
}

/** How many lists are read at once. */
const atOnce = 4

async function listAll(
  options: KubernetesOptions,
  api: Api,
  { workloads, revisions }: Resources,
  before: Cursor,
  ctx: Context,
): Promise<{ attempts: Attempt[]; cursor: Cursor }> {
  const versions: Record<string, string> = {}
  const items: Item[] = []
  for (const part of [workloads, revisions]) {
    await eachOf(part, async ({ what, path, item }) => {
      const listed = await api.list(what, path, item)
      if (listed === null) {
        ctx.note(`The cluster knows no ${what}: take their kind out of deployments, or install what defines them.`)
        return
      }
      versions[path] = listed.version
      items.push(...listed.items)
    })
  }
  const { attempts, workloads: followed } = applyListed(options, before, items, ctx.now)
  return { attempts, cursor: { ...before, versions, workloads: followed, since: before.since ?? ctx.now.getTime() } }
}

interface Round {
  changes: { version: string; deleted: boolean; object: Item }[]
  versions: Record<string, string>
  more: boolean
}

/** Null where one of the watches cannot go on. */
async function watchAll(api: Api, { workloads, revisions }: Resources, before: Cursor): Promise<Round | null> {
  const told: { path: string; changes: Round['changes']; version: string; more: boolean }[] = []
  let isGone = false
  for (const part of [workloads, revisions]) {
    await eachOf(part, async ({ what, path, item }) => {
      const from = before.versions[path]
      if (from === undefined || isGone) return
      const watched = await api.watch(what, path, item, from)
      if (watched === null) isGone = true
      else told.push({ path, ...watched })
    })
    if (isGone) return null
  }
  // What one watch has not told yet may come before what another one did.
  const until = Math.min(...told.filter(({ more }) => more).map(({ version }) => Number(version)))
  // Versions that are no numbers cannot be put in order: what stands is listed instead.
  if (Number.isNaN(until)) return null
  const versions = { ...before.versions }
  const changes: Round['changes'] = []
  for (const { path, changes: all, version } of told) {
    const kept = all.filter((change) => Number(change.version) <= until)
    versions[path] = kept.length === all.length ? version : (kept.at(-1)?.version ?? before.versions[path] ?? version)
    changes.push(...kept)
  }
  changes.sort((a, b) => Number(a.version) - Number(b.version))
  return { changes, versions, more: until !== Number.POSITIVE_INFINITY }
}

function applyRound(options: KubernetesOptions, before: Cursor, round: Round, ctx: Context): { attempts: Attempt[]; cursor: Cursor } {
  const { attempts, workloads } = applyAll(options, before, round.changes, ctx.now)
  return { attempts, cursor: { ...before, versions: round.versions, workloads } }
}

/** One that fails lets those that are under way end, and begins no other. */
async function eachOf<T>(things: T[], work: (thing: T) => Promise<void>): Promise<void> {
  const rest = [...things]
  async function inTurn() {
    for (let next = rest.shift(); next !== undefined; next = rest.shift()) {
      try {
        await work(next)
      } catch (error) {
        rest.length = 0
        throw error
      }
    }
  }
  const outcomes = await Promise.allSettled(Array.from({ length: atOnce }, inTurn))
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
}
