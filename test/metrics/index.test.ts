import { describe, expect, it } from 'vitest'
import { defineMetrics } from '../../server/definition.ts'
import { besideIds, metricIds } from '../../server/metrics/answer.ts'
import { definitionWords, metrics } from '../../server/metrics/index.ts'
import { spanWords } from '../../server/metrics/metric.ts'

describe('the registry', () => {
  it('has every metric under its own id', () => {
    expect(Object.keys(metrics).sort()).toEqual([...metricIds, ...besideIds].sort())
    for (const [id, metric] of Object.entries(metrics)) expect(metric.id).toBe(id)
  })
})

describe('definitionWords', () => {
  it('says question, rule, exclusions and interval of each metric', () => {
    for (const words of definitionWords(defineMetrics())) {
      expect(words.question).toMatch(/\?$/)
      for (const text of [words.rule, words.excluded, words.interval]) expect(text).toMatch(/^[A-Z].*\.$/)
    }
  })

  it("has the parameters' own values", () => {
    const rule = (definition = defineMetrics()) => definitionWords(definition).find(({ id }) => id === 'change_fail_rate')?.excluded
    expect(rule()).toContain('younger than 24 hours are pending')
    expect(rule()).toContain('until 72 hours have passed')
    expect(rule(defineMetrics({ failureWindow: '14d' }))).toContain('younger than 14 days are pending')
  })
})

describe('spanWords', () => {
  it.each([
    [3600, '1 hour'],
    [5400, '90 minutes'],
    [86_400, '24 hours'],
    [259_200, '72 hours'],
    [1_209_600, '14 days'],
    [90, '90 seconds'],
    [60, '1 minute'],
  ])('of %d seconds is %s', (seconds, words) => {
    expect(spanWords(seconds)).toBe(words)
  })
})
