/**
 * Compares the GitHub source with the git source on one history: a fake of GitHub is filled from a clone, its pull requests from merge and
 * squash commits, its deployments from tags. `node --import tsx test/verification/github.ts CLONE --tags REGEX --from DAY --to DAY`.
 * What must coincide, and what cannot: docs/verification.md.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { sql } from 'drizzle-orm'
import { pino } from 'pino'
import { collectSource } from '../../server/collector/collect.ts'
import type { Evidence, LinkedDeployment } from '../../server/linked.ts'
import { sources } from '../../server/sources/index.ts'
import { rows } from '../../server/store/database.ts'
import { openStore, type Store } from '../../server/store/open.ts'
import { startGithub } from '../fakes/github/start-github.ts'
import { addRepository, createWorld, type Deployment, type Pull, type World } from '../fakes/github/world.ts'
import { configOf } from '../support/stores.ts'
import { type History, type PullOfHistory, readHistory } from './history.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { tags: { type: 'string' }, from: { type: 'string' }, to: { type: 'string' }, list: { type: 'boolean', default: false } },
})
const [clone] = positionals
if (!clone || !values.tags || !values.from || !values.to) {
  console.error('usage: node --import tsx test/verification/github.ts CLONE --tags REGEX --from DAY --to DAY [--list]')
  process.exit(2)
}
const [from, to] = [Date.parse(`${values.from}T00:00:00Z`), Date.parse(`${values.to}T00:00:00Z`)]
const name = 'verified/history'
const shown = values.list ? Number.POSITIVE_INFINITY : 5
const folder = mkdtempSync(join(tmpdir(), 'shiplog-verify-'))
try {
  const history = readHistory(clone, new RegExp(values.tags))
  const now = Math.max(...[...history.commits.values()].map(({ committedDate }) => Date.parse(committedDate))) + 86_400_000
  const github = await startGithub(worldOf(history), { limits: { core: 1e7, graphql: 1e7 } })
  const options = { repositories: [name], token: github.token, baseUrl: github.baseUrl, incidents: false, backfillMonths: 240 }
  const byGit = await deliver('git', { path: clone, deployments: { tags: values.tags } }, now)
  const byGithub = await deliver('github', options, now)
  await github.stop()
  process.exitCode = compare(history, byGit, byGithub) ? 0 : 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}

interface ChangeRow {
  key: string
  deployment: string | null
  startedAt: number
  exclusion: string | null
}

/** What was derived, by the time and commit of deployments, since each source names them in its own way. */
interface Delivered {
  deployments: (LinkedDeployment & { is: string })[]
  changes: ChangeRow[]
  /** Reverts, with the deployment that one shows to have failed. */
  failures: (Evidence & { is: string })[]
  hotfixes: number
}

function worldOf(history: History): World {
  const world = createWorld()
  const [owner = '', repositoryName = ''] = name.split('/')
  const repository = addRepository(world, {
    owner,
    name: repositoryName,
    gitDir: history.gitDir,
    defaultBranch: history.branch,
    pushedAt: [...history.commits.values()].reduce((newest, { committedDate }) => (committedDate > newest ? committedDate : newest), ''),
  })
  for (const pull of history.pulls) repository.pulls.push(pullAs(pull))
  for (const [index, { name: ref, commit, at }] of history.tags.entries()) {
    const id = 1_000_000_000 + index
    const status = {
      id,
      state: 'success' as const,
      createdAt: at,
      updatedAt: at,
      description: '',
      logUrl: '',
      environmentUrl: '',
      creator: 'ci',
    }
    const environment = { environment: 'production', originalEnvironment: 'production', production: true, transient: false }
    const rest = { task: 'deploy', description: null, payload: {}, creator: 'ci', createdAt: at, updatedAt: at, statuses: [status] }
    const deployment: Deployment = { id, oid: commit, ref, ...environment, ...rest }
    repository.deployments.push(deployment)
  }
  return world
}

/** It was opened when the last of its commits was written. */
function pullAs({ number, title, headBranch, mergeCommit, commits }: PullOfHistory): Pull {
  const mergedAt = mergeCommit.committedDate
  const times = commits.map(({ authoredDate }) => authoredDate)
  return {
    id: number,
    number,
    title,
    body: null,
    draft: false,
    createdAt: times.sort().at(-1) ?? mergedAt,
    updatedAt: mergedAt,
    mergedAt,
    closedAt: mergedAt,
    mergedBy: null,
    mergeCommit: mergeCommit.oid,
    head: headBranch ?? `change-${number}`,
    headOid: commits.at(-1)?.oid ?? mergeCommit.oid,
    base: 'main',
    author: 'octocat',
    additions: 0,
    deletions: 0,
    changedFiles: 0,
    labels: [],
    commits,
    reviews: [],
    timeline: [],
    fork: false,
  }
}

