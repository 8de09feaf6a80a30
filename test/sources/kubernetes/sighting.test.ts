/** What objects of real clusters tell of their rollouts; the folder with them is no part of the project. */
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { digestOfRunning } from '../../../server/sources/kubernetes/image.ts'
import { DaemonSet, Deployment, Pod, ReplicaSet, Rollout, StatefulSet } from '../../../server/sources/kubernetes/payloads.ts'
import { addRevision, type Revisions, replicaSetRevision } from '../../../server/sources/kubernetes/revisions.ts'
import { sightingOf, type WorkloadObject } from '../../../server/sources/kubernetes/sighting.ts'

const folder = fileURLToPath(new URL('../../../../shared/payloads/kubernetes', import.meta.url))
const isThere = existsSync(folder)
if (!isThere) console.info('No recorded payloads beside the repository at ../shared/payloads/kubernetes: their tests are left out.')

const read = (file: string) => JSON.parse(readFileSync(path.join(folder, `${file}.json`), 'utf8'))
const kinds = { Deployment, StatefulSet, DaemonSet, Rollout }
type Name = keyof typeof kinds

function sighted(file: string, ...sets: string[]) {
  const value = read(file)
  const revisions: Revisions = new Map()
  for (const set of sets) addRevision(revisions, replicaSetRevision(ReplicaSet.parse(read(set))))
  const kind: Name = value.kind
  const sighting = sightingOf({ kind, ...kinds[kind].parse(value) } as WorkloadObject, revisions)
  if (sighting === null) return null
  const { number, outcome, at, startedAt, template } = sighting
  const iso = (instant: number | null) => (instant === null ? null : new Date(instant).toISOString().slice(0, 19))
  return [number, outcome, iso(at), iso(startedAt), template.containers.map(({ image }) => image).join()]
}

describe.runIf(isThere)('recorded objects', () => {
  test.each([
    ['deployment_live_argocd_testdata', [], [5, 'succeeded', '2020-06-30T19:39:35', null, 'gcr.io/heptio-images/ks-guestbook-demo:0.2']],
    ['deployment', [], [1, 'running', null, null, 'nginx:latest']],
    ['deployment_progressing', [], [4, 'running', null, null, 'gcr.io/heptio-images/ks-guestbook-demo:0.3']],
    [
      'deployment_degraded_progressdeadlineexceeded',
      [],
      [4, 'failed', '2018-07-18T06:29:23', null, 'gcr.io/heptio-images/ks-guestbook-demo:0.3'],
    ],
    ['statefulset', [], [null, 'succeeded', null, null, 'registry.k8s.io/nginx-slim:0.8']],
    ['daemonset', [], [null, 'succeeded', null, null, 'registry.k8s.io/nginx-slim:0.8']],
    [
      'argo_rollouts_canary_canary_rollout',
      ['argo_rollouts_canary_canary_rs', 'argo_rollouts_canary_stable_rs', 'argo_rollouts_canary_old_rs'],
      [31, 'failed', '2019-10-28T04:52:55', '2019-10-28T04:52:26', 'argoproj/rollouts-demo:does-not-exist'],
    ],
    [
      'argo_rollouts_blue_green_bluegreen_rollout',
      ['argo_rollouts_blue_green_active_rs', 'argo_rollouts_blue_green_preview_rs', 'argo_rollouts_blue_green_old_rs'],
      [11, 'running', null, '2019-10-28T04:50:18', 'argoproj/rollouts-demo:green'],
    ],
  ] as const)('%s', (file, sets, expected) => {
    expect(sighted(file, ...sets)).toEqual(expected)
  })

  test('a pod tells the digest of what it runs', () => {
    const { status } = Pod.parse(read('pod_native_imageid'))
    expect(digestOfRunning(status?.containerStatuses?.[0]?.imageID ?? '')).toBe(
      'sha256:f7988fb6c02e0ce69257d9bd9cf37ae20a60f1df7563c3a2a6abe24160306b8d',
    )
  })
})

test('any JSON is an object that is refused, or one that tells something or nothing', () => {
  const any = fc.jsonValue()
  const some = fc.record(
    {
      metadata: fc.record({
        uid: fc.constant('u'),
        name: fc.string({ minLength: 1 }),
        namespace: fc.constant('n'),
        generation: any,
        annotations: fc.oneof(any, fc.constant({ 'deployment.kubernetes.io/revision': '2' })),
      }),
      spec: fc.oneof(any, fc.record({ replicas: any, template: any }, { requiredKeys: [] })),
      status: fc.oneof(
        any,
        fc.record({ observedGeneration: any, conditions: any, updateRevision: any, stableRS: any }, { requiredKeys: [] }),
      ),
    },
    { requiredKeys: ['metadata'] },
  )
  fc.assert(
    fc.property(fc.oneof(some, any), fc.constantFrom<Name>('Deployment', 'StatefulSet', 'DaemonSet', 'Rollout'), (value, kind) => {
      const parsed = kinds[kind].safeParse(value)
      if (parsed.success) sightingOf({ kind, ...parsed.data } as WorkloadObject, new Map())
    }),
  )
})

test('a rollout that refers to its deployment has no template of its own', () => {
  const metadata = { uid: 'u', name: 'cart', namespace: 'shop', annotations: { 'rollout.argoproj.io/revision': '3' } }
  const rollout = Rollout.parse({ metadata, spec: { workloadRef: {} }, status: { currentPodHash: 'abc', stableRS: 'abc' } })
  expect(sightingOf({ kind: 'Rollout', ...rollout }, new Map())).toBeNull()
})
