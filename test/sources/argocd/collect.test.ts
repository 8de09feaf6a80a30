/** The history of applications, as the API and as notifications tell it. */
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'
import { ShiplogError } from '../../../server/errors.ts'
import { Deployment } from '../../../server/facts.ts'
import { collectArgocd, previewArgocd } from '../../../server/sources/argocd/collect.ts'
import { ArgocdOptions } from '../../../server/sources/argocd/options.ts'
import { argocdReceiver } from '../../../server/sources/argocd/receive.ts'
import type { Arriving, Context } from '../../../server/sources/source.ts'
import { type ArgocdFake, startArgocd } from '../../fakes/argocd/start-argocd.ts'

type DeploymentFact = { kind: 'deployment' } & Deployment

const fakes: ArgocdFake[] = []
afterEach(async () => {
  for (const fake of fakes.splice(0)) await fake.stop()
})
async function start(): Promise<ArgocdFake> {
  const fake = await startArgocd()
  fakes.push(fake)
  return fake
}

const at = (time: string) => `2026-03-02T${time}:00Z`
const webhook = { token: 'between-us' }
const optionsOf = (more: object = {}) => ArgocdOptions.parse({ webhook, environments: { production: '^shop$' }, ...more })
const sha = (digit: string) => digit.repeat(40)

function contextAt(now: string): Context {
  return {
    sourceId: 'argo',
    service: 'argo',
    dataDir: '/nowhere',
    signal: new AbortController().signal,
    now: new Date(now),
    needsFiles: () => false,
    progress: () => {},
    note: () => {},
  }
}

async function collect(fake: ArgocdFake, cursor: string | null = null, more: object = {}, now = at('23:00')) {
  const facts: DeploymentFact[] = []
  let last = cursor
  const options = optionsOf({ url: fake.url, token: 'let-me-in', ...more })
  for await (const batch of collectArgocd(options, cursor, contextAt(now), 1)) {
    facts.push(...([...batch.facts] as DeploymentFact[]))
    last = batch.cursor
  }
  return { facts, cursor: last }
}

const entry = (id: number, time: string, digit: string) => ({
  id,
  revision: sha(digit),
  deployStartedAt: at(time),
  deployedAt: at(time.replace(':00', ':02')),
  source: { repoURL: 'https://git.example.org/deploy', path: 'cart' },
})

function application(more: { history?: object[]; operationState?: object; images?: string[] } = {}) {
  const { history = [entry(1, '08:00', '1'), entry(2, '09:00', '2')], images = ['acme/proxy:3', 'acme/cart:1.1'] } = more
  const operationState = more.operationState ?? {
    phase: 'Succeeded',
    startedAt: at('09:00'),
    finishedAt: at('09:01'),
    operation: { sync: {} },
  }
  return {
    metadata: { name: 'cart', namespace: 'argocd', labels: { team: 'till' } },
    spec: {
      project: 'shop',
      destination: { namespace: 'shop', server: 'https://kubernetes.default.svc' },
      source: { repoURL: 'https://git.example.org/deploy' },
    },
    status: { history, operationState, summary: { images } },
  }
}

function delivery(value: unknown): Arriving {
  return { headers: { authorization: 'Bearer between-us' }, body: Buffer.from(JSON.stringify(value)), query: {} }
}
const filing = { sourceId: 'argo', service: 'argo', receivedAt: 0 }
const told = (value: unknown, more: object = {}) => argocdReceiver.read(optionsOf(more), delivery(value), filing).facts as DeploymentFact[]

test('each entry of the history is a deployment; what is told in time and what is read is the same', async () => {
  const fake = await start()
  fake.applications = [application()]
  const { facts } = await collect(fake)
  const common = {
    kind: 'deployment',
    source: 'argo',
    service: 'cart',
    environment: 'shop',
    tier: 'production',
    status: 'succeeded',
    reported: 'event',
  }
  const last = {
    ...common,
    id: `argocd/cart:2026-03-02T09:00:00.000Z`,
    version: '1.1',
    startedAt: Date.parse(at('09:00')),
    finishedAt: Date.parse(at('09:02')),
    updatedAt: Date.parse(at('09:02')),
  }
  expect(facts).toEqual([
    {
      ...common,
      id: `argocd/cart:2026-03-02T08:00:00.000Z`,
      startedAt: Date.parse(at('08:00')),
      finishedAt: Date.parse(at('08:02')),
      updatedAt: Date.parse(at('08:00')),
    },
    last,
  ])
  expect(told({ app: application() })).toEqual(facts)
  // The first was known with its image: what is read later is older.
  const [earlier] = told({ app: application({ history: [entry(1, '08:00', '1')], images: ['acme/cart:1.0'] }) })
  expect(earlier?.version).toBe('1.0')
  expect(earlier?.updatedAt).toBeGreaterThan(facts[0]?.updatedAt ?? 0)
  expect(fake.asked).toEqual([expect.stringContaining('/api/v1/applications?fields=items.metadata.name')])
})

