import { sql } from 'drizzle-orm'
import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { collectSource } from '../../../server/collector/collect.ts'
import { rows } from '../../../server/store/database.ts'
import { type FakeBuild, type FakeJob, type JenkinsFake, startJenkins, token, user } from '../../fakes/jenkins/start-jenkins.ts'
import { checkout, collect, contextOf, day, now, optionsOf, sha, source, standing } from '../../support/jenkins-things.ts'
import { configOf, testStore } from '../../support/stores.ts'

const minute = 60_000
const rules = { deployments: [{ job: '^acme/shop/main$' }, { job: 'deploy' }] }

/** One a day until today, the newest with the highest number. */
function builds(count: number, given: Partial<FakeBuild> = {}): FakeBuild[] {
  return Array.from({ length: count }, (_, index) => ({ number: index + 1, timestamp: now - (count - index) * day, ...given }))
}

let main: FakeJob
let fake: JenkinsFake
beforeEach(async () => {
  main = { name: 'main', builds: builds(3, { actions: [checkout('https://github.com/acme/shop', sha('a'))] }) }
  fake = await startJenkins([
    {
      name: 'acme',
      kind: 'folder',
      jobs: [
        {
          name: 'shop',
          kind: 'multibranch',
          jobs: [main, { name: 'PR-3', builds: builds(2) }, { name: 'feature%2Flogin', builds: builds(1) }],
        },
        { name: 'deploy search', builds: [] },
      ],
    },
    { name: 'backup', builds: builds(4) },
  ])
})
afterEach(() => fake.close())

describe('the first collection', () => {
  test('reads the builds of the jobs that a rule takes', async () => {
    const run = await collect(fake, rules)
    expect([...standing(run).keys()]).toEqual(['acme/shop/main#3', 'acme/shop/main#2', 'acme/shop/main#1'])
    expect(run.facts[0]).toMatchObject({ service: 'acme/shop', commit: sha('a'), startedAt: now - day, finishedAt: now - day + minute })
    expect(fake.asked).toEqual(['/api/json', '/job/acme/job/shop/job/main/api/json'])
    expect(run.batches.at(-1)?.coveredFrom).toBe(now - 365 * day)
  })

  test('goes back as far as it is told', async () => {
    const run = await collect(fake, { ...rules, backfillDays: 2 })
    expect([...standing(run).keys()]).toEqual(['acme/shop/main#3', 'acme/shop/main#2'])
  })

  test('reads page by page, and finds folders however deep they are', async () => {
    const deep = { name: 'deploy', builds: builds(250) }
    fake.jobs.push(
      ['a', 'b', 'c', 'd', 'e', 'f'].reduceRight<object>((inner, name) => ({ name, kind: 'folder', jobs: [inner] }), deep) as never,
    )
    const run = await collect(fake, rules)
    expect(standing(run).size).toBe(253)
    expect(Math.max(...run.batches.map(({ facts }) => [...facts].length))).toBe(100)
    expect(fake.asked.filter((path) => path === '/job/a/job/b/job/c/job/d/api/json')).toHaveLength(1)
    expect(fake.asked.filter((path) => path.endsWith('/job/deploy/api/json'))).toHaveLength(3)
  })

  test('claims nothing of the time whose builds were discarded', async () => {
    main.builds = builds(50).slice(40)
    const run = await collect(fake, rules)
    expect(run.batches.at(-1)?.coveredFrom).toBe(now - 10 * day)
    expect(run.notes).toEqual(['Older builds of acme/shop/main are discarded: what is known of this source begins on 2026-02-19.'])
  })

  test('says where no rule takes a job', async () => {
    const run = await collect(fake, { deployments: { job: 'nothing' } })
    expect(run.notes).toEqual(['No rule takes any of the 5 jobs: the preview lists them.'])
  })
})

