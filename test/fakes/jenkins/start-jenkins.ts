/** A Jenkins of jobs and builds in memory, behind a real socket: `tree=`, ranges, folders, stages and API tokens as the real one has them. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface FakeBuild {
  number: number
  timestamp: number
  duration?: number
  building?: boolean
  result?: string | null
  actions?: unknown[]
  stages?: FakeStage[]
  _class?: string
}

export interface FakeStage {
  id: string
  name: string
  status: string
  startTimeMillis: number
  durationMillis: number
  pauseDurationMillis?: number
  /** Names of the steps in it. */
  steps?: string[]
}

export interface FakeFolder {
  name: string
  kind: 'folder' | 'multibranch'
  jobs: (FakeFolder | FakeJob)[]
}

export interface FakeJob {
  name: string
  builds: FakeBuild[]
}

export interface JenkinsFake {
  url: string
  /** Of the top. */
  jobs: (FakeFolder | FakeJob)[]
  /** The path of each question. */
  asked: string[]
  /** Answers in the place of Jenkins; true: it did. */
  fault: ((request: IncomingMessage, response: ServerResponse) => boolean) | null
  /** Whether the plugin that tells stages is there. */
  hasStages: boolean
  close(): Promise<void>
}

export const user = 'shiplog'
export const token = '11aa22bb33cc44dd55ee66ff7788990011'
const credentials = `Basic ${Buffer.from(`${user}:${token}`).toString('base64')}`

const classes = {
  folder: 'com.cloudbees.hudson.plugins.folder.Folder',
  multibranch: 'org.jenkinsci.plugins.workflow.multibranch.WorkflowMultiBranchProject',
}
const pipelineClass = 'org.jenkinsci.plugins.workflow.job.WorkflowRun'

export async function startJenkins(jobs: (FakeFolder | FakeJob)[]): Promise<JenkinsFake> {
  const server = createServer((request, response) => answer(fake, request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const fake: JenkinsFake = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/jenkins`,
    jobs,
    asked: [],
    fault: null,
    hasStages: true,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
  return fake
}

function answer(fake: JenkinsFake, request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '/', 'http://localhost')
  fake.asked.push(url.pathname.replace('/jenkins', ''))
  if (fake.fault?.(request, response)) return
  const isLetIn = request.headers.authorization === credentials
  const value = isLetIn && url.pathname.startsWith('/jenkins/') ? valueAt(fake, url) : null
  send(response, isLetIn ? (value === null ? 404 : 200) : 401, value ?? {})
}

function send(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(value))
}

/** Names in a path are escaped once more than the name of the job has them. */
function valueAt(fake: JenkinsFake, url: URL): unknown {
  const parts = url.pathname.replace('/jenkins/', '').split('/')
  let at: FakeFolder | FakeJob = { name: '', kind: 'folder', jobs: fake.jobs }
  while (parts[0] === 'job') {
    const name = decodeURIComponent(parts[1] ?? '')
    const below: FakeFolder | FakeJob | undefined = 'jobs' in at ? at.jobs.find((one) => one.name === name) : undefined
    if (below === undefined) return null
    at = below
    parts.splice(0, 2)
  }
  const tree = url.searchParams.get('tree') ?? ''
  if (parts.join('/') === 'api/json') return 'jobs' in at ? folderJson(at, levelsOf(tree)) : jobJson(at, tree)
  if ('jobs' in at) return null
  const build = at.builds.find(({ number }) => String(number) === parts[0])
  if (build === undefined) return null
  const rest = parts.slice(1).join('/')
  if (rest === 'api/json') return buildJson(build)
  if (!fake.hasStages || !isPipeline(build)) return null
  if (rest === 'wfapi/describe') return { name: `#${build.number}`, stages: (build.stages ?? []).map(({ steps: _, ...stage }) => stage) }
  const node = /^execution\/node\/(\w+)\/wfapi\/describe$/.exec(rest)?.[1]
  const stage = build.stages?.find(({ id }) => id === node)
  return stage === undefined ? null : { id: stage.id, stageFlowNodes: (stage.steps ?? ['Shell Script']).map((name) => ({ name })) }
}

const levelsOf = (tree: string) => tree.split('jobs[').length - 1

function folderJson(folder: FakeFolder, levels: number): unknown {
  const jobs = folder.jobs.map((one) => {
    if ('jobs' in one) return { name: one.name, _class: classes[one.kind], ...(levels > 1 ? (folderJson(one, levels - 1) as object) : {}) }
    const newest = newestFirst(one)[0]
    return {
      name: one.name,
      _class: 'org.jenkinsci.plugins.workflow.job.WorkflowJob',
      lastBuild: newest ? { number: newest.number } : null,
    }
  })
  return { _class: classes[folder.kind], ...(levels > 0 ? { jobs } : {}) }
}

function jobJson(job: FakeJob, tree: string): unknown {
  const builds = newestFirst(job)
  const [, from, to] = /\{(\d+),(\d+)\}/.exec(tree) ?? []
  const first = builds.at(-1)
  return {
    firstBuild: first === undefined ? null : { number: first.number, timestamp: first.timestamp },
    allBuilds: builds.slice(Number(from), Number(to)).map(buildJson),
  }
}

const newestFirst = ({ builds }: FakeJob) => [...builds].sort((a, b) => b.number - a.number)
const isPipeline = ({ _class = pipelineClass }: FakeBuild) => _class === pipelineClass

function buildJson({ stages: _, ...build }: FakeBuild): unknown {
  const { building = false, duration = building ? 0 : 60_000, result = building ? null : 'SUCCESS' } = build
  return { _class: pipelineClass, actions: [], ...build, building, duration, result }
}
