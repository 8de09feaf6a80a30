import { describe, expect, it } from 'vitest'
import type { Team } from '../../web/api.ts'
import { filterScopes, scopeOptions } from '../../web/scope-options.ts'

function team(id: string, title: string, parent: string | null = null): Team {
  return { id, title, parent, services: [], allServices: [] }
}

const teams = [
  team('cards', 'Cards and wallets', 'pay'),
  team('commerce', 'Commerce'),
  team('pay', 'Payments', 'commerce'),
  team('data', 'Data'),
]
const services = [{ id: 'checkout' }, { id: 'payments-api' }]
const all = scopeOptions(teams, services, 'org')

function found(letters: string, limit = 200): string[] {
  return filterScopes(all, letters, limit).flatMap(({ items }) => items.map(({ value }) => value))
}

describe('the scopes to choose from', () => {
  it('are everything, the teams as a tree, and the services', () => {
    expect(all.map(({ group, items }) => [group, items.map(({ label, depth, within }) => [label, depth, within])])).toEqual([
      ['Organisation', [['Everything', 0, '']]],
      [
        'Teams',
        [
          ['Commerce', 0, ''],
          ['Payments', 1, 'Commerce'],
          ['Cards and wallets', 2, 'Commerce / Payments'],
          ['Data', 0, ''],
        ],
      ],
      [
        'Services',
        [
          ['checkout', 0, ''],
          ['payments-api', 0, ''],
        ],
      ],
    ])
  })

  it('hold the one that is shown, known or not', () => {
    expect(scopeOptions([], [], 'team:gone')).toMatchObject([
      { group: 'Organisation' },
      { group: 'Shown now', items: [{ value: 'team:gone', label: 'gone' }] },
    ])
    expect(scopeOptions(teams, services, 'team:cards').map(({ group }) => group)).not.toContain('Shown now')
  })
})

describe('letters', () => {
  it.each([
    ['wallet', ['team:cards']],
    [' PAYMENTS ', ['team:pay', 'team:cards', 'service:payments-api']],
    ['commerce', ['team:commerce', 'team:pay', 'team:cards']],
    ['nothing like it', []],
  ])('%s find teams by their names and those above, and services by theirs', (letters, values) => {
    expect(found(letters)).toEqual(values)
  })

  it('take what they find out of the tree; without letters it stays', () => {
    const marks = (letters: string) => filterScopes(all, letters, 200).flatMap(({ items }) => items.map((item) => item.found))
    expect(new Set(marks('a'))).toEqual(new Set([true]))
    expect(new Set(marks(' '))).toEqual(new Set([false]))
  })

  it('show at most so many of each group', () => {
    expect(found('', 1)).toEqual(['org', 'team:commerce', 'service:checkout'])
  })
})