async function deliver(type: 'git' | 'github', written: Record<string, unknown>, now: number): Promise<Delivered> {
  const dataDir = join(folder, type)
  const store = await openStore({ databaseUrl: null, dataDir: join(dataDir, 'store') })
  try {
    const config = configOf({ sources: [{ id: 'verified', type, options: sources[type]?.options.parse(written), schedule: '0 * * * *' }] })
    const deps = { store, config, dataDir, now: () => new Date(now), log: pino({ level: 'silent' }) }
    const { outcome, error, counts } = await collectSource(deps, 'verified', new AbortController().signal)
    if (outcome !== 'succeeded') throw new Error(`${type}: ${outcome}: ${error?.message}`)
    console.log(`${type}: ${counts.commits} commits, ${counts.deployments} deployments, ${counts.changes} pull requests`)
    return await deliveredOf(store)
  } finally {
    await store.close()
  }
}

async function deliveredOf(store: Store): Promise<Delivered> {
  const read = await rows<{ n: number; body: string }>(store.db, sql`select n, body from deployments`)
  const all = read.map(({ n, body }) => ({ n, ...(JSON.parse(body) as LinkedDeployment) }))
  all.sort((a, b) => (a.finishedAt ?? 0) - (b.finishedAt ?? 0) || (a.id < b.id ? -1 : 1))
  const repeated = new Map<string, number>()
  const deployments = all.map((one) => {
    const base = `${new Date(one.finishedAt ?? 0).toISOString()} ${one.commit?.slice(0, 12)}`
    const count = repeated.get(base) ?? 0
    repeated.set(base, count + 1)
    return { ...one, is: count === 0 ? base : `${base} again ${count}` }
  })
  const byNumber = new Map(deployments.map(({ n, is }) => [n, is]))
  const found = await rows<{ key: string; n: number; startedAt: string; exclusion: string | null }>(
    store.db,
    sql`select key, deployment_n as n, started_at as "startedAt", exclusion from changes`,
  )
  const changes = found.map(({ key, n, startedAt, exclusion }) => {
    return { key, deployment: byNumber.get(n) ?? null, startedAt: Number(startedAt), exclusion }
  })
  const evidence = deployments.flatMap(({ is, failure }) => (failure?.evidence ?? []).map((one) => ({ is, ...one })))
  const failures = evidence.filter(({ signal }) => signal === 'revert')
  const hotfixes = new Set(evidence.filter(({ signal }) => signal === 'hotfix').map(({ is }) => is)).size
  return { deployments, changes, failures, hotfixes }
}

/** What carries what by a plain walk from deployment to deployment, in which neither source has a part. */
interface Walked {
  /** The deployment that first reaches a commit. */
  carrier: Map<string, string>
  /** The pull request that a commit belongs to. */
  holder: Map<string, PullOfHistory>
  /** Deployments that reach a part of a pull request which another one reaches the rest of. */
  split: Set<string>
}

function walk({ tags, commits, pulls }: History, deployments: Delivered['deployments']): Walked {
  const carrier = new Map<string, string>()
  for (const [index, { commit }] of tags.entries()) {
    const is = deployments[index]?.is ?? ''
    const stack = [commit]
    for (let sha = stack.pop(); sha !== undefined; sha = stack.pop()) {
      if (carrier.has(sha)) continue
      carrier.set(sha, is)
      stack.push(...(commits.get(sha)?.parents ?? []))
    }
  }
  const holder = new Map<string, PullOfHistory>()
  const split = new Set<string>()
  for (const pull of [...pulls].sort((a, b) => compareMerges(a, b))) {
    for (const { oid } of [...pull.commits, pull.mergeCommit]) if (!holder.has(oid)) holder.set(oid, pull)
    const carriers = new Set([...pull.commits, pull.mergeCommit].flatMap(({ oid }) => carrier.get(oid) ?? []))
    if (carriers.size > 1) for (const is of carriers) split.add(is)
  }
  return { carrier, holder, split }
}

function compareMerges(a: PullOfHistory, b: PullOfHistory): number {
  const [first, second] = [a, b].map(({ mergeCommit }) => mergeCommit.committedDate)
  return first === second ? (keyOf(a) < keyOf(b) ? -1 : 1) : (first ?? '') < (second ?? '') ? -1 : 1
}

function keyOf({ number }: PullOfHistory): string {
  return `verified/${name}#${number}`
}