describe('the next collection', () => {
  test('asks only for what is new', async () => {
    const first = await collect(fake, rules)
    fake.asked.length = 0
    const second = await collect(fake, rules, first.cursor)
    expect([second.facts, second.batches, fake.asked]).toEqual([[], [], ['/api/json']])
    main.builds.push({ number: 4, timestamp: now - minute })
    const third = await collect(fake, rules, second.cursor)
    expect([...standing(third).keys()]).toEqual(['acme/shop/main#4'])
  })

  test('follows a build until it has ended, however many came after it', async () => {
    const slow: FakeBuild = { number: 4, timestamp: now - 3 * minute, building: true }
    main.builds.push(slow)
    const first = await collect(fake, rules)
    expect(standing(first).get('acme/shop/main#4')).toMatchObject({ status: 'running', updatedAt: now - 3 * minute })
    for (let number = 5; number < 200; number++) main.builds.push({ number, timestamp: now - 2 * minute })
    const second = await collect(fake, rules, first.cursor)
    Object.assign(slow, { building: false, duration: minute, result: 'FAILURE' })
    const third = await collect(fake, rules, second.cursor)
    expect(standing(first, second).size).toBe(199)
    expect([...standing(third).values()]).toMatchObject([{ id: 'acme/shop/main#4', status: 'failed', finishedAt: now - 2 * minute }])
    expect((await collect(fake, rules, third.cursor)).facts).toEqual([])
  })

  test('goes on after a run that was cut, with nothing lost or doubled', async () => {
    main.builds = builds(320)
    const whole = standing(await collect(fake, rules))
    for (const stopAfter of [1, 2, 3, 4, 5]) {
      const cut = await collect(fake, rules, null, stopAfter)
      const rest = await collect(fake, rules, cut.cursor)
      expect(standing(cut, rest)).toEqual(whole)
      expect((await collect(fake, rules, rest.cursor)).facts).toEqual([])
    }
  })

  test('tells the builds of a job that was made anew from those of the former', async () => {
    const first = await collect(fake, rules)
    main.builds = [
      { number: 1, timestamp: now - 2 * minute },
      { number: 2, timestamp: now - minute },
    ]
    const second = await collect(fake, rules, first.cursor)
    main.builds.push({ number: 3, timestamp: now - 2000 }, { number: 4, timestamp: now - 1000 })
    const third = await collect(fake, rules, second.cursor)
    expect([...standing(first, second, third).keys()].sort()).toEqual([
      'acme/shop/main#1',
      `acme/shop/main#1@${now - 2 * minute}`,
      'acme/shop/main#2',
      `acme/shop/main#2@${now - minute}`,
      'acme/shop/main#3',
      `acme/shop/main#3@${now - 2000}`,
      'acme/shop/main#4',
    ])
  })

  test('judges anew by other rules what Jenkins still has, and keeps what it discarded', async () => {
    fake.jobs.push({ name: 'deploy tools', builds: builds(1) })
    const first = await collect(fake, rules)
    main.builds.shift()
    const second = await collect(fake, { deployments: { job: '^acme/shop/main$' }, service: 'branch' }, first.cursor)
    const after = standing(first, second)
    expect([...after.values()].map(({ id, service }) => [id, service])).toEqual([
      ['acme/shop/main#1', 'acme/shop'],
      ['acme/shop/main#3', 'main'],
      ['acme/shop/main#2', 'main'],
    ])
    const third = await collect(fake, { deployments: { job: '^acme/shop/main$', stage: 'Deploy' } }, second.cursor)
    expect([...standing(first, second, third).keys()]).toEqual(['acme/shop/main#1'])
  })

  test('keeps by other rules what is stored of jobs that Jenkins no longer shows, where a rule has their names', async () => {
    fake.jobs.push({ name: 'deploy tools', builds: builds(1) })
    const both = { deployments: [{ job: '^acme/shop/main$' }, { job: '^deploy tools$' }] }
    const first = await collect(fake, both)
    fake.jobs.splice(
      fake.jobs.findIndex(({ name }) => name === 'deploy tools'),
      1,
    )
    const second = await collect(fake, { ...both, unstable: 'failed' }, first.cursor)
    expect([...standing(first, second).keys()].filter((id) => id.startsWith('deploy tools#'))).toEqual(['deploy tools#1'])
    const third = await collect(fake, { deployments: [{ job: '^acme/shop/main$' }] }, second.cursor)
    expect([...standing(first, second, third).keys()].filter((id) => id.startsWith('deploy tools#'))).toEqual([])
  })

  test('does not trust a cursor of another version', async () => {
    expect(standing(await collect(fake, rules, '{"v":0}')).size).toBe(3)
  })
})

describe('stages', () => {
  const staged = { deployments: { job: '^acme/shop/main$', stage: '^Deploy' } }
  const stage = (name: string, given: object = {}) => ({
    id: '12',
    name,
    status: 'SUCCESS',
    startTimeMillis: now - minute,
    durationMillis: 20_000,
    ...given,
  })

  test('are deployments, those that a condition skipped are none', async () => {
    main.builds = [
      { number: 1, timestamp: now - 2 * minute, stages: [stage('Build'), stage('Deploy')] },
      { number: 2, timestamp: now - minute, stages: [stage('Deploy', { durationMillis: 90, steps: ['getContext'] })] },
      { number: 3, timestamp: now - minute, stages: [stage('Deploy', { durationMillis: 90, steps: ['Shell Script'] })] },
    ]
    expect([...standing(await collect(fake, staged)).keys()]).toEqual(['acme/shop/main#3/Deploy', 'acme/shop/main#1/Deploy'])
    expect(fake.asked.filter((path) => path.includes('/execution/node/'))).toHaveLength(2)
  })

  test('that cannot be told are a failure of the source', async () => {
    fake.hasStages = false
    await expect(collect(fake, staged)).rejects.toThrow(
      /tells no stages of acme\/shop\/main #3 \(404\)\. Install the plugin Pipeline: Stage View/,
    )
  })
})

