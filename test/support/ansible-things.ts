/** Options, jobs and contexts for tests of the Ansible source. */
import type { Fact } from '../../server/facts.ts'
import { createAnsibleSource } from '../../server/sources/ansible/index.ts'
import { AnsibleOptions } from '../../server/sources/ansible/options.ts'
import type { Batch } from '../../server/sources/source.ts'
import { type AwxFake, token } from '../fakes/awx/start-awx.ts'
import { contextOf } from './jenkins-things.ts'

export const source = createAnsibleSource(1)

export function optionsOf(given: object = {}): AnsibleOptions {
  return AnsibleOptions.parse({ url: 'https://awx.example.org', token, ...given })
}

export interface Collected {
  batches: Batch[]
  facts: Fact[]
  notes: string[]
  cursor: string | null
}

/** `stopAfter`: leaves the source after so many batches, as a crash does. */
export async function collect(fake: AwxFake, given: object = {}, cursor: string | null = null, stopAfter = Infinity): Promise<Collected> {
  const { ctx, notes } = contextOf()
  const run: Collected = { batches: [], facts: [], notes, cursor }
  for await (const batch of source.collect?.(optionsOf({ url: fake.url, ...given }), cursor, ctx) ?? []) {
    const facts = [...batch.facts]
    run.batches.push({ ...batch, facts })
    run.facts.push(...facts)
    run.cursor = batch.cursor
    if (run.batches.length === stopAfter) break
  }
  return run
}

/** What stands, by the id of the deployment. */
export function standing(...runs: Collected[]): Map<string, Fact & { kind: 'deployment' }> {
  const facts = new Map<string, Fact & { kind: 'deployment' }>()
  for (const fact of runs.flatMap((run) => run.facts)) {
    if (fact.kind === 'withdrawal') facts.delete(fact.id)
    else if (fact.kind === 'deployment') facts.set(fact.id, fact)
  }
  return facts
}

/** A job as the API of AWX tells it alone; `given` says what is otherwise. */
export function jobOf(id: number, finished: string | null, given: object = {}) {
  return {
    id,
    type: 'job',
    name: 'Deploy shop',
    status: finished === null ? 'running' : 'successful',
    job_type: 'run',
    launch_type: 'manual',
    created: '2026-02-01T08:59:00.000000Z',
    started: '2026-02-01T09:00:00.000000Z',
    finished,
    extra_vars: '{"version": "1.4.0", "password": "$encrypted$"}',
    artifacts: {},
    scm_revision: 'c'.repeat(40),
    playbook: 'deploy.yml',
    limit: '',
    job_slice_number: 0,
    job_slice_count: 1,
    host_status_counts: { ok: 3, changed: 2 },
    summary_fields: {
      job_template: { id: 7, name: 'Deploy shop' },
      inventory: { id: 1, name: 'production' },
      labels: { count: 0, results: [] },
    },
    ...given,
  }
}

/** What the callback sends of the end of a run; `given` says what is otherwise. */
export function playbookOf(given: object = {}) {
  return {
    shiplog: 1,
    run: '5d41402abc4b2a76b9719d911017c592',
    playbook: 'deploy.yml',
    started: '2026-02-01T09:00:00+00:00',
    finished: '2026-02-01T09:02:00+00:00',
    status: 'successful',
    check: false,
    changed: 4,
    inventory: 'production',
    limit: null,
    url: null,
    service: 'shop',
    version: '1.4.0',
    commit: 'a'.repeat(40),
    ...given,
  }
}