function compare(history: History, git: Delivered, github: Delivered): boolean {
  const { carrier, holder, split } = walk(history, git.deployments)
  const within = new Set(
    git.deployments.filter(({ finishedAt }) => finishedAt !== null && finishedAt >= from && finishedAt < to).map(({ is }) => is),
  )
  const inWindow = (some: Delivered) => some.deployments.filter(({ is }) => within.has(is))
  const carried = (some: Delivered) => some.changes.filter(({ deployment }) => deployment !== null && within.has(deployment))
  const counted = (some: Delivered) => inWindow(some).filter((one) => one.counted).length
  const pullKeys = new Map(history.pulls.map((pull) => [keyOf(pull), pull]))
  const withPulls = new Set(
    carried(github)
      .filter(({ key }) => pullKeys.has(key))
      .map(({ deployment }) => deployment),
  )
  const merges = history.pulls.filter(({ method }) => method === 'merge').length
  const alone = history.pulls.filter(({ hasBranch }) => !hasBranch).length
  console.log(
    `${history.pulls.length} pull requests: ${merges} merged, ${history.pulls.length - merges} squashed, ${alone} of them without their branch`,
  )
  console.log(
    `in the window: ${counted(git)} deployments count by git, ${counted(github)} by GitHub; ${split.size} share a pull request with another`,
  )
  console.log(`changes carried: ${carried(git).length} by git, ${carried(github).length} by GitHub`)

  const commits = [...carrier].filter(([sha, is]) => within.has(is) && (history.commits.get(sha)?.parents.length ?? 0) < 2)
  const units = new Set(commits.filter(([sha]) => !holder.has(sha)).map(([sha, is]) => `${sha} in ${is}`))
  for (const pull of history.pulls) {
    const is = carrier.get(pull.mergeCommit.oid)
    if (is !== undefined && within.has(is) && isHolding(pull, holder)) units.add(`${keyOf(pull)} in ${is}`)
  }
  const startOf = (some: Delivered, ofPull: (key: string) => PullOfHistory | undefined) =>
    carried(some).flatMap(({ key, startedAt }) => {
      const pull = ofPull(key)
      return pull === undefined ? `${key} ${startedAt}` : pull.hasBranch ? [] : `${keyOf(pull)} ${startedAt}`
    })
  const kindOf = ({ is, kind }: { is: string; kind: string | null }) => `${is} ${kind === 'backport' ? 'rollback' : kind}`
  const whole = (some: Delivered) => inWindow(some).filter(({ is }) => !split.has(is))
  const batches = (some: Delivered) => whole(some).flatMap(({ is, changes }) => (withPulls.has(is) ? [] : `${is} ${changes}`))
  const text = ({ key, deployment }: ChangeRow) => `${key} in ${deployment}`
  const failures = (some: Delivered) => some.failures.filter((one) => within.has(one.is)).map(({ is }) => is)
  const results = [
    agree(
      'deployments: time and commit',
      inWindow(git).map(({ is }) => is),
      inWindow(github).map(({ is }) => is),
    ),
    agree('kinds', whole(git).map(kindOf), whole(github).map(kindOf)),
    agree(
      'git: what carries each commit',
      commits.map(([sha, is]) => `${sha} in ${is}`),
      carried(git).map(text),
    ),
    agree('GitHub: what carries each pull request, and each commit of none', [...units], carried(github).map(text)),
    agree(
      'starts of commits of no pull request, or of a squash commit alone',
      startOf(git, (sha) => holder.get(sha)),
      startOf(github, (key) => pullKeys.get(key)),
    ),
    agree('batches without a pull request', batches(git), batches(github)),
    agree('deployments that failed by a revert', failures(git), failures(github)),
  ]
  console.log(`not compared: ${git.hotfixes} failures by hotfix by git, ${github.hotfixes} by GitHub`)
  return results.every(Boolean)
}

/** Whether a commit is left to it. */
function isHolding(pull: PullOfHistory, holder: Map<string, PullOfHistory>): boolean {
  return [...pull.commits, pull.mergeCommit].some(({ oid }) => holder.get(oid) === pull)
}

function agree(what: string, some: string[], others: string[]): boolean {
  const [one, other] = [new Set(some), new Set(others)]
  const missing = [...one].filter((text) => !other.has(text))
  const more = [...other].filter((text) => !one.has(text))
  const isSame = missing.length + more.length === 0
  console.log(
    `${isSame ? 'the same' : 'DIFFERENT'}  ${what}: ${one.size}${isSame ? '' : `, ${missing.length} missing, ${more.length} more`}`,
  )
  if (!isSame)
    for (const text of [...missing.slice(0, shown).map((it) => `  - ${it}`), ...more.slice(0, shown).map((it) => `  + ${it}`)])
      console.log(text)
  return isSame
}
