import { createHmac } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { ShiplogError } from '../../../server/errors.ts'
import { gitlabReceiver, parseChanged } from '../../../server/sources/gitlab/receive.ts'
import type { Arriving } from '../../../server/sources/source.ts'
import { optionsOf } from '../../support/gitlab-things.ts'

const now = new Date('2026-01-05T12:00:00Z')
const key = Buffer.from('a key of twenty bytes')
const webhook = { token: 'known-to-both', secret: `whsec_${key.toString('base64')}` }

function delivery(event: string, body: unknown, headers: Record<string, string> = {}): Arriving {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return { headers: { 'x-gitlab-event': event, 'x-gitlab-token': 'known-to-both', ...headers }, query: {}, body: Buffer.from(text) }
}

function signed(body: string, more: { id?: string; at?: number; with?: Buffer } = {}): Arriving {
  const { id = 'msg-1', at = now.getTime() / 1000, with: secret = key } = more
  const signature = createHmac('sha256', secret).update(`${id}.${at}.${body}`).digest('base64')
  const headers = {
    'x-gitlab-event': 'Push Hook',
    'webhook-id': id,
    'webhook-timestamp': String(at),
    'webhook-signature': `v1,AAAA v1,${signature}`,
  }
  return { headers, query: {}, body: Buffer.from(body) }
}

function codeOf(work: () => unknown): string | null {
  try {
    work()
    return null
  } catch (error) {
    if (!(error instanceof ShiplogError)) throw error
    return error.code
  }
}

const accept = (arriving: Arriving, fields: object = { webhook }) => gitlabReceiver.accept(optionsOf(fields as never), arriving, now)
const read = (body: unknown, fields: object = {}) => gitlabReceiver.read(optionsOf(fields as never), delivery('Push Hook', body)).changed

describe('who sends', () => {
  test('shows the secret token', () => {
    expect(accept(delivery('Push Hook', {}, { 'idempotency-key': 'k-1' }))).toEqual({ key: 'k-1', keep: true, reply: null })
    const two = { webhook: { token: ['next', 'known-to-both'] } }
    expect(accept(delivery('Push Hook', {}), two)).toMatchObject({ keep: true, key: expect.stringMatching(/^sha256:/) })
  })

  test('or signs with the signing token', () => {
    expect(accept(signed('{}'))).toMatchObject({ key: 'msg-1', keep: true })
  })

  test.each<[string, Arriving, object?]>([
    ['without anything', delivery('Push Hook', {}, { 'x-gitlab-token': '' })],
    ['with another token', delivery('Push Hook', {}, { 'x-gitlab-token': 'guess' })],
    ['where nothing was agreed', delivery('Push Hook', {}), {}],
    ['with another signature', signed('{}', { with: Buffer.from('another') })],
    ['of long ago', signed('{}', { at: now.getTime() / 1000 - 3600 })],
    [
      'with a wrong signature beside the right token',
      {
        ...signed('{}', { with: Buffer.from('x') }),
        headers: { ...signed('{}', { with: Buffer.from('x') }).headers, 'x-gitlab-token': 'known-to-both' },
      },
    ],
    ['signed, where only a token was agreed', signed('{}'), { webhook: { token: 'known-to-both' } }],
  ])('%s is refused', (_, arriving, fields = { webhook }) => {
    expect(codeOf(() => accept(arriving, fields))).toBe('unauthorized')
  })

  test('says which event it is', () => {
    const { 'x-gitlab-event': _, ...headers } = delivery('', {}).headers
    expect(codeOf(() => accept({ headers, query: {}, body: Buffer.from('{}') }))).toBe('invalid')
  })
})

describe('an event', () => {
  test.each(['Note Hook', 'Wiki Page Hook', 'Emoji Hook', '__proto__'])('%s is not needed', (event) => {
    expect(accept(delivery(event, {}))).toMatchObject({ keep: false, reply: `The event ${event} is not needed.` })
  })

  test('of jobs is needed where a rule looks at them', () => {
    for (const event of ['Pipeline Hook', 'Job Hook']) {
      expect(accept(delivery(event, {}))).toMatchObject({
        keep: false,
        reply: expect.stringMatching(/no rule of this source looks at jobs/),
      })
      expect(accept(delivery(event, {}), { webhook, deployments: { jobs: '^deploy' } })).toMatchObject({ keep: true })
    }
  })

  test.each<[object, string[], object?]>([
    [{ object_kind: 'deployment', project: { id: 30 }, deployment_id: 15 }, ['30 deployment 15']],
    [{ object_kind: 'deployment', project: { id: 30 }, deployment_id: 15 }, [], { deployments: { tags: 'v.*' } }],
    [{ object_kind: 'merge_request', project: { id: 1 }, object_attributes: { iid: 9, state: 'merged' } }, ['1 merge 9']],
    [{ object_kind: 'merge_request', project: { id: 1 }, object_attributes: { iid: 9, state: 'opened' } }, []],
    [{ object_kind: 'issue', project: { id: 1 }, object_attributes: { iid: 4 } }, ['1 issue 4']],
    [{ object_kind: 'incident', project: { id: 1 }, object_attributes: { iid: 4 } }, ['1 issue 4']],
    [{ object_kind: 'issue', project: { id: 1 }, object_attributes: { iid: 4 } }, [], { incidents: false }],
    [{ object_kind: 'push', project_id: 7 }, ['7 push 0']],
    [{ object_kind: 'tag_push', project_id: 7 }, ['7 push 0']],
    [{ object_kind: 'pipeline', project: { id: 1 }, object_attributes: { id: 31 } }, []],
    [{ object_kind: 'pipeline', project: { id: 1 }, object_attributes: { id: 31 } }, ['1 pipeline 31'], { deployments: { jobs: 'x' } }],
    [{ object_kind: 'build', project_id: 1, pipeline_id: 31 }, ['1 pipeline 31'], { deployments: { jobs: 'x' } }],
    [{ object_kind: 'note' }, []],
  ])('%j changes %j', (body, changed, fields = {}) => {
    expect(read(body, fields)).toEqual(changed)
    for (const text of changed) expect(parseChanged(text)).not.toBeNull()
  })

  test.each([
    ['no JSON', '{'],
    ['no object', []],
    ['without a kind', {}],
    ['without an id', { object_kind: 'deployment', project: { id: 30 } }],
    ['with an id that is none', { object_kind: 'push', project_id: -1 }],
  ])('that is %s is not understood', (_, body) => {
    expect(codeOf(() => read(body))).toBe('invalid')
  })
})
