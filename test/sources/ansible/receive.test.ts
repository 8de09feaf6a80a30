import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ShiplogError } from '../../../server/errors.ts'
import { AnsibleOptions } from '../../../server/sources/ansible/options.ts'
import { Job } from '../../../server/sources/ansible/payloads.ts'
import { ansibleReceiver } from '../../../server/sources/ansible/receive.ts'
import { judgeRun, toldJob } from '../../../server/sources/ansible/to-facts.ts'
import { jobOf, optionsOf, playbookOf, source } from '../../support/ansible-things.ts'
import { almost, faultOf } from '../../support/any-json.ts'

const headers = { authorization: 'Bearer known' }
const filing = { sourceId: 'awx', service: 'awx', receivedAt: 0 }
const alone = (given: object = {}) => source.options.parse({ webhook: { token: 'known' }, ...given })
const bodyOf = (value: unknown) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value))

const accept = (options: AnsibleOptions, value: unknown, shown: Record<string, string> = headers) =>
  ansibleReceiver.accept(options, { headers: shown, query: {}, body: bodyOf(value) })
const read = (options: AnsibleOptions, value: unknown) => ansibleReceiver.read(options, { headers, body: bodyOf(value) }, filing)

/** What AWX sends with its usual body; `given` says what is otherwise. */
function notificationOf(given: object = {}) {
  return {
    id: 46,
    name: 'Deploy shop',
    url: 'https://awx.example.org/#/jobs/playbook/46',
    created_by: 'ada',
    started: '2026-02-01T09:00:00.000000+00:00',
    finished: '2026-02-01T09:05:00.000000+00:00',
    status: 'successful',
    traceback: '',
    inventory: 'production',
    project: 'Playbooks',
    playbook: 'deploy.yml',
    credential: null,
    limit: '',
    extra_vars: '{"version": "1.4.0"}',
    hosts: { web1: { failed: false, changed: 0, ok: 3 } },
    ...given,
  }
}

describe('a delivery', () => {
  test('is refused without the secret', () => {
    expect(() => accept(alone(), playbookOf(), {})).toThrow(/does not show the secret/)
    expect(() => accept(optionsOf(), playbookOf())).toThrow(/does not show the secret/)
  })

  test.each([
    ['nonsense', /is not JSON/],
    [[], /AWX is not as its system describes it: the body/],
    [{ name: 'Deploy' }, /AWX is not as its system describes it: id/],
    [null, /no object/],
    [notificationOf({ started: 'yesterday' }), /started: must be a time/],
    [playbookOf({ shiplog: 2 }), /callback of ansible-playbook is not as its system describes it: shiplog/],
    [playbookOf({ status: 'odd' }), /status/],
  ])('%j is refused', (value, message) => {
    expect(() => accept(alone(), value)).toThrow(message)
    expect(() => read(alone(), value)).toThrow(message)
  })

  test.each([
    [{ body: 'AWX Notification Test 1 https://awx.example.org' }, 'Connected.'],
    [
      notificationOf({ url: 'https://awx.example.org/#/jobs/workflow/46' }),
      'This is no job of a playbook; the jobs in a workflow tell of themselves.',
    ],
    [notificationOf({ name: 'Backup' }), 'No rule takes Backup.'],
    [playbookOf({ playbook: 'patch.yml' }), 'No rule takes patch.yml.'],
    [playbookOf({ check: true }), 'A run that only checks is no deployment.'],
  ])('%j is not kept', (value, reply) => {
    expect(accept(alone(), value)).toMatchObject({ keep: false, reply })
    expect(read(alone(), value)).toEqual({ facts: [], changed: [] })
  })

  test('of AWX names the job where it can be asked for, and else is the fact', () => {
    expect(accept(optionsOf({ webhook: { token: 'known' } }), notificationOf())).toMatchObject({ keep: true, reply: null })
    expect(read(optionsOf(), notificationOf())).toEqual({ facts: [], changed: ['46'] })
    expect(read(alone(), notificationOf())).toMatchObject({
      changed: [],
      facts: [
        {
          id: 'job 46',
          url: 'https://awx.example.org/#/jobs/playbook/46',
          service: 'Deploy shop',
          environment: 'production',
          version: '1.4.0',
          status: 'succeeded',
          finishedAt: Date.UTC(2026, 1, 1, 9, 5),
          labels: ['unchanged'],
        },
      ],
    })
    expect(read(alone(), notificationOf({ status: 'running', finished: null, hosts: {} })).facts).toMatchObject([
      { id: 'job 46', status: 'running' },
    ])
  })

  test('without an address has the id and the times of the job as it is polled', () => {
    const [told] = read(alone(), notificationOf()).facts
    const { fact } = judgeRun(toldJob(Job.parse(jobOf(46, '2026-02-01T09:05:00Z')), 'https://awx.example.org'), optionsOf(), 'awx')
    expect({ ...told, labels: [] }).toEqual({ ...fact, labels: [] })
  })

  test('of the callback is the fact, whether or not AWX can be asked', () => {
    for (const options of [alone(), optionsOf()]) {
      expect(read(options, playbookOf())).toMatchObject({
        changed: [],
        facts: [{ service: 'shop', version: '1.4.0', status: 'succeeded' }],
      })
    }
  })
})

