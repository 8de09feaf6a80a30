import { describe, expect, it } from 'vitest'
import { whyName, whySize, whyTone, whyValue } from '../../web/why-view.ts'

describe('figures of an explanation', () => {
  it.each([
    ['log_seconds', Math.log1p(86_400), '1 day'],
    ['seconds', 7200, '2 h'],
    ['ratio', 0.125, '12.5%'],
  ] as const)('of %s tell the value %d as %s', (unit, value, text) => {
    expect(whyValue(unit, value)).toBe(text)
  })

  it.each([
    ['log_seconds', Math.log(1.5), '× 1.50'],
    ['log_seconds', Math.log(0.8), '× 0.80'],
    ['seconds', 7200, '+2 h'],
    ['seconds', -90, '−2 min'],
    ['seconds', -1e-12, '0 s'],
    ['ratio', 0.01, '+1 point'],
    ['ratio', -0.125, '−12.5 points'],
  ] as const)('of %s tell the part %d as %s', (unit, size, text) => {
    expect(whySize(unit, size)).toBe(text)
  })

  it.each([
    [{ kind: 'before' }, 'Before'],
    [{ kind: 'after' }, 'This window'],
    [{ kind: 'mix' }, 'Mix of services'],
    [{ kind: 'mix', service: 'shop', services: 1 }, 'shop'],
    [{ kind: 'within', services: 7 }, '7 other services'],
    [{ kind: 'stage', stage: 'pickup' }, 'Pickup'],
    [{ kind: 'unobserved' }, 'Stages not observed'],
  ] as const)('name %j as %s', (row, name) => {
    expect(whyName({ service: null, services: 0, stage: null, ...row })).toBe(name)
  })

  it('call more worse', () => {
    expect([whyTone('seconds', 1), whyTone('ratio', -1), whyTone('seconds', -1e-12)]).toEqual(['worse', 'better', 'same'])
  })
})