test('a failed operation is a failed attempt, a dry run and a part of one are none', () => {
  const failed = {
    phase: 'Failed',
    startedAt: at('10:00'),
    finishedAt: at('10:05'),
    operation: { sync: {} },
    syncResult: { revision: sha('3') },
  }
  const last = (state: object) => told({ app: application({ operationState: state }) }).at(-1)
  expect(last(failed)).toMatchObject({ status: 'failed', id: 'argocd/cart:2026-03-02T10:00:00.000Z', finishedAt: Date.parse(at('10:05')) })
  expect(last({ ...failed, phase: 'Error' })?.status).toBe('failed')
  expect(last({ ...failed, phase: 'Running' })?.status).toBe('succeeded')
  expect(last({ ...failed, operation: { sync: { dryRun: true } } })?.status).toBe('succeeded')
  expect(last({ ...failed, operation: { sync: { resources: [{ kind: 'Service' }] } } })?.status).toBe('succeeded')
})

test('a sync of what is there already is none; a return to an earlier revision is one', () => {
  const history = [entry(1, '08:00', '1'), entry(2, '09:00', '2'), entry(3, '10:00', '2'), entry(4, '11:00', '1')]
  const { facts } = { facts: told({ app: application({ history, images: ['acme/cart:1.0'] }) }, { revision: 'application' }) }
  expect(facts.map(({ commit, startedAt }) => [commit, startedAt])).toEqual([
    [sha('2'), Date.parse(at('09:00'))],
    [sha('1'), Date.parse(at('11:00'))],
  ])
})

test('the version is that of the image of the service', () => {
  const version = (images: string[], more: object = {}) => {
    const { commit, version } = told({ app: application({ images }) }, more).at(-1) ?? {}
    return commit ?? version
  }
  expect(version([`acme/cart:main-${sha('a')}`])).toBe(sha('a'))
  expect(version([`registry:5000/acme/cart@sha256:${'b'.repeat(64)}`])).toBe(`sha256:${'b'.repeat(64)}`)
  expect(version(['acme/cart:latest'])).toBeUndefined()
  expect(version(['acme/one:1', 'acme/two:2'])).toBeUndefined()
  expect(version(['acme/one:1', 'acme/two:2'], { image: '/two$' })).toBe('2')
  expect(told({ app: application({ images: [] }) })).toEqual([])
})

test('the next run reads what ended since, and a day before', async () => {
  const fake = await start()
  fake.applications = [application()]
  const first = await collect(fake, null, { backfillDays: 1 })
  expect(first.facts.length).toBe(2)
  fake.applications = [
    application({
      history: [
        entry(1, '08:00', '1'),
        { ...entry(3, '08:00', '3'), deployStartedAt: '2026-03-05T08:00:00Z', deployedAt: '2026-03-05T08:01:00Z' },
      ],
    }),
  ]
  const second = await collect(fake, first.cursor, {}, '2026-03-05T09:00:00Z')
  expect(second.facts.map(({ finishedAt }) => finishedAt)).toEqual([Date.parse(at('08:02')), Date.parse('2026-03-05T08:01:00Z')])
  expect((await collect(fake, second.cursor, {}, '2026-03-09T09:00:00Z')).facts.length).toBe(1)
})

