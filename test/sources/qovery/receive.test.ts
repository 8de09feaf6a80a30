import { describe, expect, test } from 'vitest'
import { qoveryReceiver } from '../../../server/sources/qovery/receive.ts'
import { optionsOf } from '../../support/qovery-things.ts'

const secret = 'agreed-with-qovery'
const options = optionsOf({ webhook: { secret: ['older', secret] } })
const sent = {
  created_at: '2026-01-05T09:00:00Z',
  event_type: 'DEPLOYMENT_SUCCESSFUL',
  payload_type: 'DEPLOYMENT',
  payload_id: 'x',
  payload: { environment: { id: 'e1', name: 'live' } },
}

function delivery(body: unknown, given = secret) {
  return { headers: { 'qovery-secret': given }, query: {}, body: Buffer.from(JSON.stringify(body)) }
}

describe('a webhook', () => {
  test('names the environment to ask for', () => {
    expect(qoveryReceiver.accept(options, delivery(sent))).toEqual({ key: expect.stringMatching(/^sha256:/), keep: true, reply: null })
    expect(qoveryReceiver.read(options, delivery(sent))).toEqual({ facts: [], changed: ['e1'] })
  })

  test('must show the secret', () => {
    const unauthorized = expect.objectContaining({ code: 'unauthorized' })
    expect(() => qoveryReceiver.accept(options, delivery(sent, 'guessed'))).toThrow(unauthorized)
    expect(() => qoveryReceiver.accept(optionsOf(), delivery(sent))).toThrow(unauthorized)
  })

  test.each([
    [{ ...sent, event_type: 'SERVICE_PAUSED' }, 'The event SERVICE_PAUSED is not needed.'],
    [{ ...sent, payload: { environment: { id: 'e1', mode: 'PREVIEW' } } }, 'Preview environments are not counted.'],
  ])('that is not needed is not kept', (body, reply) => {
    expect(qoveryReceiver.accept(options, delivery(body))).toMatchObject({ keep: false, reply })
  })

  test.each([[null], [{}], [{ ...sent, payload: {} }], [{ ...sent, payload: { environment: { id: 7 } } }]])(
    'of another form is refused: %j',
    (body) => {
      expect(() => qoveryReceiver.accept(options, delivery(body))).toThrow(expect.objectContaining({ code: 'invalid' }))
    },
  )
})
