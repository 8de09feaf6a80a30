/** Options, builds and contexts for tests of the Jenkins source. */
import type { Fact } from '../../server/facts.ts'
import { createJenkinsSource } from '../../server/sources/jenkins/index.ts'
import { JenkinsOptions } from '../../server/sources/jenkins/options.ts'
import type { Batch, Context } from '../../server/sources/source.ts'
import { type JenkinsFake, token, user } from '../fakes/jenkins/start-jenkins.ts'

export const day = 86_400_000
export const now = Date.UTC(2026, 2, 1)
export const sha = (digit: string) => digit.repeat(40)

export function optionsOf(given: object = {}): JenkinsOptions {
  return JenkinsOptions.parse({ url: 'https://ci.example.org', ...given })
}

/** What the git plugin attaches to a build. */
export function checkout(remote: string, commit: string, branch = 'refs/remotes/origin/main') {
  return { lastBuiltRevision: { SHA1: commit, branch: [{ name: branch }] }, remoteUrls: [remote] }
}

export function contextOf(signal = new AbortController().signal): { ctx: Context; notes: string[] } {
  const notes: string[] = []
  const ctx: Context = {
    sourceId: 'ci',
    service: 'ci',
    dataDir: '/nonexistent',
    signal,
    now: new Date(now),
    needsFiles: () => false,
    progress: () => {},
    note: (text) => notes.push(text),
  }
  return { ctx, notes }
}

export const source = createJenkinsSource(1)

export interface Collected {
  batches: Batch[]
  facts: Fact[]
  notes: string[]
  cursor: string | null
}

/** `stopAfter`: leaves the source after so many batches, as a crash does. */
export async function collect(
  fake: JenkinsFake,
  given: object = {},
  cursor: string | null = null,
  stopAfter = Infinity,
): Promise<Collected> {
  const { ctx, notes } = contextOf()
  const run: Collected = { batches: [], facts: [], notes, cursor }
  const options = optionsOf({ url: fake.url, user, token, ...given })
  for await (const batch of source.collect?.(options, cursor, ctx) ?? []) {
    const facts = [...batch.facts]
    run.batches.push({ ...batch, facts })
    run.facts.push(...facts)
    run.cursor = batch.cursor
    if (run.batches.length === stopAfter) break
  }
  return run
}

/** What stands after the batches, by the id of the deployment. */
export function standing(...runs: Collected[]): Map<string, Fact & { kind: 'deployment' }> {
  const facts = new Map<string, Fact & { kind: 'deployment' }>()
  for (const batch of runs.flatMap(({ batches }) => batches)) {
    for (const { prefix } of batch.withdraw ?? []) for (const id of facts.keys()) if (id.startsWith(prefix)) facts.delete(id)
    for (const fact of batch.facts) {
      if (fact.kind === 'withdrawal') facts.delete(fact.id)
      else if (fact.kind === 'deployment') facts.set(fact.id, fact)
    }
  }
  return facts
}

/** What the Notification plugin sends of the end of a build; `build` says what is otherwise. */
export function notificationOf(build: object = {}) {
  const standard = {
    full_url: 'https://ci.example.org/job/acme/job/shop/job/main/12/',
    number: 12,
    queue_id: 345,
    phase: 'FINALIZED',
    status: 'SUCCESS',
    timestamp: Date.UTC(2026, 1, 3, 9),
    duration: 90_000,
    url: 'job/acme/job/shop/job/main/12/',
    scm: { url: 'https://github.com/acme/shop.git', branch: 'origin/main', commit: sha('b'), changes: [], culprits: [] },
    parameters: { VERSION: '2.0.0', ENV: 'staging' },
    log: '',
    notes: '',
    artifacts: {},
  }
  return { name: 'main', display_name: 'main', url: 'job/acme/job/shop/job/main/', build: { ...standard, ...build } }
}
