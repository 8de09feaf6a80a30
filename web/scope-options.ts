/** The scopes that a person can choose, and how letters find them. */
import type { Team } from './api.ts'
import { inTreeOrder } from './team-tree.ts'

export interface ScopeOption {
  value: string
  label: string
  /** How many teams it is within. */
  depth: number
  /** Those teams from the top down, such as `Commerce / Payments`; empty at the top. */
  within: string
  /** What is searched: for a team its own name and id and those of the teams above. */
  words: string
  /** Out of its place in the tree, as a search shows it. */
  found: boolean
}

export interface ScopeGroup {
  group: string
  items: ScopeOption[]
}

/** Teams as a tree, services by name; groups without any are left out. */
export function scopeOptions(teams: Team[], services: { id: string }[], current: string): ScopeGroup[] {
  const groups: ScopeGroup[] = [
    { group: 'Organisation', items: [option('org', 'Everything')] },
    {
      group: 'Teams',
      items: inTreeOrder(teams).map(({ team, above }) => ({
        ...option(`team:${team.id}`, team.title),
        depth: above.length,
        within: above.map(({ title }) => title).join(' / '),
        words: [...above, team].flatMap(({ id, title }) => [title, id]).join('\n'),
      })),
    },
    { group: 'Services', items: services.map(({ id }) => option(`service:${id}`, id)) },
  ].filter((group) => group.items.length > 0)
  const known = groups.some((group) => group.items.some((item) => item.value === current))
  if (!known) groups.push({ group: 'Shown now', items: [option(current, current.replace(/^(?:team|service):/, ''))] })
  return groups
}

function option(value: string, label: string): ScopeOption {
  return { value, label, depth: 0, within: '', words: label, found: false }
}

/** Options whose words hold the letters, at most so many of a group; a team is found by the names of those above it too. */
export function filterScopes(groups: ScopeGroup[], search: string, limit: number): ScopeGroup[] {
  const letters = search.trim().toLowerCase()
  return groups.flatMap(({ group, items }) => {
    const fits = letters === '' ? items : items.filter(({ words }) => words.toLowerCase().includes(letters))
    const shown = fits.slice(0, limit)
    return shown.length === 0 ? [] : [{ group, items: letters === '' ? shown : shown.map((item) => ({ ...item, found: true })) }]
  })
}
