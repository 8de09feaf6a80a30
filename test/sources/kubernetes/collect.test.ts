/** Against an API server of a small cluster: what its lists and watches tell. */
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { Deployment, type Fact } from '../../../server/facts.ts'
import { collectKubernetes } from '../../../server/sources/kubernetes/collect.ts'
import { KubernetesOptions } from '../../../server/sources/kubernetes/options.ts'
import { usualPace } from '../../../server/sources/kubernetes/pace.ts'
import type { Context } from '../../../server/sources/source.ts'
import { type FakeOptions, type KubernetesFake, startKubernetes } from '../../fakes/kubernetes/start-kubernetes.ts'
import { createWorld, end, remove, roll, rollSet, run, scale, uidOf, type World } from '../../fakes/kubernetes/world.ts'
import { certificate, privateKey } from '../../support/git-https-fake.ts'

const day = '2026-03-02'
const at = (time: string) => `${day}T${time}:00Z`
const ms = (time: string) => Date.parse(at(time))
const pace = { ...usualPace, idleMs: 60, watchMs: 2000, retryMs: 1, timeoutMs: 1000, pageSize: 2 }

const stops: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop()
})

async function cluster(fakeOptions: FakeOptions = {}): Promise<{ world: World; fake: KubernetesFake }> {
  const world = createWorld()
  const fake = await startKubernetes(world, fakeOptions)
  stops.push(fake.stop)
  return { world, fake }
}

type DeploymentFact = { kind: 'deployment' } & Deployment

interface Outcome {
  facts: DeploymentFact[]
  cursor: string | null
  notes: string[]
  batches: number
}

async function collect(
  fake: KubernetesFake,
  cursor: string | null,
  more: object = {},
  now = at('23:00'),
  ownPace = pace,
): Promise<Outcome> {
  const options = KubernetesOptions.parse({ url: fake.url, token: 'let-me-in', environments: { production: '^shop$' }, ...more })
  return collectWith(options, cursor, now, ownPace)
}

async function collectWith(options: KubernetesOptions, cursor: string | null, now = at('23:00'), ownPace = pace): Promise<Outcome> {
  const outcome: Outcome = { facts: [], cursor, notes: [], batches: 0 }
  const ctx: Context = {
    sourceId: 'k8s',
    service: 'k8s',
    dataDir: '/nowhere',
    signal: new AbortController().signal,
    now: new Date(now),
    needsFiles: () => false,
    progress: () => {},
    note: (text) => outcome.notes.push(text),
  }
  for await (const batch of collectKubernetes(options, cursor, ctx, ownPace)) {
    for (const fact of batch.facts as Fact[]) {
      const { kind: _, ...rest } = fact as DeploymentFact
      expect(
        Deployment.safeParse({ ...rest, startedAt: iso(rest.startedAt), finishedAt: iso(rest.finishedAt), updatedAt: iso(rest.updatedAt) })
          .error,
      ).toBeUndefined()
      outcome.facts.push(fact as DeploymentFact)
    }
    outcome.cursor = batch.cursor
    outcome.batches++
  }
  return outcome
}

const iso = (instant: number | undefined) => (instant === undefined ? undefined : new Date(instant).toISOString())
const briefly = ({ facts }: Pick<Outcome, 'facts'>) =>
  facts.map(({ id, status, version, finishedAt }) => [id.split(':').at(-1), status, version, iso(finishedAt)?.slice(11, 16)])

test('the first list tells what is live, and by its revisions what was before', async () => {
  const { world, fake } = await cluster()
  roll(world, at('08:00'), { name: 'cart', image: 'acme/cart:1.0', labels: { 'app.kubernetes.io/name': 'checkout' } })
  end(world, at('08:02'), 'cart', 'succeeded')
  roll(world, at('09:00'), { name: 'cart', image: 'acme/cart:1.1', labels: { 'app.kubernetes.io/name': 'checkout' } })
  end(world, at('09:03'), 'cart', 'succeeded')
  const outcome = await collect(fake, null)
  expect(outcome.facts).toEqual([
    {
      kind: 'deployment',
      source: 'k8s',
      id: `${uidOf('deployment', 'shop', 'cart')}:1`,
      service: 'checkout',
      environment: 'shop',
      tier: 'production',
      version: '1.0',
      status: 'succeeded',
      startedAt: ms('08:00'),
      finishedAt: ms('08:00'),
      updatedAt: ms('08:00'),
      labels: ['inferred'],
      reported: 'event',
    },
    {
      kind: 'deployment',
      source: 'k8s',
      id: `${uidOf('deployment', 'shop', 'cart')}:2`,
      service: 'checkout',
      environment: 'shop',
      tier: 'production',
      version: '1.1',
      status: 'succeeded',
      startedAt: ms('09:00'),
      finishedAt: ms('09:03'),
      updatedAt: ms('09:03'),
      reported: 'event',
    },
  ])
  expect(fake.asked.some((text) => text.includes('continue='))).toBe(false)
})

