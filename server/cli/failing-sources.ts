/** What a person must know beside numbers: which of their sources could not be read. */
import type { Api } from './api.ts'

interface SourceAnswer {
  id: string
  services: string[]
  lastSuccess: string | null
  lastError: { at: string; message: string; mend: string | null } | null
}

/** A line for each source of the scope whose last run failed. */
export async function failingSources(api: Api, scope: string): Promise<string[]> {
  const { sources } = JSON.parse(await api.text('sources')) as { sources: SourceAnswer[] }
  const failing = sources.filter((source) => source.lastError !== null)
  if (failing.length === 0) return []
  const services = await servicesOf(api, scope)
  return failing.filter((source) => services === null || source.services.some((id) => services.includes(id))).map(lineOf)
}

/** Null: all. */
async function servicesOf(api: Api, scope: string): Promise<string[] | null> {
  if (scope.startsWith('service:')) return [scope.slice('service:'.length)]
  if (!scope.startsWith('team:')) return null
  const { teams } = JSON.parse(await api.text('teams')) as { teams: { id: string; allServices: string[] }[] }
  return teams.find((team) => `team:${team.id}` === scope)?.allServices ?? []
}

function lineOf({ id, lastSuccess, lastError }: SourceAnswer): string {
  const { at = '', message = '', mend = null } = lastError ?? {}
  const since = lastSuccess === null ? 'It has never been read.' : `Its data is as of ${whole(lastSuccess)}.`
  return [`Source ${id} failed at ${whole(at)}: ${message}`, mend, since].filter(Boolean).join(' ')
}

/** To the second. */
function whole(time: string): string {
  return time.replace(/\.\d+Z$/, 'Z')
}
