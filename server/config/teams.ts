/** Checks the teams of a shiplog.yaml: that each is listed once, and that parents make a tree. */
import type { ServiceConfig, TeamConfig } from '../config.ts'
import type { Fault, Path } from './document.ts'
import { oneOf } from './nearest.ts'
import type { ConfigFile, TeamEntry } from './schema.ts'

/** The teams as listed; without a list, those that services name. */
export function checkTeams(services: ServiceConfig[], file: ConfigFile, faults: Fault[]): TeamConfig[] {
  const named = [...new Set(services.flatMap((service) => service.teams.map((owner) => owner.team)))]
  if (file.teams === undefined) return named.map((id) => ({ id, title: id }))
  const ids = file.teams.map((team) => team.id)
  file.teams.forEach((team, index) => {
    if (ids.indexOf(team.id) !== index) {
      faults.push({ path: ['teams', index, 'id'], message: `${team.id} is listed before`, mend: 'give each team an id of its own' })
    }
  })
  checkParents(file.teams, faults)
  services.forEach((service, index) => {
    for (const { team } of service.teams) {
      if (ids.includes(team)) continue
      faults.push({ path: ['services', index, 'team'], message: `there is no team ${team}`, mend: oneOf(team, ids, 'add it under teams') })
    }
  })
  return file.teams.map(({ id, title, parent }) => ({ id, title: title ?? id, ...(parent === undefined ? {} : { parent }) }))
}

function checkParents(teams: TeamEntry[], faults: Fault[]) {
  const parents = new Map<string, string | undefined>()
  for (const { id, parent } of teams) if (!parents.has(id)) parents.set(id, parent)
  const told = new Set<string>()
  teams.forEach(({ id, parent }, index) => {
    if (parent === undefined) return
    const at: Path = ['teams', index, 'parent']
    if (parent === id) {
      faults.push({ path: at, message: `${id} is the team itself`, mend: 'write the team that it is part of, or take parent out' })
      return
    }
    if (!parents.has(parent)) {
      const others = [...parents.keys()].filter((other) => other !== id)
      faults.push({ path: at, message: `there is no team ${parent}`, mend: oneOf(parent, others, 'add it under teams') })
      return
    }
    const circle = circleFrom(id, parents)
    if (circle === null || told.has(id)) return
    for (const member of circle) told.add(member)
    const message = `the teams go round in a circle: ${[...circle, id].join(', part of ')}`
    faults.push({ path: at, message, mend: 'take parent out of one of them' })
  })
}

/** The team and those above it up to itself again; null where it is not above itself. */
function circleFrom(id: string, parents: Map<string, string | undefined>): string[] | null {
  const above = new Set<string>()
  for (let next: string | undefined = id; next !== undefined && !above.has(next); next = parents.get(next)) above.add(next)
  const last = [...above].at(-1)
  return above.size > 1 && last !== undefined && parents.get(last) === id ? [...above] : null
}