describe('a Jenkins that does not answer as it should', () => {
  test('refuses the token', async () => {
    await expect(collect(fake, { ...rules, token: 'wrong' })).rejects.toThrow(
      /Jenkins refuses the credentials \(401\)\. Make a new API token for shiplog/,
    )
  })

  test('shows nothing to who may see nothing, which is no answer', async () => {
    fake.jobs.length = 0
    await expect(collect(fake, rules)).rejects.toThrow(/shows no job to this user\. Give the user Overall\/Read/)
  })

  test('is not at this address', async () => {
    await expect(collect(fake, { ...rules, url: fake.url.replace('/jenkins', '/') })).rejects.toThrow(/There is no Jenkins at this address/)
  })

  test.each([
    [429, { 'retry-after': '0' }],
    [503, {}],
    [502, {}],
  ])('%i is asked again', async (status, headers) => {
    let failures = 2
    fake.fault = (_request, response) => {
      if (failures-- <= 0) return false
      response.writeHead(status, headers).end()
      return true
    }
    expect(standing(await collect(fake, rules)).size).toBe(3)
  })

  test('that stays broken fails the run, and what was read before is kept', async () => {
    main.builds = builds(150)
    fake.fault = (request, response) => {
      if (!request.url?.includes('100%2C200')) return false
      response.writeHead(500).end()
      return true
    }
    await expect(collect(fake, rules)).rejects.toThrow(/Jenkins answers with 500 when asked for builds of acme\/shop\/main/)
    fake.fault = null
    expect(standing(await collect(fake, rules)).size).toBe(150)
  })

  test('is not asked further once the run is to stop', async () => {
    const stop = new AbortController()
    fake.fault = () => {
      stop.abort()
      return false
    }
    const options = optionsOf({ ...rules, url: fake.url, user, token })
    const reading = source.collect?.(options, null, contextOf(stop.signal).ctx)[Symbol.asyncIterator]()
    await expect(reading?.next()).rejects.toThrow(/abort/i)
  })
})

test('a source without an address collects nothing', async () => {
  const { ctx } = contextOf()
  const options = source.options.parse({ webhook: { token: 'known-to-both' } })
  for await (const _ of source.collect?.(options, null, ctx) ?? []) throw new Error('there is a batch')
})

describe('in the store', () => {
  const store = testStore('pglite')

  test('other rules change what stands, and a cut run or a repeat changes nothing', async () => {
    main.builds.push({ number: 4, timestamp: now - minute, building: true })
    async function run(given: object) {
      const options = optionsOf({ url: fake.url, user, token, ...given })
      const config = configOf({ sources: [{ id: 'ci', type: 'jenkins', options, schedule: '* * * * *' }] })
      const log = pino({ level: 'silent' })
      return collectSource(
        { store: store(), config, dataDir: '/nowhere', now: () => new Date(now), log },
        'ci',
        new AbortController().signal,
      )
    }
    const standingRows = async () => {
      const query = sql`select id, body from facts where not withdrawn and body is not null order by id`
      const found = await rows<{ id: string; body: string }>(store().db, query)
      return found.map(({ id, body }) => {
        const { service, status } = JSON.parse(body) as { service: string; status: string }
        return `${id} ${service} ${status}`
      })
    }
    expect(await run(rules)).toMatchObject({ outcome: 'succeeded', counts: { accepted: 4 } })
    expect(await standingRows()).toEqual([
      'acme/shop/main#1 acme/shop succeeded',
      'acme/shop/main#2 acme/shop succeeded',
      'acme/shop/main#3 acme/shop succeeded',
      'acme/shop/main#4 acme/shop running',
    ])
    Object.assign(main.builds.at(-1) ?? {}, { building: false, duration: 1000, result: 'FAILURE' })
    main.builds.shift()
    expect(await run({ ...rules, service: 'name' })).toMatchObject({ outcome: 'succeeded' })
    const after = ['acme/shop/main#2 shop succeeded', 'acme/shop/main#3 shop succeeded', 'acme/shop/main#4 shop failed']
    expect(await standingRows()).toEqual(['acme/shop/main#1 acme/shop succeeded', ...after])
    expect(await run({ ...rules, service: 'name' })).toMatchObject({ outcome: 'succeeded', counts: { accepted: 0 } })
    expect(await run({ deployments: { job: '^backup$' } })).toMatchObject({ outcome: 'succeeded' })
    expect(await standingRows()).toEqual(['1', '2', '3', '4'].map((number) => `backup#${number} backup succeeded`))
  })
})