test('many come in batches, and a run that is cut begins again', async () => {
  const fake = await start()
  fake.applications = Array.from({ length: 600 }, (_, index) => ({
    ...application({ history: [entry(1, '08:00', '1')] }),
    metadata: { name: `app-${index}` },
  }))
  const cursors: string[] = []
  let count = 0
  for await (const { cursor, facts } of collectArgocd(optionsOf({ url: fake.url, token: 'let-me-in' }), null, contextAt(at('23:00')))) {
    cursors.push(cursor)
    count += [...facts].length
  }
  expect([count, cursors.length]).toEqual([600, 2])
  expect((await collect(fake, cursors[0] ?? null)).facts.length).toBe(600)
})

test('what is refused is a failure with its mend; who asks for patience gets it', async () => {
  const fake = await start()
  fake.faults.push(429, 503)
  expect((await collect(fake)).facts).toEqual([])
  await expect(collect(fake, null, { token: 'another' })).rejects.toThrow(/refuses the credentials \(401\).*applications, get/)
  fake.faults.push(403)
  await expect(collect(fake)).rejects.toThrow(/forbids reading applications/)
})

test('the preview says what counts, and why not the rest', async () => {
  const fake = await start()
  fake.applications = [application({ history: [entry(1, '08:00', '1'), entry(2, '09:00', '1')] })]
  const preview = await previewArgocd(optionsOf({ url: fake.url, token: 'let-me-in' }), contextAt(at('23:00')))
  expect(preview.rows.map(({ counted, reason }) => [counted, reason])).toEqual([
    [false, 'It was synced again; nothing was changed.'],
    [true, null],
  ])
})

describe('a notification', () => {
  test('shows the secret', () => {
    expect(argocdReceiver.accept(optionsOf(), delivery({ app: application() }))).toMatchObject({ keep: true })
    expect(() => argocdReceiver.accept(optionsOf(), { ...delivery({}), headers: {} })).toThrow(/does not show the secret/)
    expect(() => argocdReceiver.accept(ArgocdOptions.parse({ url: 'https://cd.example.org', token: 'x' }), delivery({}))).toThrow(
      ShiplogError,
    )
  })

  test('of any JSON is refused, or facts that can be kept', () => {
    const any = fc.oneof(fc.jsonValue(), fc.string({ unit: 'binary' }))
    const time = fc.oneof(fc.constantFrom(at('08:00'), at('09:00'), '9999-12-31T00:00:00Z', '1969-01-01T00:00:00Z'), any)
    const loose = <T extends object>(fields: { [K in keyof T]: fc.Arbitrary<T[K]> }) =>
      fc.oneof({ weight: 9, arbitrary: fc.record(fields, { requiredKeys: [] }) }, any)
    const app = loose({
      metadata: fc.oneof(fc.record({ name: fc.string({ unit: 'binary', minLength: 1 }) }), any),
      spec: loose({ project: any, destination: loose({ namespace: any, name: any }) }),
      status: loose({
        history: fc.oneof(fc.array(loose({ id: any, revision: any, deployStartedAt: time, deployedAt: time })), any),
        operationState: loose({ phase: fc.constantFrom('Failed', 'Error', null), startedAt: time, finishedAt: time, syncResult: any }),
        summary: loose({ images: fc.oneof(fc.array(fc.string({ unit: 'binary' })), any) }),
      }),
    })
    fc.assert(
      fc.property(loose({ app }), fc.constantFrom('manifests', 'application'), (value, revision) => {
        try {
          for (const { kind: _, ...fact } of told(value, { revision })) {
            const iso = (instant: number | undefined) => (instant === undefined ? undefined : new Date(instant).toISOString())
            const checked = { ...fact, startedAt: iso(fact.startedAt), finishedAt: iso(fact.finishedAt), updatedAt: iso(fact.updatedAt) }
            expect(Deployment.safeParse(checked).error).toBeUndefined()
          }
        } catch (error) {
          expect((error as ShiplogError).code).toBe('invalid')
        }
      }),
    )
  })

  test('recorded applications without a history tell nothing', () => {
    for (const name of ['healthy', 'degraded']) {
      const file = fileURLToPath(new URL(`../../../../shared/payloads/argocd/application_${name}.json`, import.meta.url))
      if (!existsSync(file))
        return console.info('No recorded payloads beside the repository at ../shared/payloads/argocd: their test is left out.')
      expect(told({ app: { metadata: { name: 'x' }, ...JSON.parse(readFileSync(file, 'utf8')) } })).toEqual([])
    }
  })
})
