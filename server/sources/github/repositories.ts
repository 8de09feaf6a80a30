/** Which repositories a source has: those that are named, or those of an owner. */
import { z } from 'zod'
import { SourceError } from '../../errors.ts'
import type { Client, RestAnswer } from './client.ts'
import { type Cursor, emptyFeed, type RepositoryState } from './cursor.ts'
import { goneRepository } from './failure.ts'
import type { GithubOptions } from './options.ts'
import { ListedRepository } from './payloads.ts'
import { matchesGlob } from './rules.ts'

export interface Discovery {
  /** Those to collect. */
  repositories: RepositoryState[]
  /** Named ones that are not there. */
  failures: Map<string, SourceError>
  notes: string[]
}

type Page = Cursor['listing'][number] & { listed: ListedRepository[] | null; next: string | null }

const pageSize = 100
const List = z.array(ListedRepository)
const InstallationList = z.object({ repositories: List }).transform(({ repositories }) => repositories)

/** Asks what there is, as cheaply as it can be told that nothing changed, and brings the cursor's repositories up to date. Throws SourceError. */
export async function discover(options: GithubOptions, cursor: Cursor, client: Client, now: Date): Promise<Discovery> {
  const failures = new Map<string, SourceError>()
  const { owner, repositories: named, include, exclude, archived, forks } = options
  const listedFor = JSON.stringify({ owner, named, include, exclude, archived, forks })
  if (cursor.listedFor !== listedFor) cursor.listing = []
  cursor.listedFor = listedFor
  const pages =
    options.owner === undefined
      ? await namedPages(options.repositories ?? [], cursor, client, failures)
      : await ownedPages(options.owner, options, cursor, client)
  const since = monthsBefore(now, options.backfillMonths)
  const ids = new Set<number>()
  for (const { ids: known, listed } of pages) {
    if (listed === null) for (const id of known) ids.add(id)
    else for (const one of listed) if (options.owner === undefined || isWanted(one, options)) ids.add(one.id)
  }
  for (const one of pages.flatMap(({ listed }) => listed ?? [])) if (ids.has(one.id)) follow(cursor, one, since)
  cursor.listing = pages.map(({ url, etag, listed, ids: known, size }) => ({
    url,
    etag,
    size: listed === null ? size : listed.length,
    ids: listed === null ? known : listed.filter(({ id }) => ids.has(id)).map(({ id }) => id),
  }))
  const notes = leave(cursor, ids)
  const repositories = Object.values(cursor.repositories).filter(({ gone }) => !gone)
  for (const state of repositories) reachBack(state, since)
  if (repositories.length === 0 && failures.size === 0) notes.push(nothingFound(options))
  // As last pushed to, so that the repositories at work fill the pages first.
  const pushed = new Map(pages.flatMap(({ listed }) => listed ?? []).map((one) => [one.id, one.pushed_at ?? '']))
  const lastPush = (state: RepositoryState) => pushed.get(state.id) ?? state.pushed ?? ''
  repositories.sort((a, b) => (lastPush(a) === lastPush(b) ? (a.name < b.name ? -1 : 1) : lastPush(a) > lastPush(b) ? -1 : 1))
  return { repositories, failures, notes }
}

async function namedPages(names: string[], cursor: Cursor, client: Client, failures: Map<string, SourceError>): Promise<Page[]> {
  const pages: Page[] = []
  for (const name of names) {
    const url = `/repos/${name}`
    const known = cursor.listing.find((page) => page.url === url)
    try {
      const { data, etag } = await client.get(`the repository ${name}`, url, ListedRepository, known?.etag)
      pages.push({ url, etag, ids: known?.ids ?? [], size: 1, listed: data === null ? null : [data], next: null })
    } catch (error) {
      if (!isMissing(error)) throw error
      failures.set(name, goneRepository(name))
    }
  }
  return pages
}

/** The pages in their order; one that is as it was holds the ids that it held. */
async function ownedPages(owner: string, options: GithubOptions, cursor: Cursor, client: Client): Promise<Page[]> {
  const places =
    options.app === undefined
      ? [`/orgs/${owner}/repos?per_page=${pageSize}&type=all&sort=full_name`, `/users/${owner}/repos?per_page=${pageSize}&sort=full_name`]
      : [`/installation/repositories?per_page=${pageSize}`]
  const [known] = cursor.listing
  // Whether the owner is an organisation or a person was found out before.
  const ordered = places.filter((place) => known === undefined || place === known.url || !places.includes(known.url))
  for (const [index, place] of ordered.entries()) {
    try {
      return await listPages(place, `the repositories of ${owner}`, options, cursor, client)
    } catch (error) {
      if (!isMissing(error) || index < ordered.length - 1) {
        if (isMissing(error)) continue
        throw error
      }
    }
  }
  throw new SourceError(
    `There is no organisation or person ${owner} that this token can see.`,
    'Correct owner, or let the token have access to it. What is stored stays as it is.',
  )
}