describe('whatever is sent', () => {
  const options = alone({ deployments: { template: '.' }, service: ['var.shiplog_service', 'template'] })

  test.each([
    ['notification', notificationOf()],
    ['run', playbookOf({ url: 'https://ci.example.org/1', repository: 'acme/shop', environment: 'live' })],
  ])('as a %s is refused as invalid, or gives facts that can be kept', (_kind, template) => {
    let facts = 0
    fc.assert(
      fc.property(almost(template), (value) => {
        try {
          if (!accept(options, value ?? '').keep) return
          const received = read(options, value ?? '')
          facts += received.facts.length
          expect(received.facts.map((fact) => fact.kind === 'deployment' && faultOf(fact))).toEqual(received.facts.map(() => null))
        } catch (error) {
          if (!(error instanceof ShiplogError) || error.code !== 'invalid') throw error
        }
      }),
      { numRuns: 3000 },
    )
    expect(facts).toBeGreaterThan(100)
  })

  test('a job of the API gives facts that can be kept', () => {
    fc.assert(
      fc.property(almost(jobOf(1, '2026-02-01T09:05:00Z', { artifacts: { git_sha: 'a'.repeat(40) } })), (value) => {
        const job = Job.safeParse(value)
        if (!job.success) return
        const { fact } = judgeRun(toldJob(job.data, 'https://awx.example.org'), options, 'awx')
        expect(fact === null ? null : faultOf(fact)).toBeNull()
      }),
      { numRuns: 3000 },
    )
  })
})

const folder = fileURLToPath(new URL('../../../../shared/payloads/ansible', import.meta.url))
const isThere = existsSync(folder)
if (!isThere) console.info('No recorded payloads beside the repository at ../shared/payloads/ansible: their tests are left out.')

describe.runIf(isThere)('recorded payloads', () => {
  const options = alone({ deployments: { template: '.' } })
  const facts = (file: string) => read(options, readFileSync(`${folder}/${file}`, 'utf8')).facts

  test('are all read', () => {
    const files = readdirSync(folder).filter((file) => file.endsWith('.json'))
    expect(files.sort()).toEqual(['webhook_notification_failed.json', 'webhook_notification_started.json'])
  })

  test('a job that started', () => {
    expect(facts('webhook_notification_started.json')).toEqual([
      {
        kind: 'deployment',
        source: 'awx',
        id: 'job 38',
        url: 'https://host/#/jobs/playbook/38',
        updatedAt: Date.UTC(2020, 6, 28, 19, 57, 7, 888),
        service: 'Demo Job Template',
        environment: 'Demo Inventory',
        status: 'running',
        startedAt: Date.UTC(2020, 6, 28, 19, 57, 7, 888),
        labels: [],
        reported: 'event',
      },
    ])
  })

  test('a job that failed', () => {
    expect(facts('webhook_notification_failed.json')).toMatchObject([
      {
        id: 'job 46',
        status: 'failed',
        startedAt: Date.UTC(2020, 6, 28, 20, 43, 36, 966),
        finishedAt: Date.UTC(2020, 6, 28, 20, 43, 44, 936),
      },
    ])
  })
})

describe('options', () => {
  const faults = (value: unknown) =>
    AnsibleOptions.safeParse(value).error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)

  test.each([
    [{}, ['url: is missing: write url, or webhook where runs are sent']],
    [{ webhook: { token: 'x' } }, undefined],
    [{ webhook: { token: 'x' }, token: 'y' }, ['url: is missing: the credentials are for asking AWX there']],
    [{ url: 'https://a.test' }, ['token: is missing: write token, or user and password']],
    [{ url: 'https://a.test', user: 'ada' }, ['password: goes with user: write both or none']],
    [{ url: 'https://a.test', user: 'ada', password: 'p w' }, undefined],
    [{ url: 'https://a.test', user: 'ada', password: 'x', token: 'y' }, ['user: cannot stand beside token: write one of the two']],
  ])('%j', (value, expected) => expect(faults(value)).toEqual(expected))
})
