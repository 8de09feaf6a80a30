/** What holds of the GitHub source whatever it is given. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ShiplogError } from '../../../server/errors.ts'
import { GithubOptions, type IncidentRule } from '../../../server/sources/github/options.ts'
import { githubReceiver, parseChanged } from '../../../server/sources/github/receive.ts'
import { matchesGlob } from '../../../server/sources/github/rules.ts'
import { causeOf, incidentFact, outcomeOf } from '../../../server/sources/github/to-facts.ts'
import { at, deploymentNode, filing, issueNode, optionsOf, signed, webhookSecret } from '../../support/github-things.ts'

/** Milliseconds that one call may take. */
const patience = 1000

function quick<T>(work: () => T): T {
  const began = performance.now()
  const result = work()
  expect(performance.now() - began).toBeLessThan(patience)
  return result
}

describe('the outcome of a deployment', () => {
  const state = fc.constantFrom('QUEUED', 'PENDING', 'WAITING', 'IN_PROGRESS', 'SUCCESS', 'FAILURE', 'ERROR', 'INACTIVE')
  /** Few seconds, so that many are equal. */
  const status = fc.tuple(
    state,
    fc.integer({ min: 0, max: 9 }).map((second) => `10:00:0${second}`),
  )

  test('does not depend on the order in which its statuses are listed', () => {
    const reordered = fc
      .array(status, { maxLength: 8 })
      .chain((listed) => fc.tuple(fc.constant(listed), fc.shuffledSubarray(listed, { minLength: listed.length })))
    fc.assert(
      fc.property(reordered, ([listed, other]) => {
        expect(outcomeOf(deploymentNode(other))).toEqual(outcomeOf(deploymentNode(listed)))
      }),
    )
  })

  test('is told by its first success, and does not change by what comes after it', () => {
    fc.assert(
      fc.property(fc.array(status), fc.array(state), (before, after) => {
        const success: [string, string] = ['SUCCESS', '10:00:10']
        const later = after.map((one, index): [string, string] => [one, `10:01:${String(index % 60).padStart(2, '0')}`])
        const open = before.filter(([one]) => one !== 'SUCCESS')
        const outcome = outcomeOf(deploymentNode([...open, success]))
        expect(outcome).toMatchObject({ status: 'succeeded', finishedAt: at('10:00:10') })
        const { status: stays, finishedAt } = outcomeOf(deploymentNode([...open, success, ...later]))
        expect({ status: stays, finishedAt }).toEqual({ status: outcome.status, finishedAt: outcome.finishedAt })
      }),
    )
  })

  test('starts before it ends, and ends unless it is under way', () => {
    fc.assert(
      fc.property(fc.array(status), (statuses) => {
        const { status: is, startedAt, finishedAt } = outcomeOf(deploymentNode(statuses))
        expect(is === 'running').toBe(finishedAt === undefined)
        if (finishedAt !== undefined) expect(startedAt).toBeLessThanOrEqual(finishedAt)
      }),
    )
  })
})

