/** A GitLab on this machine: its REST API over what a test puts in, and its repositories over git's http. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { serveGit } from '../github/git-http.ts'
import { commitsOf, type Item, type Lists, listOf } from './lists.ts'

export interface FakeProject extends Lists {
  id: number
  path: string
  archived: boolean
  defaultBranch: string | null
  /** The newest commit of the default branch. */
  head: string | null
  /** Such as `{ issues_access_level: 'disabled' }`. */
  levels: Record<string, string>
  environments: Item[]
  /** A bare repository that is served. */
  gitDir: string | null
}

export interface Answer {
  status: number
  body?: unknown
  headers?: Record<string, string>
}

export interface GitlabFake {
  url: string
  token: string
  projects: FakeProject[]
  /** Method-less paths with their query, as they were asked for. */
  asked: string[]
  /** The most things of one page, whatever is asked for. */
  pageSize: number
  /** Answers in the place of the API; null leaves it alone. */
  fault: (path: string, count: number) => Answer | 'reset' | null
  /** Called once an answer has been made. */
  afterAnswer: (path: string) => void
  stop(): Promise<void>
}

let lastId = 100

export function fakeProject(path: string, more: Partial<FakeProject> = {}): FakeProject {
  return {
    id: lastId++,
    path,
    archived: false,
    defaultBranch: 'main',
    head: null,
    levels: {},
    environments: [{ id: 1, name: 'production', tier: 'production' }],
    deployments: [],
    merges: [],
    issues: [],
    pipelines: [],
    commits: [],
    gitDir: null,
    ...more,
  }
}

export async function startGitlab(projects: FakeProject[] = []): Promise<GitlabFake> {
  const fake: GitlabFake = {
    url: '',
    token: 'glpat-test',
    projects,
    asked: [],
    pageSize: 100,
    fault: () => null,
    afterAnswer: () => {},
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
  const server = createServer((request, response) => {
    answer(fake, request, response).catch(() => response.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  fake.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return fake
}

async function answer(fake: GitlabFake, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', fake.url)
  const [, name, service] = /^\/(.+)\.git\/(info\/refs|git-upload-pack)$/.exec(url.pathname) ?? []
  if (name !== undefined && service !== undefined) {
    const gitDir = fake.projects.find(({ path }) => path === name)?.gitDir
    const given = Buffer.from((request.headers.authorization ?? '').replace(/^Basic /, ''), 'base64').toString()
    if (!given.endsWith(`:${fake.token}`))
      response.writeHead(401, { 'www-authenticate': 'Basic realm="GitLab"' }).end('HTTP Basic: Access denied')
    else if (!gitDir) response.writeHead(404).end('not found')
    else await serveGit(gitDir, service, request, response)
    return
  }
  request.resume()
  const path = `${url.pathname}${url.search}`.replace(/^\/api\/v4/, '')
  fake.asked.push(path)
  const fault = fake.fault(path, fake.asked.length)
  if (fault === 'reset') {
    response.socket?.resetAndDestroy()
    return
  }
  const { status, body, headers } = fault ?? answerTo(fake, request, url)
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body ?? { message: `${status}` }))
  fake.afterAnswer(path)
}

function answerTo(fake: GitlabFake, request: IncomingMessage, url: URL): Answer {
  if (request.headers['private-token'] !== fake.token) return { status: 401, body: { message: '401 Unauthorized' } }
  const steps = url.pathname
    .replace(/^\/api\/v4\//, '')
    .split('/')
    .map(decodeURIComponent)
  const [kind, key = '', ...rest] = steps
  if (kind === 'groups' && rest[0] === 'projects') {
    const inside = fake.projects.filter(({ path }) => path.startsWith(`${key}/`))
    if (inside.length === 0) return { status: 404 }
    const wanted = inside.filter(({ archived }) => url.searchParams.get('archived') !== 'false' || !archived)
    return paged(fake, url, wanted.map(projectJson))
  }
  const project = fake.projects.find(({ id, path }) => String(id) === key || path === key)
  if (kind !== 'projects' || project === undefined) return { status: 404 }
  if (rest.length === 0) return { status: 200, body: projectJson(project) }
  return answerOf(fake, project, rest, url)
}

function answerOf(fake: GitlabFake, project: FakeProject, [what = '', ...rest]: string[], url: URL): Answer {
  if (what === 'environments') return paged(fake, url, project.environments)
  if (what === 'repository' && rest[0] === 'branches')
    return project.head === null ? { status: 404 } : { status: 200, body: { name: rest[1], commit: { id: project.head } } }
  if (what === 'repository' && rest[0] === 'commits') {
    const found = commitsOf(project.commits, url.searchParams.get('ref_name') ?? project.head ?? '', url.searchParams.get('since'))
    return found === null ? { status: 404 } : paged(fake, url, found)
  }
  const lists: Record<string, Item[]> = {
    deployments: project.deployments,
    merge_requests: project.merges,
    issues: project.issues,
    pipelines: project.pipelines,
  }
  const list = lists[what]
  if (list === undefined) return { status: 404 }
  if (rest.length === 0) return paged(fake, url, listOf(list, url.searchParams).map(bare))
  const key = what === 'merge_requests' || what === 'issues' ? 'iid' : 'id'
  const item = list.find((one) => String(one[key]) === rest[0])
  if (item === undefined) return { status: 404 }
  if (rest.length === 1) return { status: 200, body: bare(item) }
  const below = item[`_${rest[1]}`]
  return Array.isArray(below) ? paged(fake, url, below) : paged(fake, url, [])
}

/** Without what is listed below it. */
function bare(item: Item): Item {
  return Object.fromEntries(Object.entries(item).filter(([name]) => !name.startsWith('_')))
}

function projectJson({ id, path, archived, defaultBranch, levels }: FakeProject): Item {
  return { id, path_with_namespace: path, archived, default_branch: defaultBranch, ...levels }
}

function paged(fake: GitlabFake, url: URL, items: unknown[]): Answer {
  const size = Math.min(fake.pageSize, Number(url.searchParams.get('per_page') ?? 20))
  const page = Number(url.searchParams.get('page') ?? 1)
  const next = new URL(url)
  next.searchParams.set('page', String(page + 1))
  const more = page * size < items.length
  const link: Record<string, string> = more ? { link: `<${next.href}>; rel="next", <${url.href}>; rel="first"` } : {}
  return { status: 200, body: items.slice((page - 1) * size, page * size), headers: link }
}
