/** Things as GitLab's API answers them, each complete but for what a test says of it; what of GitLab's facts is sound. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Fact } from '../../server/facts.ts'
import { collectGitlab } from '../../server/sources/gitlab/collect.ts'
import { GitlabOptions } from '../../server/sources/gitlab/options.ts'
import { refreshGitlab } from '../../server/sources/gitlab/refresh.ts'
import type { Filing } from '../../server/sources/gitlab/to-facts.ts'
import type { Batch, Context } from '../../server/sources/source.ts'
import type { Item } from '../fakes/gitlab/lists.ts'
import type { GitlabFake } from '../fakes/gitlab/start-gitlab.ts'
import { expectValid } from './valid-facts.ts'

type Fields = Record<string, unknown>

/** A commit id of one letter. */
export const sha = (letter: string | number) => String(letter).repeat(40).slice(0, 40)

/** The instant of `HH:MM` on 5 January 2026. */
export const at = (time: string) => Date.parse(iso(time))
export const iso = (time: string) => `2026-01-05T${time}:00.000Z`

export function optionsOf(fields: Fields = {}): GitlabOptions {
  return GitlabOptions.parse({ group: 'acme', token: 'glpat-test', ...fields })
}

export function filingOf(fields: Fields = {}, more: Partial<Filing> = {}): Filing {
  return {
    sourceId: 'lab',
    project: 'acme/shop',
    name: 'acme/shop',
    web: 'https://gitlab.com',
    defaultBranch: 'main',
    tiers: {},
    rules: optionsOf(fields),
    ...more,
  }
}

export function deployment(id: number, more: Fields = {}): Item {
  return {
    id,
    iid: id,
    ref: 'main',
    sha: sha('a'),
    status: 'success',
    created_at: iso('10:00'),
    updated_at: iso('10:20'),
    environment: { id: 7, name: 'production' },
    deployable: {
      status: 'success',
      started_at: iso('10:05'),
      finished_at: iso('10:15'),
      tag: false,
      web_url: `https://gitlab.com/acme/shop/-/jobs/${id}`,
    },
    ...more,
  }
}

export function merge(iid: number, more: Fields = {}): Item {
  return {
    id: iid + 1000,
    iid,
    title: `Change ${iid}`,
    description: null,
    state: 'merged',
    web_url: `https://gitlab.com/acme/shop/-/merge_requests/${iid}`,
    author: { username: 'ada' },
    created_at: iso('08:00'),
    updated_at: iso('09:30'),
    merged_at: iso('09:30'),
    sha: sha('b'),
    merge_commit_sha: sha('c'),
    squash_commit_sha: null,
    labels: [],
    source_branch: `change-${iid}`,
    target_branch: 'main',
    _commits: [commit('b')],
    _notes: [],
    ...more,
  }
}

export function commit(letter: string, more: Fields = {}): Item {
  return {
    id: sha(letter),
    parent_ids: [],
    title: `Commit ${letter}`,
    message: `Commit ${letter}\n`,
    author_name: 'Ada',
    author_email: 'ada@acme.example',
    authored_date: iso('07:00'),
    committed_date: iso('07:30'),
    ...more,
  }
}

export function note(body: string, time: string, username = 'kim', more: Fields = {}): Item {
  return { body, system: false, created_at: iso(time), author: { username }, ...more }
}

export function issue(iid: number, more: Fields = {}): Item {
  return {
    id: iid + 2000,
    iid,
    title: `Down ${iid}`,
    state: 'opened',
    issue_type: 'incident',
    web_url: `https://gitlab.com/acme/shop/-/issues/incident/${iid}`,
    created_at: iso('11:00'),
    updated_at: iso('11:00'),
    closed_at: null,
    labels: [],
    severity: 'UNKNOWN',
    ...more,
  }
}

export interface Looking {
  options: GitlabOptions
  ctx: Context
  notes: string[]
  cursor: string | null
  batches: Batch[]
  /** What stands: by kind and id, the newest that was said. */
  facts: Map<string, Fact>
  /** Runs to its end, or until as many batches were saved. */
  collect(mostBatches?: number): Promise<void>
  refresh(changed: string[]): Promise<void>
  end(): void
}

export function lookingAt(fake: GitlabFake, fields: Fields = {}, now = new Date(at('23:00'))): Looking {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'shiplog-gitlab-'))
  const notes: string[] = []
  const looking: Looking = {
    options: optionsOf({ url: fake.url, git: false, ...fields }),
    ctx: {
      sourceId: 'lab',
      service: 'lab',
      dataDir,
      signal: new AbortController().signal,
      now,
      needsFiles: () => false,
      progress: () => {},
      note: (text) => notes.push(text),
    },
    notes,
    cursor: null,
    batches: [],
    facts: new Map(),
    async collect(mostBatches = Number.POSITIVE_INFINITY) {
      let count = 0
      for await (const batch of collectGitlab(looking.options, looking.cursor, looking.ctx, 1)) {
        looking.batches.push(batch)
        keep(looking.facts, batch)
        looking.cursor = batch.cursor
        if (++count >= mostBatches) return
      }
    },
    async refresh(changed) {
      for await (const batch of refreshGitlab(looking.options, changed, looking.cursor, looking.ctx, 1)) keep(looking.facts, batch)
    },
    end: () => rmSync(dataDir, { recursive: true, force: true }),
  }
  return looking
}

function keep(standing: Map<string, Fact>, batch: Pick<Batch, 'facts' | 'withdraw'>): void {
  for (const { of, prefix } of batch.withdraw ?? [])
    for (const key of standing.keys()) if (key.startsWith(`${of} ${prefix}`)) standing.delete(key)
  for (const fact of batch.facts) {
    if (fact.kind === 'withdrawal') standing.delete(`${fact.of} ${fact.id}`)
    else standing.set(keyOf(fact), sound(fact))
  }
}

function keyOf(fact: Exclude<Fact, { kind: 'withdrawal' }>): string {
  if (fact.kind === 'commit') return `commit ${fact.sha}`
  return fact.kind === 'head' ? `head ${fact.repository}` : `${fact.kind} ${fact.id}`
}

/** The fact, where it is one that the rest of the program takes; throws otherwise. */
export function sound<T extends Fact>(fact: T): T {
  expectValid([fact])
  return fact
}