test('a list comes in pages', async () => {
  const { world, fake } = await cluster()
  for (const name of ['a', 'b', 'c', 'd', 'e']) {
    roll(world, at('08:00'), { name, image: `acme/${name}:1` })
    end(world, at('08:01'), name, 'succeeded')
  }
  const outcome = await collect(fake, null)
  expect(outcome.facts.map(({ service }) => service)).toEqual(['a', 'b', 'c', 'd', 'e'])
  expect(fake.asked.filter((text) => text.includes('/deployments')).length).toBe(3)
})

test('a list whose pages are too old begins anew', async () => {
  const { world, fake } = await cluster()
  for (const name of ['a', 'b', 'c']) {
    roll(world, at('08:00'), { name, image: `acme/${name}:1` })
    end(world, at('08:01'), name, 'succeeded')
  }
  fake.faults.push({ on: /deployments.*continue=/, status: 410 })
  expect((await collect(fake, null)).facts.length).toBe(3)
})

test('between runs the watch tells every rollout, with its times', async () => {
  const { world, fake } = await cluster()
  roll(world, at('08:00'), { name: 'cart', image: 'acme/cart:1.0' })
  end(world, at('08:02'), 'cart', 'succeeded')
  const first = await collect(fake, null)
  fake.asked.length = 0
  // Two complete, one fails, it is undone, it is scaled, its configuration changes, its pods are restarted.
  for (const [time, image] of [
    ['10:00', '1.1'],
    ['11:00', '1.2'],
  ] as const) {
    roll(world, at(time), { name: 'cart', image: `acme/cart:${image}` })
    end(world, at(time.replace('00', '04')), 'cart', 'succeeded')
  }
  roll(world, at('12:00'), { name: 'cart', image: 'acme/cart:1.3' })
  end(world, at('12:10'), 'cart', 'failed')
  roll(world, at('12:20'), { name: 'cart', image: 'acme/cart:1.2' })
  end(world, at('12:21'), 'cart', 'succeeded')
  scale(world, 'cart', 5)
  roll(world, at('13:00'), { name: 'cart', image: 'acme/cart:1.2', env: 'debug', replicas: 5 })
  end(world, at('13:01'), 'cart', 'succeeded')
  roll(world, at('14:00'), { name: 'cart', image: 'acme/cart:1.2', env: 'debug', restartedAt: at('14:00'), replicas: 5 })
  end(world, at('14:01'), 'cart', 'succeeded')
  roll(world, at('15:00'), { name: 'cart', image: 'acme/cart:1.0', replicas: 5 })
  end(world, at('15:01'), 'cart', 'succeeded')
  const second = await collect(fake, first.cursor)
  expect(briefly(second)).toEqual([
    ['2', 'succeeded', '1.1', '10:04'],
    ['3', 'succeeded', '1.2', '11:04'],
    ['4', 'failed', '1.3', '12:10'],
    ['5', 'succeeded', '1.2', '12:21'],
    ['6', 'succeeded', '1.2', '13:01'],
    ['8', 'succeeded', '1.0', '15:01'],
  ])
  expect(second.facts.map(({ config }) => config ?? false)).toEqual([false, false, false, false, true, false])
  // A return to a ReplicaSet does not begin when that was made.
  expect(second.facts.map(({ startedAt }) => iso(startedAt)?.slice(11, 16))).toEqual([
    '10:00',
    '11:00',
    '12:00',
    undefined,
    '13:00',
    undefined,
  ])
  expect(fake.asked.every((text) => text.includes('watch=1') || text.includes('/pods'))).toBe(true)
  await expect.poll(() => fake.open()).toBe(0)
  expect((await collect(fake, second.cursor)).facts).toEqual([])
})

