/** What holds of the Jenkins source whatever it is given. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ShiplogError } from '../../../server/errors.ts'
import { Build, Stage } from '../../../server/sources/jenkins/payloads.ts'
import { jenkinsReceiver } from '../../../server/sources/jenkins/receive.ts'
import { judgeBuild, rulesFor, toldBuild } from '../../../server/sources/jenkins/to-facts.ts'
import { almost, faultOf } from '../../support/any-json.ts'
import { checkout, notificationOf, now, optionsOf, sha, source } from '../../support/jenkins-things.ts'

const free = {
  deployments: { job: '.' },
  service: ['parameter.APP', 'project'],
  environment: 'parameter.ENV',
  version: 'parameter.VERSION',
}

describe('a notification', () => {
  const options = source.options.parse({ ...free, webhook: { token: 'known' } })
  const headers = { authorization: 'Bearer known' }
  const filing = { sourceId: 'ci', service: 'ci', receivedAt: now }

  test('is refused as invalid, or gives facts that can be kept', () => {
    let facts = 0
    fc.assert(
      fc.property(almost(notificationOf({ parameters: { APP: 'shop', ENV: 'live', VERSION: '1' } })), (value) => {
        const body = Buffer.from(JSON.stringify(value) ?? '')
        try {
          if (!jenkinsReceiver.accept(options, { headers, query: {}, body }).keep) return
          const read = jenkinsReceiver.read(options, { headers, body }, filing)
          facts += read.facts.length
          expect(read.facts.map((fact) => fact.kind === 'deployment' && faultOf(fact))).toEqual(read.facts.map(() => null))
        } catch (error) {
          if (!(error instanceof ShiplogError) || error.code !== 'invalid') throw error
        }
      }),
      { numRuns: 3000 },
    )
    expect(facts).toBeGreaterThan(100)
  })

  test('of any bytes is refused as invalid', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (body) => {
        expect(() => jenkinsReceiver.accept(options, { headers, query: {}, body })).toThrow(ShiplogError)
      }),
    )
  })
})

describe('a build', () => {
  const parameters = [
    { name: 'APP', value: 'shop' },
    { name: 'ENV', value: 'live' },
    { name: 'VERSION', value: '1' },
  ]
  const build = {
    _class: 'org.jenkinsci.plugins.workflow.job.WorkflowRun',
    number: 3,
    timestamp: now,
    duration: 1000,
    building: false,
    result: 'SUCCESS',
    actions: [
      { causes: [{ _class: 'hudson.triggers.SCMTrigger$SCMTriggerCause' }] },
      checkout('https://github.com/acme/shop', sha('a')),
      { parameters },
    ],
  }
  const stage = { id: '5', name: 'Deploy', status: 'SUCCESS', startTimeMillis: now, durationMillis: 10, pauseDurationMillis: 20 }

  test.each([{}, { deployments: { job: '.', stage: '.' } }])('that is read gives facts that can be kept: %o', (given) => {
    const options = optionsOf({ ...free, ...given })
    fc.assert(
      fc.property(almost(build), almost(stage), fc.string({ minLength: 1, maxLength: 700, unit: 'grapheme' }), (one, other, name) => {
        const [read, stages] = [Build.safeParse(one), Stage.safeParse(other)]
        if (!read.success) return
        const job = { name, isBranch: true }
        const judged = judgeBuild(
          toldBuild(read.data, job, options),
          rulesFor(options, job),
          stages.success ? [stages.data] : [],
          options,
          'ci',
        )
        expect(judged.flatMap(({ fact }) => (fact === null ? [] : [faultOf(fact)])).filter((fault) => fault !== null)).toEqual([])
      }),
      { numRuns: 2000 },
    )
  })
})
