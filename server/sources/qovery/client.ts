/** Asks the API of Qovery for environments, events and the history of deployments. */
import { createHttpClient } from '../http-client.ts'
import { compiled } from '../rules.ts'
import type { Context } from '../source.ts'
import type { QoveryOptions } from './options.ts'
import { Environments, Events, type Execution, History, Projects } from './payloads.ts'
import { type Environment, isPreview } from './to-facts.ts'

const firstPage = 100
/** Histories cannot be turned page by page: a longer one is asked for again, whole. */
const longestPage = 6400
const eventsPage = 100
const mostEventPages = 1000

export interface Qovery {
  /** Without previews and projects that are left out, by id. */
  environments(): Promise<Environment[]>
  /** Executions that began at `from` or later; null: the environment is gone. `isCut`: older ones cannot be asked for. */
  history(environment: Environment, from: number): Promise<{ executions: Execution[]; isCut: boolean } | null>
  /** Ids of environments in which something was deployed, or was to be, since then. */
  deployedSince(from: number): Promise<Set<string>>
}

export function createQovery(options: QoveryOptions, ctx: Pick<Context, 'signal' | 'progress'>, retryMs?: number): Qovery {
  const http = createHttpClient(
    {
      system: 'Qovery',
      baseUrl: options.url,
      headers: { authorization: `Token ${options.token}` },
      credentials: 'Make an API token in the settings of the organisation, with a role that may view, and write it as token.',
      retryMs,
    },
    ctx,
  )
  const organization = `/organization/${encodeURIComponent(options.organization)}`

  async function environments(): Promise<Environment[]> {
    const projects = await http.ask('projects', `${organization}/project`, Projects)
    const names = new Map((projects.data.results ?? []).map(({ id, name }) => [id, name]))
    const { data } = await http.ask('environments', `${organization}/environments`, Environments)
    const all = (data.results ?? []).map(({ id, name, mode, project }): Environment => {
      const projectId = project?.id ?? ''
      return { id, name, mode: mode ?? null, project: { id: projectId, name: names.get(projectId) ?? project?.name ?? projectId } }
    })
    const { projects: wanted } = options
    return all
      .filter((one) => !isPreview(one) && (wanted === undefined || compiled(wanted).matcher(one.project.name).find()))
      .sort((a, b) => (a.id < b.id ? -1 : 1))
  }

  async function history(environment: Environment, from: number) {
    const path = `/environment/${encodeURIComponent(environment.id)}/deploymentHistoryV2`
    let known = -1
    for (let pageSize = firstPage; ; pageSize *= 4) {
      const answer = await http.find(`the deployments of ${environment.name}`, path, History, { query: { pageSize } })
      if (answer === null) return null
      const found = answer.data.results ?? []
      const oldest = Math.min(...found.map((one) => one.auditing_data.created_at))
      const isWhole = found.length < pageSize && found.length !== known
      const isCut = !isWhole && oldest >= from && (pageSize >= longestPage || found.length <= known)
      if (isWhole || isCut || oldest < from) return { executions: found.filter((one) => one.auditing_data.created_at >= from), isCut }
      known = found.length
    }
  }

  async function deployedSince(from: number): Promise<Set<string>> {
    const ids = new Set<string>()
    for (const eventType of ['DEPLOYED', 'DEPLOY_FAILED']) {
      // Nanoseconds since 1970.
      const query = { eventType, fromTimestamp: `${from}000000`, pageSize: eventsPage }
      let answer = await http.ask('events', `${organization}/events`, Events, { query })
      for (let page = 1; ; page++) {
        for (const event of answer.data.events ?? []) {
          const id = event.target_type === 'ENVIRONMENT' ? event.target_id : event.environment_id
          if (id) ids.add(id)
        }
        const next = answer.data.links?.next
        if (!next || (answer.data.events ?? []).length === 0 || page === mostEventPages) break
        const { searchParams } = new URL(next, options.url)
        const continueToken = searchParams.get('continueToken')
        if (continueToken === null) break
        answer = await http.ask('events', `${organization}/events`, Events, { query: { ...query, continueToken } })
      }
    }
    return ids
  }

  return { environments, history, deployedSince }
}
