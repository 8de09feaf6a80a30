/** Teams within teams: in the order of a tree, the way to one from the top, and what it and those within it own. */
import type { ServiceSummary, Team } from './api.ts'

export interface PlacedTeam {
  team: Team
  /** From the top down. */
  above: Team[]
}

/** The teams directly within a team; without one those at the top, which have no parent or none that is known. */
export function teamsWithin(teams: Team[], parent: string | null): Team[] {
  const ids = new Set(teams.map(({ id }) => id))
  return teams.filter((team) => (team.parent !== null && ids.has(team.parent) ? team.parent : null) === parent)
}

/** Each team before those within it; teams side by side stay in their order. */
export function inTreeOrder(teams: Team[]): PlacedTeam[] {
  const placed: PlacedTeam[] = []
  const place = (parent: string | null, above: Team[]) => {
    for (const team of teamsWithin(teams, parent)) {
      placed.push({ team, above })
      place(team.id, [...above, team])
    }
  }
  place(null, [])
  return placed
}

/** From the top down to the team itself; a team that is not known, or not yet, is named by its id. */
export function wayTo(teams: Team[], id: string): Pick<Team, 'id' | 'title'>[] {
  const way: Team[] = []
  for (let next: string | null = id; next !== null; ) {
    const team = teams.find((each) => each.id === next)
    if (team === undefined || way.includes(team)) break
    way.unshift(team)
    next = team.parent
  }
  return way.length === 0 ? [{ id, title: id }] : way
}

/** The services that a team and those within it own today; without a team, all. */
export function ownedBy(services: ServiceSummary[], teams: Team[], team: string | null): ServiceSummary[] {
  if (team === null) return services
  const known = teams.find(({ id }) => id === team)
  if (known === undefined) return services.filter((service) => service.team === team)
  const owned = new Set(known.allServices)
  return services.filter(({ id }) => owned.has(id))
}
