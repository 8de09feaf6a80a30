import { describe, expect, test } from 'vitest'
import { EnvironmentRules, matched, pattern, ServiceRules, serviceBy, tierBy } from '../../server/sources/rules.ts'

describe('an environment', () => {
  test('has the tier of the first expression that finds something in its name', () => {
    const ordered = EnvironmentRules.parse({ staging: 'pre-?prod', production: 'prod', testing: '(?i)^QA' })
    expect(['production', 'preprod', 'eu-prod', 'qa-2', 'github-pages'].map((name) => tierBy(ordered, name))).toEqual([
      'production',
      'staging',
      'production',
      'testing',
      null,
    ])
    expect(tierBy(EnvironmentRules.parse({ production: 'prod', staging: 'pre-?prod' }), 'preprod')).toBe('production')
  })

  test('has a tier by its name where no expressions are given', () => {
    expect(tierBy(true, 'github-pages')).toBeUndefined()
  })
})

describe('a service', () => {
  const serviceOf = (rules: unknown, labels: Record<string, string>) => serviceBy(ServiceRules.parse(rules), labels)

  test('is the value of the label that a word names', () => {
    expect(serviceOf('app', { app: 'checkout' })).toBe('checkout')
    expect(serviceOf('app', { team: 'payments' })).toBeUndefined()
    expect(serviceOf('app', { app: '' })).toBeUndefined()
  })

  test('is the first group of an expression, else the whole label', () => {
    expect(serviceOf({ label: 'job', pattern: '^deploy-(.+)$' }, { job: 'deploy-checkout' })).toBe('checkout')
    expect(serviceOf({ label: 'job', pattern: '^check' }, { job: 'checkout' })).toBe('checkout')
    expect(serviceOf({ label: 'job', pattern: '^deploy-(.+)$' }, { job: 'build-checkout' })).toBeUndefined()
  })

  test('may be named where a label matches', () => {
    expect(serviceOf({ label: 'namespace', pattern: '^pay', service: 'payments' }, { namespace: 'payroll' })).toBe('payments')
  })

  test('is told by the first rule that gives a name', () => {
    const rules = ['service', { label: 'alertname', pattern: '^Checkout', service: 'checkout' }, 'job']
    expect(serviceOf(rules, { alertname: 'CheckoutDown', job: 'node' })).toBe('checkout')
    expect(serviceOf(rules, { alertname: 'DiskFull', job: 'node' })).toBe('node')
    expect(serviceOf(rules, { service: 'shop', alertname: 'CheckoutDown' })).toBe('shop')
  })
})

describe('an expression', () => {
  test('gives its first group that holds anything, else the whole text', () => {
    expect(matched('sev-2', '^(?:sev-?(\\d)|(p\\d))$')).toBe('2')
    expect(matched('p1', '^(?:sev-?(\\d)|(p\\d))$')).toBe('p1')
    expect(matched('critical', 'crit')).toBe('critical')
    expect(matched('minor', 'crit')).toBeNull()
  })

  test('that cannot be used is refused with its fault', () => {
    expect(pattern('^v').safeParse('(').error?.issues[0]?.message).toMatch(/^is not a regular expression that can be used \(missing/)
    expect(pattern('^v').safeParse('(?=x)').success).toBe(false)
  })
})
