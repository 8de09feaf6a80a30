/** Events of Flux, signed as its notification-controller signs them. */
import { createHmac } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ShiplogError } from '../../../server/errors.ts'
import { Deployment } from '../../../server/facts.ts'
import { FluxOptions } from '../../../server/sources/flux/options.ts'
import { fluxReceiver } from '../../../server/sources/flux/receive.ts'
import type { Arriving } from '../../../server/sources/source.ts'

const secret = 'between-us'
const optionsOf = (more: object = {}) => FluxOptions.parse({ webhook: { secret }, ...more })
const filing = { sourceId: 'flux', service: 'flux', receivedAt: Date.parse('2026-03-02T12:00:00Z') }
const sha = 'a1'.repeat(20)

function delivery(value: unknown, signature?: string): Arriving {
  const body = Buffer.from(JSON.stringify(value))
  const own = `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`
  return { headers: { 'x-signature': signature ?? own, 'gotk-component': 'kustomize-controller' }, body, query: {} }
}

function event(more: object = {}, object: object = {}) {
  return {
    involvedObject: { kind: 'Kustomization', name: 'cart', namespace: 'shop', uid: 'u-1', ...object },
    severity: 'info',
    timestamp: '2026-03-02T10:00:00Z',
    message: 'Reconciliation finished in 2s',
    reason: 'ReconciliationSucceeded',
    reportingController: 'kustomize-controller',
    metadata: { revision: `main@sha1:${sha}`, env: 'production' },
    ...more,
  }
}

function factsOf(value: unknown, more: object = {}) {
  const { facts } = fluxReceiver.read(optionsOf(more), delivery(value), filing)
  return facts as ({ kind: 'deployment' } & Deployment)[]
}

describe('a delivery', () => {
  test('is taken where it is signed with the secret, by either algorithm', () => {
    expect(fluxReceiver.accept(optionsOf(), delivery(event()))).toMatchObject({ keep: true })
    const body = JSON.stringify(event())
    const long = `sha512=${createHmac('sha512', secret).update(body).digest('hex')}`
    expect(fluxReceiver.accept(optionsOf({ webhook: { secret: ['old', secret] } }), delivery(event(), long))).toMatchObject({ keep: true })
  })

  test.each(['', 'sha256=00', 'md5=00', `sha256=${'0'.repeat(64)}`])('signed by %j is refused', (signature) => {
    expect(() => fluxReceiver.accept(optionsOf(), delivery(event(), signature))).toThrow(/signature is missing/)
  })

  test.each([
    [{ reason: 'Progressing' }, {}, /reason Progressing/],
    [{ reason: 'constructor' }, {}, /reason constructor/],
    [{ reason: 'RollbackSucceeded' }, { kind: 'HelmRelease' }, /reason RollbackSucceeded/],
    [{}, { kind: 'GitRepository' }, /kind GitRepository/],
  ])('of %j is not needed', (more, object, reply) => {
    expect(fluxReceiver.accept(optionsOf(), delivery(event(more, object)))).toMatchObject({
      keep: false,
      reply: expect.stringMatching(reply),
    })
  })
})

