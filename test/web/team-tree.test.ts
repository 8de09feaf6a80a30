import { describe, expect, it } from 'vitest'
import type { ServiceSummary, Team } from '../../web/api.ts'
import { inTreeOrder, ownedBy, teamsWithin, wayTo } from '../../web/team-tree.ts'

function team(id: string, parent: string | null = null, allServices: string[] = []): Team {
  return { id, title: id.toUpperCase(), parent, services: [], allServices }
}

function service(id: string, owner: string | null): ServiceSummary {
  return {
    id,
    team: owner,
    teams: [],
    sources: [],
    repositories: [],
    coveredFrom: null,
    coveredTo: null,
    signals: [],
    lastDeployment: null,
  }
}

const teams = [team('cards', 'payments', ['c']), team('commerce', null, ['c', 'p']), team('data'), team('payments', 'commerce', ['c', 'p'])]

describe('teams within teams', () => {
  it('come each below its parent, siblings in the order given', () => {
    const order = inTreeOrder([...teams, team('billing', 'commerce')])
    expect(order.map(({ team: { id }, above }) => [...above.map((each) => each.id), id].join('/'))).toEqual([
      'commerce',
      'commerce/payments',
      'commerce/payments/cards',
      'commerce/billing',
      'data',
    ])
  })

  it('come at the top where the parent is not known', () => {
    expect(inTreeOrder([team('a', 'gone')])).toMatchObject([{ team: { id: 'a' }, above: [] }])
  })

  it.each([
    [null, ['commerce', 'data', 'lost']],
    ['commerce', ['payments']],
    ['payments', ['cards']],
    ['cards', []],
    ['gone', []],
  ])('are directly within %s alone', (parent, within) => {
    expect(teamsWithin([...teams, team('lost', 'gone')], parent).map(({ id }) => id)).toEqual(within)
  })

  it.each([
    ['cards', ['COMMERCE', 'PAYMENTS', 'CARDS']],
    ['data', ['DATA']],
    ['unheard-of', ['unheard-of']],
  ])('have a way to %s from the top', (id, way) => {
    expect(wayTo(teams, id).map(({ title }) => title)).toEqual(way)
  })
})

describe('the services of a team', () => {
  const services = [service('c', 'cards'), service('p', 'payments'), service('d', 'data'), service('x', null)]

  it.each([
    [null, ['c', 'p', 'd', 'x']],
    ['commerce', ['c', 'p']],
    ['cards', ['c']],
    ['data', []],
    ['unheard-of', []],
  ])('%s', (id, owned) => {
    expect(ownedBy(services, teams, id).map((each) => each.id)).toEqual(owned)
  })

  it('are its own where the teams are not known', () => {
    expect(ownedBy(services, [], 'payments').map((each) => each.id)).toEqual(['p'])
  })
})
