import examples from '@octokit/webhooks-examples'
import { describe, expect, test } from 'vitest'
import { ShiplogError } from '../../../server/errors.ts'
import { githubReceiver, parseChanged } from '../../../server/sources/github/receive.ts'
import type { Delivery } from '../../../server/sources/source.ts'
import { optionsOf, signed, webhookSecret } from '../../support/github-things.ts'

const options = optionsOf({ webhookSecret })
const repository = { id: 42, full_name: 'acme/shop' }

function accept(delivery: Delivery, fields: object = { webhookSecret }) {
  return githubReceiver.accept(optionsOf(fields as never), delivery)
}

function changed(event: string, payload: object): string[] {
  const { facts, changed } = githubReceiver.read(options, signed(event, { repository, ...payload }))
  expect(facts).toEqual([])
  return changed
}

/** The code of what is thrown. */
function codeOf(work: () => unknown): string | null {
  try {
    work()
    return null
  } catch (error) {
    if (!(error instanceof ShiplogError)) throw error
    return error.code
  }
}

describe('the signature', () => {
  const vector: Delivery = {
    headers: {
      'x-github-event': 'push',
      'x-github-delivery': 'd-1',
      'x-hub-signature-256': 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17',
    },
    body: Buffer.from('Hello, World!'),
  }

  test("is made as in GitHub's own example", () => {
    expect(accept(vector)).toEqual({ key: 'd-1', keep: true, reply: null })
  })

  test('may be made with either of two secrets', () => {
    expect(accept(vector, { webhookSecret: ['next', webhookSecret] }).keep).toBe(true)
    expect(accept(vector, { webhookSecret: [webhookSecret, 'next'] }).keep).toBe(true)
  })

  test.each<[string, object, Record<string, string>, string?]>([
    ['with another secret', { webhookSecret: 'another' }, {}],
    ['with neither of two secrets', { webhookSecret: ['another', 'next'] }, {}],
    ['where no secret is agreed', {}, {}],
    ['over another body', { webhookSecret }, {}, 'Hello, World?'],
    ['without one', { webhookSecret }, { 'x-hub-signature-256': '' }],
    ['without its kind', { webhookSecret }, { 'x-hub-signature-256': '757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17' }],
    [
      'of the old kind',
      { webhookSecret },
      { 'x-hub-signature-256': '', 'x-hub-signature': 'sha1=0000000000000000000000000000000000000000' },
    ],
    [
      'in capitals',
      { webhookSecret },
      { 'x-hub-signature-256': 'sha256=757107EA0EB2509FC211221CCE984B8A37570B6D7586C22C46F4379C8B043E17' },
    ],
    ['of odd letters', { webhookSecret }, { 'x-hub-signature-256': `sha256=${'é'.repeat(64)}` }],
  ])('%s is refused', (_, fields, headers, body = 'Hello, World!') => {
    const delivery = { headers: { ...vector.headers, ...headers }, body: Buffer.from(body) }
    expect(codeOf(() => accept(delivery, fields))).toBe('unauthorized')
  })

  test('is looked at before anything else', () => {
    expect(codeOf(() => accept({ headers: {}, body: Buffer.from('') }))).toBe('unauthorized')
  })
})

