import { createHmac } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { checkFresh, checkSender, checkStandardWebhook, isHexHmac, Sender } from '../../server/sources/signatures.ts'

const body = Buffer.from('{"a":1}')
const now = new Date('2026-03-02T10:00:00Z')
const refused = (check: () => void) => {
  try {
    check()
    return null
  } catch (error) {
    return (error as { code?: string }).code
  }
}

describe('a sender that cannot sign', () => {
  const shown = (sender: unknown, headers: Record<string, string>, query: Record<string, string> = {}) =>
    refused(() => checkSender(sender === undefined ? undefined : Sender.parse(sender), { headers, query }))

  test('shows a token as bearer or in the address', () => {
    expect(shown({ token: 'abc' }, { authorization: 'Bearer abc' })).toBeNull()
    expect(shown({ token: 'abc' }, {}, { token: 'abc' })).toBeNull()
    expect(shown({ token: ['old', 'new'] }, {}, { token: 'new' })).toBeNull()
    expect(shown({ token: 'abc' }, { authorization: 'Bearer abd' })).toBe('unauthorized')
    expect(shown({ token: 'abc' }, { authorization: 'Bearer abd' }, { token: 'abc' })).toBe('unauthorized')
    expect(shown({ token: 'abc' }, {})).toBe('unauthorized')
  })

  test('shows a name and a password', () => {
    const basic = (text: string) => ({ authorization: `Basic ${Buffer.from(text).toString('base64')}` })
    expect(shown({ user: 'shiplog', password: 'a:b' }, basic('shiplog:a:b'))).toBeNull()
    expect(shown({ user: 'shiplog', password: 'a:b' }, basic('shiplog:a'))).toBe('unauthorized')
    expect(shown({ user: 'shiplog', password: 'a:b' }, { authorization: 'Bearer x' })).toBe('unauthorized')
  })

  test('shows a header', () => {
    expect(shown({ header: 'X-Token', value: 's' }, { 'x-token': 's' })).toBeNull()
    expect(shown({ header: 'X-Token', value: 's' }, { 'x-token': 'S' })).toBe('unauthorized')
  })

  test('is refused where nothing was agreed', () => {
    expect(shown(undefined, { authorization: 'Bearer abc' })).toBe('unauthorized')
  })
})

describe('a hexadecimal HMAC', () => {
  const signed = createHmac('sha256', 'key').update(body).digest('hex')

  test('is that of one of the secrets over the bytes', () => {
    expect(isHexHmac([signed], body, 'key')).toBe(true)
    expect(isHexHmac([signed], body, ['old', 'key'])).toBe(true)
    expect(isHexHmac([signed.toUpperCase()], body, 'key')).toBe(false)
    expect(isHexHmac(['00', signed], body, 'key')).toBe(true)
    expect(isHexHmac([signed], Buffer.from('{"a":2}'), 'key')).toBe(false)
    expect(isHexHmac([signed], body, 'other')).toBe(false)
    expect(isHexHmac([signed], body, undefined)).toBe(false)
    expect(isHexHmac([], body, 'key')).toBe(false)
  })
})

describe('a standard webhook', () => {
  const secret = `whsec_${Buffer.from('a secret of some length').toString('base64')}`
  const seconds = now.getTime() / 1000
  const headersOf = (id: string, at: number, key = secret) => {
    const mac = createHmac('sha256', Buffer.from(key.slice(6), 'base64'))
      .update(`${id}.${at}.${body}`)
      .digest('base64')
    return { 'webhook-id': id, 'webhook-timestamp': String(at), 'webhook-signature': `v1a,x v1,AAAA v1,${mac}` }
  }

  test('is named by its id', () => {
    expect(checkStandardWebhook(secret, { headers: headersOf('msg_1', seconds), body }, now)).toBe('msg_1')
  })

  test('is refused with another secret, another time or another body', () => {
    const other = `whsec_${Buffer.from('another').toString('base64')}`
    const check = (headers: Record<string, string>, bytes = body) =>
      refused(() => checkStandardWebhook(secret, { headers, body: bytes }, now))
    expect(check(headersOf('msg_1', seconds, other))).toBe('unauthorized')
    expect(check({ ...headersOf('msg_1', seconds), 'webhook-id': 'msg_2' })).toBe('unauthorized')
    expect(check(headersOf('msg_1', seconds - 301))).toBe('unauthorized')
    expect(check(headersOf('msg_1', seconds), Buffer.from('{}'))).toBe('unauthorized')
    expect(check({})).toBe('unauthorized')
    expect(refused(() => checkStandardWebhook(undefined, { headers: headersOf('msg_1', seconds), body }, now))).toBe('unauthorized')
  })
})

test('a time that is signed lies within five minutes', () => {
  expect(refused(() => checkFresh(now.getTime() / 1000 - 300, now))).toBeNull()
  expect(refused(() => checkFresh(now.getTime() / 1000 + 301, now))).toBe('unauthorized')
})

test('a key of nothing signs nothing', () => {
  const seconds = now.getTime() / 1000
  const mac = createHmac('sha256', '').update(`m.${seconds}.${body}`).digest('base64')
  const headers = { 'webhook-id': 'm', 'webhook-timestamp': String(seconds), 'webhook-signature': `v1,${mac}` }
  expect(refused(() => checkStandardWebhook('whsec_', { headers, body }, now))).toBe('unauthorized')
})