test('a rollout that spans runs is told once it ends', async () => {
  const { world, fake } = await cluster()
  roll(world, at('08:00'), { name: 'cart', image: 'acme/cart:1.0' })
  const first = await collect(fake, null)
  expect(first.facts).toEqual([])
  end(world, at('08:10'), 'cart', 'failed')
  const second = await collect(fake, first.cursor)
  expect(briefly(second)).toEqual([['1', 'failed', '1.0', '08:10']])
  expect(second.facts[0]?.startedAt).toBe(ms('08:00'))
  // One that was given up may still get there.
  end(world, at('08:30'), 'cart', 'succeeded')
  expect(briefly(await collect(fake, second.cursor))).toEqual([['1', 'succeeded', '1.0', '08:30']])
})

test('a rollout that another one overtakes is none', async () => {
  const { world, fake } = await cluster()
  const first = await collect(fake, null)
  roll(world, at('08:00'), { name: 'cart', image: 'acme/cart:1.0' })
  roll(world, at('08:01'), { name: 'cart', image: 'acme/cart:1.1' })
  end(world, at('08:02'), 'cart', 'succeeded')
  expect(briefly(await collect(fake, first.cursor))).toEqual([['2', 'succeeded', '1.1', '08:02']])
})

test('where the cluster has forgotten, it is listed, and its revisions tell the rest', async () => {
  const { world, fake } = await cluster()
  roll(world, at('08:00'), { name: 'cart', image: 'acme/cart:1.0' })
  end(world, at('08:02'), 'cart', 'succeeded')
  const first = await collect(fake, null)
  for (const [time, image] of [
    ['10:00', '1.1'],
    ['11:00', '1.2'],
    ['12:00', '1.1'],
  ] as const) {
    roll(world, at(time), { name: 'cart', image: `acme/cart:${image}` })
    end(world, at(time.replace('00', '04')), 'cart', 'succeeded')
  }
  world.compacted = world.version
  const second = await collect(fake, first.cursor)
  expect(briefly(second)).toEqual([
    ['2', 'succeeded', '1.1', '10:00'],
    ['3', 'succeeded', '1.2', '11:00'],
    ['4', 'succeeded', '1.1', '12:04'],
  ])
  expect(second.facts.map(({ labels }) => labels ?? [])).toEqual([['inferred'], ['inferred'], []])
  expect(second.notes.join()).toMatch(/no longer knows what changed/)
  expect((await collect(fake, second.cursor)).facts).toEqual([])
})

test('an expired version in the stream of a watch is the same', async () => {
  const { world, fake } = await cluster()
  rollSet(world, 'statefulsets', at('08:00'), { name: 'db', image: 'acme/db:1' }, true)
  const only = { deployments: { kinds: ['StatefulSet'] } }
  const first = await collect(fake, null, only)
  rollSet(world, 'statefulsets', at('09:00'), { name: 'db', image: 'acme/db:2' }, true)
  world.compacted = world.version
  expect(briefly(await collect(fake, first.cursor, only))).toEqual([['2', 'succeeded', '2', '09:00']])
})

test.each(['statefulsets', 'daemonsets'] as const)('%s are told by their ControllerRevisions', async (plural) => {
  const { world, fake } = await cluster()
  rollSet(world, plural, at('08:00'), { name: 'db', image: 'acme/db:1' }, true)
  const first = await collect(fake, null)
  expect(briefly(first)).toEqual([['1', 'succeeded', '1', '08:00']])
  rollSet(world, plural, at('09:00'), { name: 'db', image: 'acme/db:2' }, false)
  const second = await collect(fake, first.cursor)
  expect(second.facts).toEqual([])
  rollSet(world, plural, at('09:05'), { name: 'db', image: 'acme/db:2' }, true)
  const third = await collect(fake, second.cursor)
  expect(briefly(third)).toEqual([['2', 'succeeded', '2', '09:05']])
  rollSet(world, plural, at('10:00'), { name: 'db', image: 'acme/db:1' }, false)
  rollSet(world, plural, at('10:05'), { name: 'db', image: 'acme/db:1' }, true)
  const fourth = await collect(fake, third.cursor)
  expect(briefly(fourth)).toEqual([['3', 'succeeded', '1', '10:05']])
  // Without a cursor the time of the return is that of the status; the first rollout has lost its number.
  expect(briefly(await collect(fake, null))).toEqual([
    ['2', 'succeeded', '2', '09:00'],
    ['3', 'succeeded', '1', '10:05'],
  ])
})