describe('text of others is read in no time', () => {
  test('globs', () => {
    const glob = fc.string({ unit: fc.constantFrom(...'ab*?./-_'), minLength: 1, maxLength: 200 })
    const name = fc.string({ unit: fc.constantFrom(...'ab.-_'), minLength: 1, maxLength: 100 })
    fc.assert(
      fc.property(glob, name, (pattern, repository) => {
        expect(typeof quick(() => matchesGlob(pattern, `acme/${repository}`))).toBe('boolean')
      }),
    )
    expect(quick(() => matchesGlob('*a'.repeat(99), `acme/${'a'.repeat(98)}b`))).toBe(false)
    expect(quick(() => matchesGlob('*a'.repeat(50), `acme/${'a'.repeat(100)}`))).toBe(true)
  })

  test.each(['(a+)+$', '(a|aa)+$', '^(a*)*b', '(?:a?){50}a{50}', '(.*)(.*)(.*)(.*)x'])('the severity %s', (severity) => {
    const rule = optionsOf({ incidents: { severity, service: severity } }).incidents as IncidentRule
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', 'b', '🚀'), maxLength: 200 }), (label) => {
        quick(() => incidentFact(issueNode(['incident', label]), rule, null, filing))
      }),
      { numRuns: 30 },
    )
    quick(() => incidentFact(issueNode(['incident', `${'a'.repeat(199)}!`]), rule, null, filing))
  })

  test('any text is refused as an expression, or is one', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'a(|)[]{}*+?^$\\.1,-=!<'), maxLength: 30 }), (severity) => {
        const parsed = GithubOptions.safeParse({ owner: 'acme', token: 'x', incidents: { severity } })
        if (!parsed.success) return
        quick(() => incidentFact(issueNode(['incident', 'aa1']), parsed.data.incidents as IncidentRule, null, filing))
      }),
    )
  })

  test('the cause that an issue names', () => {
    const part = fc.constantFrom(
      'Caused by ',
      'caused-by: ',
      '\n',
      '\r\n',
      '> ',
      '**',
      '#12',
      'acme/shop',
      '/',
      '/pull/',
      '/deployments/',
      '/releases/tag/',
      '%',
      '%00',
      'v1.2',
      'a1b2c3d4e5',
      '\ud83d',
      ')',
      ' ',
    )
    fc.assert(
      fc.property(fc.array(part, { maxLength: 60 }), (parts) => {
        const cause = quick(() => causeOf(issueNode([], { body: parts.join('') }), filing))
        expect(JSON.stringify(cause)).not.toMatch(/\\u0000|\\ud83d/)
      }),
      { numRuns: 500 },
    )
  })
})

describe('a delivery with the right signature', () => {
  const options = optionsOf({ webhookSecret })
  const event = fc.constantFrom(
    'ping',
    'deployment',
    'deployment_status',
    'issues',
    'pull_request',
    'pull_request_review',
    'push',
    'release',
    'workflow_run',
    'star',
  )

  /** Never another error than one that says what is wrong with it. */
  function take(name: string, body: string, headers: Record<string, string> = {}) {
    const delivery = signed(name, body, headers)
    try {
      githubReceiver.accept(options, delivery)
      for (const text of githubReceiver.read(options, delivery).changed) expect(parseChanged(text)).not.toBeNull()
    } catch (error) {
      expect(error).toBeInstanceOf(ShiplogError)
      expect((error as ShiplogError).code).toBe('invalid')
    }
  }

  test('may hold any JSON, any text, and any of it as a form', () => {
    fc.assert(
      fc.property(event, fc.oneof(fc.json(), fc.string({ unit: 'binary' })), fc.boolean(), (name, body, isForm) => {
        if (isForm) take(name, new URLSearchParams({ payload: body }).toString(), { 'content-type': 'application/x-www-form-urlencoded' })
        else take(name, body)
      }),
      { numRuns: 500 },
    )
  })

  test('may hold anything in the place of what is read', () => {
    const odd = fc.oneof(fc.jsonValue(), fc.integer(), fc.double(), fc.string({ unit: 'binary' }))
    const thing = fc.record({ node_id: odd, id: odd, number: odd, tag_name: odd, merged_at: odd }, { requiredKeys: [] })
    const payload = fc.record({
      action: fc.oneof(fc.constantFrom('deleted', 'transferred', 'published'), odd),
      repository: fc.oneof(fc.record({ id: fc.oneof(fc.constant(42), odd), full_name: fc.oneof(fc.constant('acme/shop'), odd) }), odd),
      deployment: thing,
      issue: thing,
      pull_request: thing,
      release: thing,
      workflow_run: thing,
      hook: fc.record({ events: odd }),
    })
    fc.assert(
      fc.property(event, payload, (name, body) => take(name, JSON.stringify(body))),
      { numRuns: 500 },
    )
  })

  test('may be nested without end', () => {
    for (const name of ['push', 'ping']) take(name, '['.repeat(100_000) + ']'.repeat(100_000))
  })
})