async function listPages(place: string, what: string, options: GithubOptions, cursor: Cursor, client: Client): Promise<Page[]> {
  const shape = options.app === undefined ? List : InstallationList
  const pages: Page[] = []
  for (let url: string | null = place; url !== null; ) {
    const known = cursor.listing.find((page) => page.url === url)
    const position: number = known === undefined ? -1 : cursor.listing.indexOf(known)
    // A full last page does not tell by its own content that another one follows now: the one behind it does.
    const behind: string | null = known?.size === pageSize ? `${place}&page=${pages.length + 2}` : null
    const after = position < 0 ? null : (cursor.listing[position + 1]?.url ?? behind)
    const answer: RestAnswer<ListedRepository[]> = await client.get(what, url, shape, known?.etag)
    pages.push({ url, etag: answer.etag, ids: known?.ids ?? [], size: known?.size ?? 0, listed: answer.data, next: answer.next })
    url = answer.data === null ? (answer.next ?? after) : answer.next
  }
  return pages
}

function isWanted(repository: ListedRepository, { owner, archived, forks, include, exclude }: GithubOptions): boolean {
  const { full_name: name } = repository
  if (owner !== undefined && name.split('/')[0]?.toLowerCase() !== owner.toLowerCase()) return false
  if ((repository.archived && !archived) || (repository.fork && !forks)) return false
  if (include !== undefined && !include.some((glob) => matchesGlob(glob, name))) return false
  return !(exclude ?? []).some((glob) => matchesGlob(glob, name))
}

/** Takes in what the list says of a repository; its facts stay filed under the first name that was seen. */
function follow(cursor: Cursor, listed: ListedRepository, since: string): void {
  const known = cursor.repositories[listed.id]
  if (known !== undefined) {
    known.name = listed.full_name
    known.node = listed.node_id
    known.defaultBranch = listed.default_branch ?? known.defaultBranch
    known.gone = false
    return
  }
  cursor.repositories[listed.id] = {
    id: listed.id,
    node: listed.node_id,
    name: listed.full_name,
    filed: listed.full_name,
    defaultBranch: listed.default_branch ?? null,
    gone: false,
    since,
    rules: '',
    incidentRule: '',
    pulls: emptyFeed(),
    deployments: emptyFeed(),
    issues: emptyFeed(),
    releases: emptyFeed(),
    runs: {},
    open: [],
    published: {},
    newestDeployment: null,
    newestRelease: null,
    pushed: null,
    head: null,
    stale: true,
    commits: null,
    files: false,
    wanted: [],
  }
}

/** Repositories that are no longer listed keep what is stored; that is said once. */
function leave(cursor: Cursor, ids: Set<number>): string[] {
  const notes: string[] = []
  for (const state of Object.values(cursor.repositories)) {
    if (ids.has(state.id) || state.gone) continue
    state.gone = true
    notes.push(`${state.name} is no longer among the repositories (deleted, archived, excluded or hidden): what is stored of it stays.`)
  }
  return notes
}

/** Where more months are asked for than before, what is read goes on further back. */
function reachBack(state: RepositoryState, since: string): void {
  if (Date.parse(since) >= Date.parse(state.since) - 86_400_000) return
  state.since = since
  for (const feed of [state.pulls, state.deployments, state.issues, state.releases, ...Object.values(state.runs)]) {
    feed.done = false
    feed.after = null
    feed.read = 0
  }
}

function nothingFound({ owner, include, exclude }: GithubOptions): string {
  const filtered = include !== undefined || exclude !== undefined ? ', or include and exclude leave none' : ''
  return `No repository of ${owner} is to be collected: the token sees none that is neither archived nor a fork${filtered}.`
}

export function monthsBefore(now: Date, months: number): string {
  const at = new Date(now)
  at.setUTCMonth(at.getUTCMonth() - months)
  return at.toISOString().replace(/\.\d+Z$/, 'Z')
}

function isMissing(error: unknown): boolean {
  return (error as { cause?: { status?: number } }).cause?.status === 404
}
