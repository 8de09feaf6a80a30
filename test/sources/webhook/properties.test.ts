/** What holds of the webhook source whatever it is told and sent. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ShiplogError } from '../../../server/errors.ts'
import { WebhookOptions } from '../../../server/sources/webhook/options.ts'
import { webhookReceiver } from '../../../server/sources/webhook/receive.ts'
import { expectValid } from '../../support/valid-facts.ts'
import { delivery, optionsOf, token } from '../../support/webhook-things.ts'

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.constantFrom(
    'succeeded',
    'running',
    'resolved',
    '2026-01-05T09:00:00Z',
    '2026-99-99T09:00:00Z',
    'a'.repeat(40),
    'https://x.example',
    '\0',
    '\ud800',
    '',
    '1767603600',
    '99999999999999',
  ),
  fc.constantFrom('\u{1f600}'.repeat(600), 'x'.repeat(5000)),
)
const anything = fc.oneof(text, fc.integer(), fc.double(), fc.boolean(), fc.constant(null), fc.jsonValue({ maxDepth: 2 }))

const paths = ['a', 'b', 'c', 'd', 'e', 'list.*', 'item.a', 'list.0'].map((path) => `{${path}}`)
const names = {
  deployments: [
    'service',
    'environment',
    'tier',
    'commit',
    'version',
    'repository',
    'startedAt',
    'finishedAt',
    'updatedAt',
    'unplanned',
    'config',
    'labels',
    'changes',
    'remedies',
    'url',
  ],
  incidents: [
    'service',
    'services',
    'status',
    'severity',
    'openedAt',
    'acknowledgedAt',
    'mitigatedAt',
    'resolvedAt',
    'cause',
    'deployment',
    'commit',
    'version',
    'updatedAt',
    'url',
  ],
  changes: [
    'service',
    'repository',
    'author',
    'openedAt',
    'readyAt',
    'firstReviewAt',
    'approvedAt',
    'mergeCommit',
    'commits',
    'labels',
    'headBranch',
    'reverts',
    'additions',
    'files',
    'updatedAt',
  ],
}

const ruleOf = (fields: string[], required: object) =>
  fc
    .tuple(fc.dictionary(fc.constantFrom(...fields), fc.constantFrom(...paths)), fc.constantFrom(...paths))
    .map(([some, id]) => ({ each: 'items', ...some, ...required, id }))
const rules = fc.record({
  deployments: ruleOf(names.deployments, { status: { value: '{b}', otherwise: 'succeeded' } }),
  incidents: ruleOf(names.incidents, { title: '{c}' }),
  changes: ruleOf(names.changes, { title: '{d}', mergedAt: ['{e}', '{a}', '2026-01-05T09:00:00Z'] }),
})
const bodies = fc.record({
  a: anything,
  b: anything,
  c: text,
  d: text,
  e: anything,
  list: fc.array(anything),
  items: fc.array(fc.record({ a: text }), { minLength: 1, maxLength: 3 }),
})

test('any delivery becomes facts that can be stored, or is refused as invalid', () => {
  let made = 0
  fc.assert(
    fc.property(
      rules,
      fc.oneof(bodies, bodies, bodies, anything),
      fc.constantFrom('deployments', 'incidents', 'changes'),
      (all, body, name) => {
        const options = optionsOf({ [name]: all[name as keyof typeof all] })
        const sent = delivery(body)
        try {
          webhookReceiver.accept(options, sent, new Date(0))
          const { facts } = webhookReceiver.read(options, sent, { sourceId: 's', service: 's', receivedAt: 1_767_603_600_000 })
          expectValid(facts)
          made += facts.length
          const [fact] = facts
          if (fact?.kind === 'incident' || fact?.kind === 'deployment') expectValid([webhookReceiver.join(fact, fact)])
        } catch (error) {
          if (!(error instanceof ShiplogError) || error.code !== 'invalid') throw error
        }
      },
    ),
    { numRuns: 2000 },
  )
  expect(made).toBeGreaterThan(300)
})

test('any rule is taken or refused, never more', () => {
  const value = fc.oneof(
    anything,
    fc.record({ value: anything, map: anything, otherwise: anything, pattern: anything }, { requiredKeys: [] }),
  )
  const rule = fc.dictionary(fc.constantFrom('id', 'status', 'when', 'each', 'service', 'commit', 'odd'), value)
  fc.assert(
    fc.property(fc.oneof(rule, fc.array(rule), anything), (deployments) => {
      expect(typeof WebhookOptions.safeParse({ webhook: { token }, deployments }).success).toBe('boolean')
    }),
    { numRuns: 1000 },
  )
})
