import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Fact } from '../../../server/facts.ts'
import { jenkinsReceiver } from '../../../server/sources/jenkins/receive.ts'
import { type FakeJob, type JenkinsFake, startJenkins, token, user } from '../../fakes/jenkins/start-jenkins.ts'
import { checkout, collect, contextOf, notificationOf, now, optionsOf, sha, source, standing } from '../../support/jenkins-things.ts'

const webhook = { user: 'jenkins', password: 'known-to-both' }
const authorization = `Basic ${Buffer.from('jenkins:known-to-both').toString('base64')}`
const deployments = { job: '^acme/' }
const filing = { sourceId: 'ci', service: 'ci', receivedAt: now }
const at = Date.UTC(2026, 1, 3, 9)

const alone = (given: object = {}) => source.options.parse({ webhook, deployments, ...given })

function deliveryOf(value: unknown, headers: Record<string, string> = { authorization }) {
  return { headers, query: {}, body: Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)) }
}

const accept = (options: ReturnType<typeof alone>, value: unknown, headers?: Record<string, string>) =>
  jenkinsReceiver.accept(options, deliveryOf(value, headers))
const read = (options: ReturnType<typeof alone>, value: unknown) => jenkinsReceiver.read(options, deliveryOf(value), filing)

describe('a delivery', () => {
  test('is refused without the secret, and where none is agreed', () => {
    expect(() => accept(alone(), notificationOf(), {})).toThrow(/does not show the secret/)
    expect(() => accept(alone(), notificationOf(), { authorization: 'Basic eDp5' })).toThrow(/does not show the secret/)
    expect(() => accept(optionsOf({ deployments }), notificationOf())).toThrow(/does not show the secret/)
  })

  test.each([
    ['<xml/>', /is not JSON/],
    [[], /the body/],
    [{ url: 'job/acme/' }, /build/],
    [notificationOf({ phase: 'ENDED' }), /build\.phase/],
    [notificationOf({ timestamp: -1 }), /build\.timestamp/],
    [{ ...notificationOf(), url: 'view/all/' }, /names no job/],
  ])('%j is refused', (value, message) => {
    expect(() => accept(alone(), value)).toThrow(message)
    expect(() => read(alone(), value)).toThrow(message)
  })

  test('of a phase or of a job that is not needed is not kept', () => {
    expect(accept(alone(), notificationOf({ phase: 'QUEUED' }))).toMatchObject({ keep: false, reply: 'The phase QUEUED is not needed.' })
    expect(accept(alone(), { ...notificationOf(), url: 'job/backup/' })).toMatchObject({ keep: false, reply: 'No rule takes this job.' })
    expect(accept(alone(), { ...notificationOf(), url: 'job/acme/job/shop/job/PR-7/' })).toMatchObject({ keep: false })
  })

  test('that is sent again has the same key', () => {
    const [one, again, other] = [{}, {}, { phase: 'STARTED' }].map((build) => accept(alone(), notificationOf(build)))
    expect(one).toMatchObject({ keep: true, reply: null })
    expect(again?.key).toBe(one?.key)
    expect(other?.key).not.toBe(one?.key)
  })
})