describe('an event', () => {
  test('that a revision was applied is a deployment', () => {
    expect(factsOf(event(), { environments: { production: '^prod' } })).toEqual([
      {
        kind: 'deployment',
        source: 'flux',
        id: `u-1:main@sha1:${sha}`,
        service: 'cart',
        environment: 'production',
        tier: 'production',
        status: 'succeeded',
        finishedAt: Date.parse('2026-03-02T10:00:00Z'),
        updatedAt: Date.UTC(9000, 0, 1) - Date.parse('2026-03-02T10:00:00Z'),
        reported: 'event',
      },
    ])
  })

  test('tells the commit where the repository is the application, or its metadata say it', () => {
    expect(factsOf(event(), { revision: 'application' })[0]?.commit).toBe(sha)
    expect(factsOf(event())[0]?.commit).toBeUndefined()
    const own = 'b2'.repeat(20)
    expect(factsOf(event({ metadata: { revision: 'v1@sha256:00', commit: own, service: 'till' } }))[0]).toMatchObject({
      commit: own,
      service: 'till',
    })
  })

  test('of the same revision comes second, whatever the order, and a failure comes after every success', () => {
    const [first] = factsOf(event())
    const [repeat] = factsOf(event({ timestamp: '2026-03-02T10:10:00Z' }))
    const [failed] = factsOf(event({ timestamp: '2026-03-02T11:00:00Z', reason: 'HealthCheckFailed' }))
    expect(new Set([first?.id, repeat?.id, failed?.id]).size).toBe(1)
    expect(first?.updatedAt).toBeGreaterThan(repeat?.updatedAt ?? 0)
    expect(repeat?.updatedAt).toBeGreaterThan(failed?.updatedAt ?? 0)
  })

  test('of Helm is of the release that it numbers', () => {
    const metadata = { revision: '6.5.4', 'app-version': '2.1.0' }
    const helm = { kind: 'HelmRelease' }
    const upgraded = event(
      { reason: 'UpgradeSucceeded', message: 'Helm upgrade succeeded for release shop/cart.v25 with chart cart@6.5.4', metadata },
      helm,
    )
    expect(factsOf(upgraded)[0]).toMatchObject({ id: 'u-1:v25', version: '2.1.0', status: 'succeeded', environment: 'shop' })
    const failed = event(
      { reason: 'UpgradeFailed', message: 'Helm upgrade failed for release shop/cart with chart cart@6.5.4: timed out', metadata },
      helm,
    )
    expect(factsOf(failed)[0]).toMatchObject({ id: 'u-1:6.5.4', status: 'failed' })
  })

  test('as the documentation of Flux shows it', () => {
    const file = fileURLToPath(new URL('../../../../shared/payloads/flux/event_kustomization_validationfailed.json', import.meta.url))
    if (!existsSync(file))
      return console.info('No recorded payloads beside the repository at ../shared/payloads/flux: their test is left out.')
    expect(factsOf(JSON.parse(readFileSync(file, 'utf8')), { revision: 'application' })).toEqual([
      {
        kind: 'deployment',
        source: 'flux',
        id: '7d0cdc51-ddcf-4743-b223-83ca5c699632:main/731f7eaddfb6af01cb2173e18f0f75b0ba780ef1',
        service: 'webapp',
        environment: 'apps',
        commit: '731f7eaddfb6af01cb2173e18f0f75b0ba780ef1',
        status: 'failed',
        finishedAt: Date.parse('2022-10-28T07:26:19Z'),
        updatedAt: Date.UTC(5000, 0, 1) - Date.parse('2022-10-28T07:26:19Z'),
        reported: 'event',
      },
    ])
  })

  test('of any JSON is refused, or facts that can be kept', () => {
    const any = fc.oneof(
      fc.jsonValue(),
      fc.string({ unit: 'binary' }),
      fc.constantFrom('2026-01-01T00:00:00Z', '9999-12-31T00:00:00Z', 'HelmRelease'),
    )
    const shape = fc.record(
      {
        involvedObject: fc.oneof(
          any,
          fc.record(
            {
              kind: fc.constantFrom('Kustomization', 'HelmRelease'),
              name: fc.string({ unit: 'binary', minLength: 1 }),
              namespace: any,
              uid: any,
            },
            { requiredKeys: ['kind', 'name'] },
          ),
        ),
        timestamp: fc.oneof(fc.constant('2026-01-01T00:00:00Z'), any),
        reason: fc.constantFrom('ReconciliationSucceeded', 'UpgradeFailed', 'toString'),
        message: any,
        metadata: fc.oneof(
          any,
          fc.dictionary(
            fc.constantFrom('revision', 'commit', 'version', 'service', 'env', '__proto__'),
            fc.string({ unit: 'binary', maxLength: 900 }),
          ),
        ),
      },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(fc.oneof(shape, fc.jsonValue()), (value) => {
        try {
          fluxReceiver.accept(optionsOf(), delivery(value))
          for (const { kind: _, ...fact } of factsOf(value, { revision: 'application' })) {
            const iso = (at: number | undefined) => (at === undefined ? undefined : new Date(at).toISOString())
            expect(
              Deployment.safeParse({ ...fact, finishedAt: iso(fact.finishedAt), updatedAt: iso(fact.updatedAt) }).error,
            ).toBeUndefined()
          }
        } catch (error) {
          expect((error as ShiplogError).code).toBe('invalid')
          expect(error).toBeInstanceOf(ShiplogError)
        }
      }),
    )
  })
})