test('a connection that is cut goes on where it was', async () => {
  const { world, fake } = await cluster()
  const first = await collect(fake, null)
  for (const [index, time] of ['08:00', '09:00', '10:00', '11:00'].entries()) {
    roll(world, at(time), { name: 'cart', image: `acme/cart:${index}` })
    end(world, at(time.replace('00', '01')), 'cart', 'succeeded')
  }
  fake.faults.push(
    { on: /deployments.*watch/, cutAfter: 3 },
    { on: /deployments.*watch/, cutAfter: 2 },
    { on: /replicasets.*watch/, cutAfter: 1 },
  )
  expect(briefly(await collect(fake, first.cursor)).map(([number]) => number)).toEqual(['1', '2', '3', '4'])
  fake.faults.push({ on: /deployments.*watch/, cutAfter: 0, times: 9 })
  await expect(collect(fake, first.cursor)).rejects.toThrow(/ends the watch of deployments before it tells anything/)
})

test('rounds that are full lose and double nothing', async () => {
  const { world, fake } = await cluster()
  const first = await collect(fake, null)
  for (let hour = 0; hour < 8; hour++) {
    roll(world, at(`0${hour}:00`), { name: 'cart', image: `acme/cart:${hour}` })
    end(world, at(`0${hour}:02`), 'cart', 'succeeded')
    rollSet(world, 'statefulsets', at(`0${hour}:10`), { name: 'db', image: `acme/db:${hour}` }, true)
  }
  const outcome = await collect(fake, first.cursor, {}, at('23:00'), { ...pace, roundEvents: 3 })
  expect(outcome.facts.map(({ service, version }) => `${service} ${version}`)).toEqual(
    Array.from({ length: 8 }, (_, hour) => [`cart ${hour}`, `db ${hour}`]).flat(),
  )
  expect(outcome.batches).toBeGreaterThan(3)
})

test('digests are asked of pods: a tag that was moved is another version', async () => {
  const { world, fake } = await cluster()
  const [one, two] = ['1'.repeat(64), '2'.repeat(64)]
  roll(world, at('08:00'), { name: 'cart', image: 'acme/cart:latest' })
  end(world, at('08:02'), 'cart', 'succeeded')
  run(world, 'cart', one)
  const first = await collect(fake, null)
  expect(first.facts[0]).toMatchObject({ version: `sha256:${one}`, digest: `sha256:${one}` })
  roll(world, at('09:00'), { name: 'cart', image: 'acme/cart:latest', restartedAt: at('09:00') })
  end(world, at('09:02'), 'cart', 'succeeded')
  run(world, 'cart', two)
  const second = await collect(fake, first.cursor)
  expect(briefly(second)).toEqual([['2', 'succeeded', `sha256:${two}`, '09:02']])
  expect(second.facts[0]?.config).toBeUndefined()
  fake.faults.push({ on: /pods/, status: 403 })
  const third = await collect(fake, null)
  expect(third.notes.join()).toMatch(/may not list pods/)
  expect((await collect(fake, null, { digests: false })).notes).toEqual([])
})

test('the commit is told by an annotation, or by the tag', async () => {
  const { world, fake } = await cluster()
  const [one, two] = ['a'.repeat(40), 'b'.repeat(40)]
  roll(world, at('08:00'), { name: 'cart', image: 'acme/cart:1', templateAnnotations: { 'org.opencontainers.image.revision': one } })
  end(world, at('08:02'), 'cart', 'succeeded')
  roll(world, at('08:00'), { name: 'till', image: `acme/till:main-${two}` })
  end(world, at('08:02'), 'till', 'succeeded')
  const { facts } = await collect(fake, null)
  expect(facts.map(({ service, commit }) => [service, commit])).toEqual([
    ['cart', one],
    ['till', two],
  ])
  expect(fake.asked.some((text) => text.includes('/pods'))).toBe(false)
})

