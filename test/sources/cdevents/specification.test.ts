/** The specification's own files, where they lie beside the repository; and events of the project's own, which are always there. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { ShiplogError } from '../../../server/errors.ts'
import { cdeventsReceiver } from '../../../server/sources/cdevents/receive.ts'
import { eventOf } from '../../../server/sources/cdevents/specification.ts'
import { type AnyEvent, batched, binary, event, optionsOf, plain, structured } from '../../support/cdevents-things.ts'
import { type JsonSchema, keeps } from '../../support/json-schema.ts'

const folder = fileURLToPath(new URL('../../../../shared/payloads/cdevents-spec', import.meta.url))
const isThere = existsSync(folder)
if (!isThere) console.info('No CDEvents specification beside the repository at ../shared/payloads/cdevents-spec: its tests are left out.')

const versions = isThere ? readdirSync(folder).filter((name) => name.startsWith('v')) : []
const files = versions.flatMap((version) =>
  readdirSync(path.join(folder, version, 'conformance'))
    .filter((name) => name.endsWith('.json'))
    .map((name) => ({ version, name })),
)

function conformant({ version, name }: { version: string; name: string }): AnyEvent {
  return JSON.parse(readFileSync(path.join(folder, version, 'conformance', name), 'utf8'))
}

/** The schema of the event, by its name without the underscore; links are in a folder of their own. */
function schemaOf({ version, name }: { version: string; name: string }): [JsonSchema, (reference: string) => JsonSchema] {
  const read = (file: string): JsonSchema => JSON.parse(readFileSync(path.join(folder, version, 'schemas', file), 'utf8'))
  return [read(name.replace('_', '')), (reference) => read(`links/${reference.replace(/^(?:links\/|\.\/)/, '')}.json`)]
}

function isTaken(value: unknown): boolean {
  try {
    eventOf(value)
    return true
  } catch (error) {
    if (!(error instanceof ShiplogError) || error.code !== 'invalid') throw error
    return false
  }
}

/** Copies of the event with one thing wrong, or perhaps not: a field less, a field more, a value of another kind. */
function* changed(value: AnyEvent): Generator<[string, AnyEvent]> {
  for (const at of placesIn(value, [])) {
    const name = at.join('.')
    yield [
      `without ${name}`,
      edited(value, at, (parent, key) => (Array.isArray(parent) ? parent.splice(Number(key), 1) : delete parent[key])),
    ]
    for (const other of [42, null, '', {}, [], 'other', true, { id: 'x' }, [{}]]) {
      yield [`${name}: ${JSON.stringify(other)}`, edited(value, at, (parent, key) => (parent[key] = other))]
    }
    yield [
      `more in ${name}`,
      edited(value, at, (parent, key) => typeof parent[key] === 'object' && Object.assign(parent[key], { more: 1 })),
    ]
  }
  yield ['more', { ...value, more: 1 }]
}

function* placesIn(value: AnyEvent, at: string[]): Generator<string[]> {
  if (typeof value !== 'object' || value === null) return
  for (const [key, inner] of Object.entries(value)) {
    // Versions are read leniently: patches of the specification change no field.
    if (['type', 'version', 'specversion'].includes(key) && at[0] === 'context' && at.length === 1) continue
    yield [...at, key]
    yield* placesIn(inner, [...at, key])
  }
}

function edited(value: AnyEvent, at: string[], edit: (parent: AnyEvent, key: string) => unknown): AnyEvent {
  const copy = structuredClone(value)
  let parent = copy
  for (const key of at.slice(0, -1)) parent = parent[key]
  edit(parent, at.at(-1) as string)
  return copy
}

describe.runIf(isThere)('the conformance files', () => {
  test('are those of both versions', () => {
    expect(versions).toEqual(['v0.4.1', 'v0.5.1'])
    expect(files.length).toBe(90)
  })

  test.each(files)('$version $name is taken in every mode of CloudEvents', (file) => {
    const value = conformant(file)
    for (const delivery of [plain(value), binary(value), structured(value), batched(value, value)]) {
      expect(() => cdeventsReceiver.accept(optionsOf(), delivery)).not.toThrow()
      const { facts } = cdeventsReceiver.read(optionsOf(), delivery, { sourceId: 'events', service: 'events', receivedAt: 0 })
      expect(facts.length > 0).toBe(/^(?:service_(?:deployed|upgraded|rolledback)|change_merged|incident_)/.test(file.name))
    }
  })

  test.each(files)('$version $name with a change is taken or refused as its schema says', (file) => {
    const [schema, resolve] = schemaOf(file)
    const value = conformant(file)
    expect(keeps(schema, value, resolve)).toBe(true)
    const wrong: string[] = []
    let refused = 0
    for (const [what, other] of changed(value)) {
      const expected = keeps(schema, other, resolve)
      if (!expected) refused++
      if (isTaken(other) !== expected) wrong.push(`${expected ? 'refused' : 'taken'}: ${what}`)
    }
    expect(wrong).toEqual([])
    expect(refused).toBeGreaterThan(50)
  })
})

const deployed = event('service.deployed', { environment: { id: 'production' }, artifactId: 'pkg:oci/shop@sha256%3Aab' })
const older = {
  ...deployed,
  context: { ...deployed.context, version: '0.4.1', specversion: undefined },
  subject: { ...deployed.subject, type: 'service' },
}

describe('events', () => {
  test.each([
    ['0.5', deployed],
    ['0.4', JSON.parse(JSON.stringify(older))],
    ['0.5 before its patch', { ...deployed, context: { ...deployed.context, specversion: '0.5.0' } }],
    ['made up', { ...deployed, context: { ...deployed.context, type: 'dev.cdeventsx.acme-thing.done.0.1.0' } }],
  ])('of %s are taken', (_, value) => {
    expect(isTaken(value)).toBe(true)
  })

  test.each<[string, AnyEvent, string]>([
    ['that are none', 'text', 'The delivery of a CDEvent is not as its system describes it: the body'],
    ['of another version', { ...deployed, context: { ...deployed.context, specversion: '0.3.0' } }, 'must be 0.5 or'],
    ['of a type that is not there', event('service.exploded', {}), 'dev.cdevents.service.exploded.0.3.0 is no event of CDEvents 0.5.'],
    ['of a type of somebody else', { ...deployed, context: { ...deployed.context, type: 'com.acme.done' } }, 'com.acme.done is no event'],
    ['without an environment', event('service.deployed', { artifactId: 'x' }), 'subject.content.environment'],
    ['with a type of 0.4 in 0.5', { ...deployed, subject: { ...deployed.subject, type: 'service' } }, 'type'],
    [
      'without a time',
      { ...deployed, context: { ...deployed.context, timestamp: 'yesterday' } },
      'context.timestamp: must be an RFC 3339 time',
    ],
  ])('%s are refused by the field', (_, value, message) => {
    expect(() => eventOf(value)).toThrow(message)
  })
})
