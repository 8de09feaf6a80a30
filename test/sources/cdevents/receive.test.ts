import { describe, expect, test } from 'vitest'
import { cdeventsReceiver } from '../../../server/sources/cdevents/receive.ts'
import type { Arriving } from '../../../server/sources/source.ts'
import { batched, binary, cloudEvent, event, optionsOf, plain, structured, token } from '../../support/cdevents-things.ts'

const filing = { sourceId: 'events', service: 'events', receivedAt: 0 }
const deployed = event('service.deployed', { environment: { id: 'production' }, artifactId: 'shop:1' }, { id: 'a b/1' })
const incident = event('incident.detected', { environment: { id: 'production' } }, { id: 'e2' })
const build = event('build.started', {}, { id: 'e3' })

const accept = (delivery: Arriving, more = {}) => cdeventsReceiver.accept(optionsOf(more), delivery)
const ids = (delivery: Arriving) => cdeventsReceiver.read(optionsOf(), delivery, filing).facts.map((fact) => 'id' in fact && fact.id)

describe('accept', () => {
  test.each([
    ['alone', plain(deployed)],
    ['in the binary mode', binary(deployed)],
    ['in the binary mode, percent-encoded', binary(deployed, { 'ce-id': 'a%20b%2F1' })],
    ['in the binary mode of older producers', binary(deployed, { 'content-type': 'application/cdevents+json' })],
    ['in the structured mode', structured(deployed)],
    ['in the structured mode, as text', structured(deployed, { data: JSON.stringify(deployed) })],
    [
      'in the structured mode, as bytes',
      structured(deployed, { data: undefined, data_base64: Buffer.from(JSON.stringify(deployed)).toString('base64') }),
    ],
  ])('names an event that comes %s by its source and id, which its fact keeps', (_, delivery) => {
    expect(accept(delivery)).toEqual({ key: '/ci a b/1', keep: true, reply: null })
    expect(ids(delivery)).toEqual(['/ci#a b/1'])
  })

  test('takes a batch, of which some may not be needed', () => {
    const delivery = batched(build, deployed, incident)
    expect(accept(delivery)).toMatchObject({ keep: true, key: expect.stringMatching(/^sha256:/) })
    expect(ids(delivery)).toEqual(['/ci#a b/1', '/ci#shop'])
  })

  test('keeps nothing that is not needed, and says so', () => {
    expect(accept(binary(build))).toEqual({ key: '/ci e3', keep: false, reply: 'The event build.started is not needed.' })
    expect(accept(batched(build))).toMatchObject({ keep: false })
  })

  test.each<[string, Arriving, string]>([
    ['no JSON', { ...plain(deployed), body: Buffer.from('x') }, 'not JSON'],
    ['an empty batch', batched(), 'a batch of CloudEvents'],
    ['a batch with one event that breaks the rules', batched(deployed, { ...build, subject: {} }), 'subject'],
    ['a CloudEvent of another version', structured(deployed, { specversion: '0.3' }), 'specversion'],
    ['a CloudEvent without data', structured(deployed, { data: undefined }), 'a CDEvent'],
    ['headers without a type', binary(deployed, { 'ce-type': '' }), 'by its ce- headers, is not as its system describes it: type'],
    ['another id around than within', binary(deployed, { 'ce-id': 'other' }), 'The id of the CloudEvent is not that of the CDEvent in it.'],
    ['another type around than within', structured(deployed, { type: 'dev.cdevents.build.started.0.3.0' }), 'The type of the CloudEvent'],
    [
      'another format of CloudEvents',
      { ...plain(deployed), headers: { ...plain(deployed).headers, 'content-type': 'application/cloudevents+avro' } },
      'JSON format',
    ],
  ])('refuses %s', (_, delivery, message) => {
    expect(() => accept(delivery)).toThrow(message)
    expect(() => accept(delivery)).toThrow(expect.objectContaining({ code: 'invalid' }))
  })

  test('refuses who does not show the secret, whatever is sent', () => {
    for (const more of [{}, { webhook: { token: 'another' } }, { webhook: undefined }]) {
      const delivery = { ...plain(deployed), ...(more === undefined || 'webhook' in more ? {} : { headers: {} }) }
      expect(() => accept(delivery, more)).toThrow(expect.objectContaining({ code: 'unauthorized' }))
    }
    expect(accept({ ...plain(deployed), headers: {}, query: { token } }).keep).toBe(true)
  })
})

test('an event that CloudEvents carries is the event itself', () => {
  expect(cloudEvent(deployed)).toMatchObject({ id: 'a b/1', data: deployed })
})

describe('allowsOrigin', () => {
  test('is true of every host, or of those that are named', () => {
    expect(cdeventsReceiver.allowsOrigin(optionsOf(), 'anywhere.example')).toBe(true)
    const some = optionsOf({ origins: ['CI.example.org'] })
    expect(cdeventsReceiver.allowsOrigin(some, 'ci.example.org')).toBe(true)
    expect(cdeventsReceiver.allowsOrigin(some, 'example.org')).toBe(false)
  })
})
