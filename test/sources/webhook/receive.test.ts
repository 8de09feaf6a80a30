import { describe, expect, test } from 'vitest'
import { webhookReceiver } from '../../../server/sources/webhook/receive.ts'
import { delivery, deployRule, hmac, optionsOf } from '../../support/webhook-things.ts'

const now = new Date('2026-01-05T09:00:00Z')
const body = { event: 'deploy', run: { id: 7, at: '2026-01-05T09:00:00Z' }, app: 'shop', env: 'live', result: 'ok' }
const filing = { sourceId: 'ci', service: 'ci', receivedAt: now.getTime() }

const unauthorized = expect.objectContaining({ code: 'unauthorized' })

describe('accept', () => {
  test('keeps what a rule takes, under the name of its body or of what the key says', () => {
    expect(webhookReceiver.accept(optionsOf(), delivery(body), now)).toEqual({
      key: expect.stringMatching(/^sha256:/),
      keep: true,
      reply: null,
    })
    const keyed = optionsOf({ deployments: deployRule, key: '{header.x-id}' })
    expect(webhookReceiver.accept(keyed, delivery(body, { 'x-id': 'd1' }), now).key).toBe('key:d1')
    expect(webhookReceiver.accept(keyed, delivery(body), now).key).toMatch(/^sha256:/)
  })

  test('says of what no rule takes why, and keeps it only while rules are written', () => {
    const other = delivery({ event: 'test' })
    expect(webhookReceiver.accept(optionsOf(), other, now)).toMatchObject({
      keep: false,
      reply: 'No rule takes it: event is "test"; the rule takes deploy.',
    })
    const setup = optionsOf({ deployments: deployRule, setup: true })
    expect(webhookReceiver.accept(setup, other, now).keep).toBe(true)
    expect(() => webhookReceiver.read(setup, other, filing)).toThrow('No rule takes it: event is "test"; the rule takes deploy.')
  })

  test.each([
    ['sha256', 'hex', 'sha256='],
    ['sha1', 'base64', ''],
    ['sha512', 'hex', 'v1='],
  ] as const)('checks signatures of %s in %s', (algorithm, encoding, prefix) => {
    const options = optionsOf({
      deployments: deployRule,
      webhook: { secret: ['old', 'new'], header: 'X-Signature', algorithm, encoding, prefix },
    })
    const signed = (secret: string) => {
      const one = delivery(body)
      return { ...one, headers: { 'x-signature': prefix + hmac(one.body, secret, algorithm, encoding) } }
    }
    expect(webhookReceiver.accept(options, signed('new'), now).keep).toBe(true)
    expect(() => webhookReceiver.accept(options, signed('other'), now)).toThrow(unauthorized)
    expect(() => webhookReceiver.accept(options, delivery(body), now)).toThrow(unauthorized)
    expect(() => webhookReceiver.accept(options, { ...signed('new'), body: Buffer.from('{}') }, now)).toThrow(unauthorized)
  })

  test('checks signatures of Standard Webhooks', () => {
    const secret = `whsec_${Buffer.from('a secret of theirs').toString('base64')}`
    const options = optionsOf({ deployments: deployRule, webhook: { secret, standard: true } })
    const one = delivery(body)
    const stamp = String(now.getTime() / 1000)
    const text = Buffer.concat([Buffer.from(`m1.${stamp}.`), one.body])
    const signature = `v1,${hmac(text, 'a secret of theirs', 'sha256', 'base64')}`
    const headers = { 'webhook-id': 'm1', 'webhook-timestamp': stamp, 'webhook-signature': signature }
    expect(webhookReceiver.accept(options, { ...one, headers }, now).keep).toBe(true)
    expect(() => webhookReceiver.accept(options, { ...one, headers: { ...headers, 'webhook-id': 'm2' } }, now)).toThrow(unauthorized)
  })

  test('refuses everybody where nothing is agreed, and what cannot be read', () => {
    expect(() => webhookReceiver.accept(optionsOf({ deployments: deployRule, webhook: undefined }), delivery(body), now)).toThrow(
      unauthorized,
    )
    expect(() => webhookReceiver.accept(optionsOf(), delivery('no json'), now)).toThrow(expect.objectContaining({ code: 'invalid' }))
  })
})

describe('read', () => {
  test('makes facts, of forms too', () => {
    const expected = [{ kind: 'deployment', id: '7', service: 'shop', status: 'succeeded' }]
    expect(webhookReceiver.read(optionsOf(), delivery(body), filing).facts).toMatchObject(expected)
    const form = { 'content-type': 'application/x-www-form-urlencoded' }
    const payload = new URLSearchParams({ payload: JSON.stringify(body) }).toString()
    expect(webhookReceiver.read(optionsOf(), delivery(payload, form), filing).facts).toMatchObject(expected)
    const plain = optionsOf({ deployments: { id: '{id}', status: '{status}' } })
    expect(webhookReceiver.read(plain, delivery('id=7&status=failed', form), filing).facts).toMatchObject([{ id: '7', status: 'failed' }])
  })

  test('refuses a delivery that lacks a field, by its name', () => {
    const lacking = { ...body, result: 'odd' }
    expect(() => webhookReceiver.read(optionsOf(), delivery(lacking), filing)).toThrow(
      'The rule of deployments takes it and makes nothing of it: status: "odd" is not in the map; add it, or otherwise:.',
    )
  })

  test('tells nothing of what no rule takes', () => {
    expect(webhookReceiver.read(optionsOf(), delivery({ event: 'test' }), filing)).toEqual({ facts: [], changed: [] })
  })
})

test('the parts of an incident are one: its last words, from its first time on', () => {
  const rule = { id: '{id}', title: '{title}', status: '{state}', updatedAt: '{at}', service: '{service}' }
  const options = optionsOf({ incidents: rule })
  const [opened, resolved] = [
    { id: 1, title: 'Slow', state: 'open', at: '2026-01-05T09:00:00Z', service: 'shop' },
    { id: 1, title: 'Slow till', state: 'resolved', at: '2026-01-05T10:00:00Z' },
  ].map((one) => webhookReceiver.read(options, delivery(one), filing).facts[0])
  if (opened?.kind !== 'incident' || resolved?.kind !== 'incident') throw new Error('no incidents')
  for (const pair of [[opened, resolved] as const, [resolved, opened] as const]) {
    expect(webhookReceiver.join(...pair)).toMatchObject({
      title: 'Slow till',
      service: 'shop',
      openedAt: now.getTime(),
      resolvedAt: now.getTime() + 3_600_000,
    })
  }
})