describe('a delivery', () => {
  test('is known by its number', () => {
    expect(accept(signed('push', { repository }, { 'x-github-delivery': 'guid-7' }))).toEqual({ key: 'guid-7', keep: true, reply: null })
  })

  test.each(['', 'a b', 'x'.repeat(101)])('without a number, as %j, is none', (key) => {
    expect(codeOf(() => accept(signed('push', { repository }, { 'x-github-delivery': key })))).toBe('invalid')
  })

  test.each(['star', 'workflow_job', 'check_run', 'create', '', 'constructor', '__proto__'])('of the event %j is not kept', (event) => {
    expect(accept(signed(event, { repository }))).toMatchObject({ keep: false, reply: `The event ${event} is not needed.` })
    expect(githubReceiver.read(options, signed(event, { repository }))).toEqual({ facts: [], changed: [] })
  })

  test('may come as a form', () => {
    const body = new URLSearchParams({ payload: JSON.stringify({ repository, ref: 'refs/heads/ä&ö' }) }).toString()
    for (const type of ['application/x-www-form-urlencoded', 'application/x-www-form-urlencoded; charset=utf-8']) {
      const delivery = signed('push', body, { 'content-type': type })
      expect(accept(delivery).keep).toBe(true)
      expect(githubReceiver.read(options, delivery).changed).toEqual(['42 push'])
    }
  })

  test.each<[string, string, Record<string, string>?]>([
    ['what is not JSON', '{'],
    ['nothing', ''],
    ['bytes', '\ufffd\0'],
    ['a form without a payload', 'a=b', { 'content-type': 'application/x-www-form-urlencoded' }],
    ['no object', 'null'],
    ['a list', '[]'],
    ['no repository', '{}'],
    ['a repository without a number', '{"repository":{"id":"42","full_name":"acme/shop"}}'],
  ])('%s is not understood', (_, body, headers) => {
    expect(codeOf(() => githubReceiver.read(options, signed('push', body, headers)))).toBe('invalid')
  })

  test('that is not understood says which field is at fault', () => {
    const delivery = signed('deployment', { repository, deployment: {} })
    expect(() => githubReceiver.read(options, delivery)).toThrow(
      'The delivery of deployment is not as GitHub describes it: deployment.node_id',
    )
  })
})

describe('what has changed', () => {
  test.each<[string, object, string[]]>([
    ['push', {}, ['42 push']],
    ['deployment', { deployment: { node_id: 'DE_1' } }, ['42 deployment DE_1']],
    ['deployment_status', { deployment: { node_id: 'DE_1' }, deployment_status: { state: 'success' } }, ['42 deployment DE_1']],
    ['workflow_run', { workflow_run: { id: 900 } }, ['42 run 900']],
    ['release', { action: 'published', release: { node_id: 'RE_1', tag_name: 'v1' } }, ['42 release RE_1']],
    ['release', { action: 'unpublished', release: { node_id: 'RE_1', tag_name: 'v1' } }, ['42 release RE_1']],
    ['release', { action: 'deleted', release: { node_id: 'RE_1', tag_name: 'v1' } }, ['42 gone-release v1']],
    ['issues', { action: 'labeled', issue: { node_id: 'I_1', number: 3 } }, ['42 issue I_1']],
    ['issues', { action: 'deleted', issue: { node_id: 'I_1', number: 3 } }, ['42 gone-issue 3']],
    ['issues', { action: 'transferred', issue: { node_id: 'I_1', number: 3 } }, ['42 gone-issue 3']],
    ['pull_request', { pull_request: { node_id: 'PR_1', merged_at: null } }, []],
    ['pull_request', { pull_request: { node_id: 'PR_1', merged_at: '2026-01-05T12:00:00Z' } }, ['42 pull PR_1']],
    ['pull_request_review', { pull_request: { node_id: 'PR_1', merged_at: '2026-01-05T12:00:00Z' } }, ['42 pull PR_1']],
    ['pull_request_review', { pull_request: { node_id: 'PR_1' } }, []],
  ])('%s %j', (event, payload, names) => {
    expect(changed(event, payload)).toEqual(names)
    for (const name of names) expect(parseChanged(name)?.join(' ')).toBe(name.endsWith('push') ? `${name} ` : name)
  })

  test.each<[string, ReturnType<typeof parseChanged>]>([
    ['42 push', [42, 'push', '']],
    ['42 gone-release the release', [42, 'gone-release', 'the release']],
    ['x push', null],
    ['42 star S_1', null],
    ['', null],
  ])('the name %j is %j', (text, expected) => {
    expect(parseChanged(text)).toEqual(expected)
  })
})

