import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type AwxFake, startAwx } from '../../fakes/awx/start-awx.ts'
import { collect, jobOf, optionsOf, source, standing } from '../../support/ansible-things.ts'
import { contextOf, day, now } from '../../support/jenkins-things.ts'

const at = (ms: number) => new Date(ms).toISOString()

/** Finished one a day until yesterday. */
const jobs = (count: number) =>
  Array.from({ length: count }, (_, index) => {
    const finished = now - (count - index) * day
    return jobOf(100 + index, at(finished), { created: at(finished - 120_000), started: at(finished - 60_000) })
  })

let awx: AwxFake
beforeEach(async () => {
  awx = await startAwx(jobs(3))
})
afterEach(() => awx.close())

describe('the first collection', () => {
  test('reads the jobs of the templates that a rule takes, with what lists leave out', async () => {
    awx.jobs.push(jobOf(200, at(now - day), { summary_fields: { job_template: { name: 'Backup' } } }))
    awx.jobs[0] = jobOf(100, at(now - 3 * day), { artifacts: { git_sha: 'a'.repeat(40) } })
    const run = await collect(awx)
    expect([...standing(run).keys()]).toEqual(['job 100', 'job 101', 'job 102'])
    expect(standing(run).get('job 100')?.commit).toBe('a'.repeat(40))
    expect(awx.asked.filter((path) => path === '/api/v2/jobs/200/')).toEqual([])
  })

  test('claims nothing of the time whose jobs are removed', async () => {
    const run = await collect(awx)
    expect(run.batches[0]?.coveredFrom).toBe(now - 3 * day - 120_000)
    expect(run.notes).toEqual(['AWX keeps no job from before 2026-02-25: what is known of this source begins then.'])
    expect((await collect(awx, { backfillDays: 2 })).batches[0]?.coveredFrom).toBe(now - 2 * day)
  })

  test('follows the links to further pages, behind a gateway too', async () => {
    awx.jobs = jobs(25)
    awx.pageSize = 10
    expect(standing(await collect(awx)).size).toBe(25)
    awx.asked.length = 0
    expect(standing(await collect(awx, { url: `${awx.url}/api/controller` })).size).toBe(25)
    expect(awx.asked.every((path) => path.startsWith('/api/controller/v2/jobs/'))).toBe(true)
  })
})

describe('the next collection', () => {
  test('reads what is new, and follows what runs', async () => {
    const first = await collect(awx)
    const running = jobOf(300, null, { created: at(now - 60_000), started: at(now - 50_000) })
    awx.jobs.push(running)
    const second = await collect(awx, {}, first.cursor)
    expect([...standing(second).values()]).toMatchObject([{ id: 'job 102' }, { id: 'job 300', status: 'running', updatedAt: now - 50_000 }])
    Object.assign(running, { status: 'failed', finished: at(now - 10_000) })
    const third = await collect(awx, {}, second.cursor)
    expect(standing(first, second, third).get('job 300')).toMatchObject({ status: 'failed', finishedAt: now - 10_000 })
    expect(standing(first, second, third).size).toBe(4)
  })

  test('goes on after a run that was cut, with nothing lost or doubled', async () => {
    awx.jobs = jobs(25)
    awx.pageSize = 10
    const whole = standing(await collect(awx))
    for (const stopAfter of [1, 2, 3, 4]) {
      const cut = await collect(awx, {}, null, stopAfter)
      expect(standing(cut, await collect(awx, {}, cut.cursor))).toEqual(whole)
    }
  })

  test('judges anew by other rules what AWX still has, and keeps what it removed', async () => {
    const first = await collect(awx)
    awx.jobs.shift()
    const second = await collect(awx, { service: 'inventory' }, first.cursor)
    expect(second.notes[0]).toBe('The rules are others now: jobs are read anew.')
    expect([...standing(first, second).values()].map(({ id, service }) => [id, service])).toEqual([
      ['job 100', 'Deploy shop'],
      ['job 101', 'production'],
      ['job 102', 'production'],
    ])
    const third = await collect(awx, { deployments: { template: 'nothing' } }, second.cursor)
    expect([...standing(first, second, third).keys()]).toEqual(['job 100'])
  })

  test('does not trust a cursor of another version', async () => {
    expect(standing(await collect(awx, {}, '{"v":0}')).size).toBe(3)
  })
})

test('a job that a notification named is the same as when it is polled', async () => {
  const polled = standing(await collect(awx))
  const facts = []
  for await (const batch of source.refresh?.(optionsOf({ url: awx.url }), ['101', '999', 'odd'], null, contextOf().ctx) ?? []) {
    facts.push(...batch.facts)
  }
  expect(facts).toEqual([polled.get('job 101')])
})

describe('an AWX that does not answer as it should', () => {
  test('refuses the token', async () => {
    await expect(collect(awx, { token: 'wrong' })).rejects.toThrow(
      /AWX refuses the credentials \(401\)\. Make a new token with the scope Read/,
    )
  })

  test.each([
    [429, { 'retry-after': '0' }],
    [502, {}],
  ])('%i is asked again', async (status, headers) => {
    let failures = 2
    awx.fault = (_request, response) => {
      if (failures-- <= 0) return false
      response.writeHead(status, headers).end()
      return true
    }
    expect(standing(await collect(awx)).size).toBe(3)
  })

  test('that stays broken fails the run', async () => {
    awx.fault = (request, response) => {
      if (!request.url?.includes('finished__gte')) return false
      response.writeHead(500).end()
      return true
    }
    await expect(collect(awx)).rejects.toThrow(/AWX answers with 500 when asked for jobs/)
  })

  test('sends on to no other host', async () => {
    awx.fault = (request, response) => {
      if (!request.url?.includes('finished__gte')) return false
      response.end(JSON.stringify({ next: 'http://evil.example/api', results: [] }))
      return true
    }
    await expect(collect(awx)).rejects.toThrow(/sends on to evil\.example/)
  })
})

test('a source without an address collects nothing', async () => {
  const options = source.options.parse({ webhook: { token: 'known' } })
  for await (const _ of source.collect?.(options, null, contextOf().ctx) ?? []) throw new Error('there is a batch')
})

test('the preview says what counts, and why not the rest', async () => {
  awx.jobs.push(jobOf(200, at(now - day), { job_type: 'check' }))
  const preview = await source.preview?.(optionsOf({ url: awx.url }), contextOf().ctx)
  expect(preview).toMatchObject({ rule: 'Each job of the templates in whose name (?i)deploy is found is a deployment.', hints: [] })
  expect(preview?.rows.map(({ name, counted, reason, group }) => [name, counted, reason, group])).toEqual([
    ['Deploy shop, job 200', false, 'it only checked', 'Deploy shop'],
    ['Deploy shop, job 102', true, null, 'Deploy shop'],
    ['Deploy shop, job 101', true, null, 'Deploy shop'],
    ['Deploy shop, job 100', true, null, 'Deploy shop'],
  ])
  const none = await source.preview?.(optionsOf({ url: awx.url, deployments: { template: 'x' } }), contextOf().ctx)
  expect(none?.hints).toEqual(['Nothing is counted: the reasons say why. Job templates here are such as Deploy shop.'])
})