describe('without an address', () => {
  const factOf = (build: object, given: object = {}) => read(alone(given), notificationOf(build)).facts[0] as Fact & { kind: 'deployment' }

  test('a notification is the fact', () => {
    expect(read(alone(), notificationOf())).toEqual({
      changed: [],
      facts: [
        {
          kind: 'deployment',
          source: 'ci',
          id: 'acme/shop/main#12',
          url: 'https://ci.example.org/job/acme/job/shop/job/main/12/',
          updatedAt: at,
          service: 'acme/shop',
          environment: 'staging',
          commit: sha('b'),
          version: '2.0.0',
          status: 'succeeded',
          startedAt: at - 90_000,
          finishedAt: at,
          labels: [],
          reported: 'event',
        },
      ],
    })
  })

  test.each([
    [{ phase: 'STARTED', status: null, timestamp: at - 90_000, duration: 0 }, 'running', at - 90_000],
    [{ phase: 'COMPLETED', timestamp: at - 50 }, 'succeeded', at - 50],
    [{ phase: 'FINALIZED', status: 'FAILURE' }, 'failed', at],
    [{ phase: 'FINALIZED', status: 'UNSTABLE' }, 'succeeded', at],
    [{ phase: 'FINALIZED', status: 'ABORTED' }, 'cancelled', at],
    [{ phase: 'FINALIZED', status: 'NOT_BUILT' }, 'cancelled', at],
  ])('%o is %s', (build, status, updatedAt) => {
    expect(factOf(build)).toMatchObject({ id: 'acme/shop/main#12', status, updatedAt })
  })

  test('a rule that names a stage cannot be followed', () => {
    expect(() => factOf({}, { deployments: { job: 'acme', stage: 'Deploy' } })).toThrow(/a notification says nothing\. Write url/)
  })

  test('a job in a plain folder is its own project', () => {
    expect(factOf({ scm: { branch: 'origin/release' } })).toMatchObject({ service: 'acme/shop/main' })
    expect(factOf({ scm: null, parameters: null })).toMatchObject({ service: 'acme/shop/main', environment: 'production' })
  })
})

describe('with an address', () => {
  let main: FakeJob
  let fake: JenkinsFake
  beforeEach(async () => {
    const actions = [checkout('https://github.com/acme/shop', sha('a')), { parameters: [{ name: 'VERSION', value: '2.0.0' }] }]
    main = { name: 'main', builds: [{ number: 12, timestamp: at, actions, stages: [] }] }
    fake = await startJenkins([
      { name: 'acme', kind: 'folder', jobs: [{ name: 'shop', kind: 'multibranch', jobs: [main] }] },
      { name: 'acme-tools', builds: [] },
    ])
  })
  afterEach(() => fake.close())

  const options = (given: object = {}) => optionsOf({ url: fake.url, user, token, webhook, deployments, ...given })

  async function pushed(changed: string[], cursor: string | null = null, given: object = {}): Promise<Fact[]> {
    const facts: Fact[] = []
    for await (const batch of source.refresh?.(options(given), changed, cursor, contextOf().ctx) ?? []) facts.push(...batch.facts)
    return facts
  }

  test('a notification names the build, which ends in the same fact as when it is polled', async () => {
    const { changed, facts } = read(options(), notificationOf({ status: 'FAILURE' }))
    expect([changed, facts]).toEqual([['acme/shop/main#12'], []])
    const polled = await collect(fake, { deployments })
    fake.asked.length = 0
    expect(await pushed(changed)).toEqual([...standing(polled).values()])
    expect(fake.asked).toEqual(['/job/acme/job/shop/api/json', '/job/acme/job/shop/job/main/12/api/json'])
  })

  test('a build of a job that was made anew is the same before and after it is polled', async () => {
    const first = await collect(fake, { deployments })
    main.builds = [{ number: 3, timestamp: at + 3_600_000 }]
    const before = await pushed(['acme/shop/main#3'], first.cursor)
    const second = await collect(fake, { deployments }, first.cursor)
    expect(before).toEqual([...standing(second).values()])
    expect(await pushed(['acme/shop/main#3'], second.cursor)).toEqual(before)
    expect(before).toMatchObject([{ id: `acme/shop/main#3@${at + 3_600_000}` }])
  })

  test('what is gone, what no rule takes and what is no name are passed over', async () => {
    expect(await pushed(['acme/shop/main#13', 'acme/gone/main#1', 'backup#1', 'acme/shop/PR-1#1', 'odd', '#1'])).toEqual([])
  })

  test('stages are asked for', async () => {
    main.builds[0]?.stages?.push({ id: '5', name: 'Deploy', status: 'FAILED', startTimeMillis: at, durationMillis: 5000 })
    expect(await pushed(['acme/shop/main#12'], null, { deployments: { job: 'acme', stage: 'Deploy' } })).toMatchObject([
      { id: 'acme/shop/main#12/Deploy', status: 'failed', finishedAt: at + 5000, version: '2.0.0' },
    ])
  })
})