test('what is gone is forgotten, and made again it is another', async () => {
  const { world, fake } = await cluster()
  roll(world, at('08:00'), { name: 'cart', image: 'acme/cart:1' })
  end(world, at('08:02'), 'cart', 'succeeded')
  const first = await collect(fake, null)
  remove(world, 'deployments', uidOf('deployment', 'shop', 'cart'))
  const second = await collect(fake, first.cursor)
  expect(JSON.parse(second.cursor ?? '').workloads).toEqual({})
})

test('namespaces are asked one by one, and those that are excluded do not count', async () => {
  const { world, fake } = await cluster()
  for (const namespace of ['shop', 'pay', 'kube-system']) {
    roll(world, at('08:00'), { name: 'cart', namespace, image: 'acme/cart:1' })
    end(world, at('08:02'), 'cart', 'succeeded', namespace)
  }
  expect((await collect(fake, null)).facts.map(({ environment, tier }) => [environment, tier])).toEqual([
    ['shop', 'production'],
    ['pay', null],
  ])
  const some = await collect(fake, null, { namespaces: ['pay'], cluster: 'eu' })
  expect(some.facts.map(({ environment }) => environment)).toEqual(['eu/pay'])
  // Another scope is listed anew.
  const more = await collect(fake, some.cursor, { namespaces: ['pay', 'shop'], cluster: 'eu' })
  expect(more.facts.map(({ environment }) => environment)).toEqual(['eu/shop'])
})

test('a kind that the cluster does not have is told, and stops nothing', async () => {
  const { world, fake } = await cluster()
  roll(world, at('08:00'), { name: 'cart', image: 'acme/cart:1' })
  end(world, at('08:02'), 'cart', 'succeeded')
  const outcome = await collect(fake, null, { deployments: { kinds: ['Deployment', 'Rollout'] } })
  expect(outcome.facts.length).toBe(1)
  expect(outcome.notes).toEqual([expect.stringMatching(/knows no rollouts/)])
})

test('what is refused is a failure with its mend', async () => {
  const { fake } = await cluster()
  fake.token = 'another'
  await expect(collect(fake, null)).rejects.toThrow(/refuses the credentials \(401\).*rbac\.yaml/)
  fake.token = 'let-me-in'
  fake.faults.push({ on: /statefulsets/, status: 403 })
  await expect(collect(fake, null)).rejects.toThrow(/forbids reading statefulsets \(403\)/)
  fake.faults.push(
    { on: /deployments/, status: 429, headers: { 'retry-after': '0' } },
    { on: /replicasets/, status: 503, times: 2 },
    { on: /daemonsets/, status: 500 },
  )
  const { cursor } = await collect(fake, null)
  fake.faults.push({ on: /daemonsets.*watch/, error: 500 })
  await expect(collect(fake, cursor)).rejects.toThrow(/ends the watch of daemonsets: etcd is away/)
})

test('the certificate of the cluster is checked by its own authority, of the options or a kubeconfig', async () => {
  const { world, fake } = await cluster({ tls: { key: privateKey, cert: certificate } })
  roll(world, at('08:00'), { name: 'cart', image: 'acme/cart:1' })
  end(world, at('08:02'), 'cart', 'succeeded')
  await expect(collect(fake, null)).rejects.toThrow(/cannot be reached: self-signed certificate/)
  const outcome = await collect(fake, null, { ca: certificate })
  expect(outcome.facts.length).toBe(1)
  expect((await collect(fake, outcome.cursor, { ca: certificate })).facts).toEqual([])
  const folder = await mkdtemp(path.join(tmpdir(), 'shiplog-kube-'))
  const file = path.join(folder, 'config')
  await writeFile(path.join(folder, 'token'), 'let-me-in\n')
  const lines = [
    'apiVersion: v1',
    'kind: Config',
    'current-context: eu',
    'contexts: [{ name: eu, context: { cluster: eu, user: reader } }]',
    `clusters: [{ name: eu, cluster: { server: "${fake.url}", certificate-authority-data: ${Buffer.from(certificate).toString('base64')} } }]`,
    'users: [{ name: reader, user: { tokenFile: token } }]',
  ]
  await writeFile(file, lines.join('\n'))
  expect((await collectWith(KubernetesOptions.parse({ kubeconfig: file }), null)).facts.length).toBe(1)
})