describe('the answer to a ping', () => {
  const always = ['push', 'pull_request', 'pull_request_review']
  const reply = (events: unknown, fields: object = {}) =>
    accept(signed('ping', { zen: 'Design for failure.', hook: { events } }), { webhookSecret, ...fields })

  test.each<[string, unknown, object, string]>([
    ['that everything is sent', ['*'], {}, 'Connected. Everything is sent, which is more than is needed; it does no harm.'],
    [
      'that nothing is missing',
      [...always, 'deployment', 'deployment_status', 'issues', 'star'],
      {},
      'Connected. All events that are needed are ticked.',
    ],
    [
      'what to tick as the settings name it',
      ['push'],
      {},
      'Connected. Tick also, under "Let me select individual events": Pull requests, Pull request reviews, Deployments, Deployment statuses, Issues.',
    ],
    [
      'releases where they count',
      always,
      { deployments: { releases: true }, incidents: false },
      'Connected. Tick also, under "Let me select individual events": Releases.',
    ],
    [
      'runs where they count for some repositories',
      [...always, 'deployment', 'deployment_status', 'issues'],
      { overrides: [{ repositories: ['cart'], deployments: { workflow: 'deploy.yml' } }] },
      'Connected. Tick also, under "Let me select individual events": Workflow runs.',
    ],
    [
      'issues where they count for some repositories',
      [...always, 'deployment', 'deployment_status'],
      { incidents: false, overrides: [{ repositories: ['cart'], incidents: {} }] },
      'Connected. Tick also, under "Let me select individual events": Issues.',
    ],
    [
      'nothing more where tags count',
      always,
      { deployments: { tags: '^v' }, incidents: false },
      'Connected. All events that are needed are ticked.',
    ],
  ])('says %s', (_, events, fields, said) => {
    expect(reply(events, fields)).toEqual({ key: '72d3162e-cc78-11e3-81ab-4c9367dc0958', keep: false, reply: said })
  })

  test('says everything where the ping does not say what is ticked', () => {
    expect(reply(undefined, { incidents: false, deployments: { branch: true } }).reply).toContain(
      'Pushes, Pull requests, Pull request reviews.',
    )
  })
})

interface Example {
  action?: string
  repository?: { id: number }
  deployment?: { node_id: string }
  issue?: { node_id: string; number: number }
  pull_request?: { node_id: string; merged_at?: string | null }
  release?: { node_id: string; tag_name: string }
  workflow_run?: { id: number }
}

describe('the examples of every event', () => {
  const all = examples.flatMap((event) => event.examples.map((example) => ({ event: event.name as string, example: example as Example })))

  test('are there', () => {
    expect(all.length).toBeGreaterThan(300)
  })

  test('are taken and understood, or not needed', () => {
    const kept = new Map<string, number>()
    for (const { event, example } of all) {
      const delivery = signed(event, example)
      const { keep } = githubReceiver.accept(options, delivery)
      const { changed } = githubReceiver.read(options, delivery)
      if (keep) kept.set(event, (kept.get(event) ?? 0) + 1)
      expect(changed, `${event} ${example.action}`).toEqual(namesOf(event, example))
      for (const name of changed) expect(parseChanged(name)).not.toBeNull()
    }
    expect(Object.fromEntries(kept)).toEqual({
      deployment: 4,
      deployment_status: 4,
      issues: 29,
      pull_request: 29,
      pull_request_review: 4,
      push: 7,
      release: 13,
      workflow_run: 5,
    })
  })

  /** By the event alone: an example of a deployment may hold a run as well. */
  function namesOf(
    event: string,
    { action, repository, deployment, issue, pull_request: pull, release, workflow_run: run }: Example,
  ): string[] {
    const id = repository?.id
    switch (event) {
      case 'deployment':
      case 'deployment_status':
        return [`${id} deployment ${deployment?.node_id}`]
      case 'issues':
        return [action === 'deleted' || action === 'transferred' ? `${id} gone-issue ${issue?.number}` : `${id} issue ${issue?.node_id}`]
      case 'pull_request':
      case 'pull_request_review':
        return pull?.merged_at ? [`${id} pull ${pull.node_id}`] : []
      case 'push':
        return [`${id} push`]
      case 'release':
        return [action === 'deleted' ? `${id} gone-release ${release?.tag_name}` : `${id} release ${release?.node_id}`]
      case 'workflow_run':
        return [`${id} run ${run?.id}`]
      default:
        return []
    }
  }
})
