/** Which projects a source has: those that are named, or those of a group and its subgroups. */
import { SourceError } from '../../errors.ts'
import { clip } from '../../git/text.ts'
import { pathMatcher } from '../../path-globs.ts'
import { type HttpClient, refusalOf } from '../http-client.ts'
import type { Context } from '../source.ts'
import { allOf } from './client.ts'
import { type Cursor, emptyFeed, type ProjectState } from './cursor.ts'
import type { GitlabOptions } from './options.ts'
import { Project } from './payloads.ts'

export interface Discovery {
  projects: ProjectState[]
  /** Named ones that are not there. */
  failures: Map<string, SourceError>
}

/** Asks what there is and brings the cursor's projects up to date. Throws SourceError. */
export async function discover(options: GitlabOptions, cursor: Cursor, client: HttpClient, ctx: Pick<Context, 'note'>): Promise<Discovery> {
  const failures = new Map<string, SourceError>()
  const listed =
    options.group === undefined ? await named(options, cursor, client, failures) : await ofGroup(options.group, options, client)
  const ids = new Set(listed.map(({ id }) => id))
  for (const project of listed) follow(cursor, project)
  for (const state of Object.values(cursor.projects)) {
    if (ids.has(state.id) || state.gone) continue
    state.gone = true
    ctx.note(`${state.name} is no longer among the projects (deleted, archived, excluded or hidden): what is stored of it stays.`)
  }
  const projects = Object.values(cursor.projects).filter(({ gone }) => !gone)
  if (projects.length === 0 && failures.size === 0)
    ctx.note(`No project of ${options.group} is to be collected: the token sees none, or include and exclude leave none.`)
  return { projects: projects.sort((a, b) => (a.filed < b.filed ? -1 : 1)), failures }
}

async function named(
  { projects = [] }: GitlabOptions,
  cursor: Cursor,
  client: HttpClient,
  failures: Map<string, SourceError>,
): Promise<Project[]> {
  const found: Project[] = []
  for (const path of projects) {
    const answer = await client.find(`the project ${path}`, `/projects/${cursor.named[path] ?? encodeURIComponent(path)}`, Project)
    if (answer === null) {
      failures.set(path, gone(`project ${path}`, 'projects'))
      continue
    }
    cursor.named[path] = answer.data.id
    found.push(answer.data)
  }
  return found
}

async function ofGroup(group: string, { archived, include = [], exclude = [] }: GitlabOptions, client: HttpClient): Promise<Project[]> {
  const query = {
    include_subgroups: 'true',
    // Projects of others that are shared with the group are the others'.
    with_shared: 'false',
    order_by: 'id',
    sort: 'asc',
    ...(archived ? {} : { archived: 'false' }),
  }
  try {
    const listed = await allOf(client, `the projects of ${group}`, `/groups/${encodeURIComponent(group)}/projects`, Project, query)
    const matches = pathMatcher([...include, ...exclude.map((glob) => (glob.startsWith('!') ? glob.slice(1) : `!${glob}`))])
    return listed.filter((project) => (archived || project.archived !== true) && matches(project.path_with_namespace))
  } catch (error) {
    if (refusalOf(error) === 404) throw gone(`group ${group}`, 'group')
    throw error
  }
}

function gone(what: string, key: string): SourceError {
  return new SourceError(
    `There is no ${what} that this token can see.`,
    `Correct ${key}, or let the token have access to it. What is stored stays as it is.`,
  )
}

/** Lists that a project has switched off, by what switches them. */
const switches = {
  deployments: ['environments_access_level', 'builds_access_level', 'repository_access_level'],
  merges: ['merge_requests_access_level', 'repository_access_level'],
  issues: ['issues_access_level'],
  commits: ['repository_access_level'],
} as const

/** Takes in what the list says of a project; its facts stay filed under the first path that was seen. */
function follow(cursor: Cursor, project: Project): void {
  const off = Object.entries(switches).flatMap(([list, levels]) => (levels.some((level) => project[level] === 'disabled') ? [list] : []))
  const name = project.path_with_namespace
  const known = cursor.projects[project.id]
  if (known !== undefined) {
    Object.assign(known, { name, off, defaultBranch: project.default_branch ?? null, gone: false })
    return
  }
  cursor.projects[project.id] = {
    id: project.id,
    name,
    filed: clip(name, 400),
    defaultBranch: project.default_branch ?? null,
    gone: false,
    off,
    rules: '',
    tiers: {},
    deployments: emptyFeed(),
    merges: emptyFeed(),
    issues: emptyFeed(),
    head: null,
    commits: null,
    files: false,
    wanted: [],
  }
}

export function monthsBefore(now: Date, months: number): string {
  const at = new Date(now)
  at.setUTCMonth(at.getUTCMonth() - months)
  return at.toISOString()
}
