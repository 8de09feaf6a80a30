/** Repositories over smart http, by `git http-backend`: protocol v2 and partial clones as GitHub allows them, reading only. */
import { execFileSync, spawn } from 'node:child_process'
import type { IncomingMessage, ServerResponse } from 'node:http'
import path from 'node:path'
import { type AccessState, authenticate, mayRead, maySee, Refusal } from './access.ts'
import { findRepository, type World } from './world.ts'

export interface GitRequest {
  owner: string
  name: string
  /** `info/refs` or `git-upload-pack`. */
  service: string
}

/** Null for a path that is not git's. */
export function gitRequest(pathname: string): GitRequest | null {
  const match = /^\/([^/]+)\/([^/]+?)(?:\.git)?\/(info\/refs|git-upload-pack|git-receive-pack)$/.exec(pathname)
  return match ? { owner: match[1] as string, name: match[2] as string, service: match[3] as string } : null
}

/** GitHub refuses in plain text. Answers with the status. */
export async function answerGit(
  world: World,
  access: AccessState,
  now: number,
  wanted: GitRequest,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<number> {
  const refuse = (status: number, text: string, headers: Record<string, string> = {}) => {
    request.resume()
    response.writeHead(status, { 'content-type': 'text/plain', ...headers }).end(text)
    return status
  }
  const challenge = { 'www-authenticate': 'Basic realm="GitHub"' }
  const found = findRepository(world, wanted.owner, wanted.name)
  try {
    const token = authenticate(access, request.headers.authorization, now)
    if (token.kind === 'jwt') throw new Refusal(401, 'Bad credentials')
    const isAnonymous = token.kind === 'anonymous'
    if (!found || !maySee(token, found.repository) || found.repository.gitDir === null) {
      return isAnonymous ? refuse(401, 'Repository not found.\n', challenge) : refuse(404, 'Repository not found.\n')
    }
    if (!mayRead(token, 'contents')) return refuse(403, 'Write access to repository not granted.\n')
    if (wanted.service.includes('receive-pack') || request.url?.includes('service=git-receive-pack')) {
      return refuse(403, `Permission to ${wanted.owner}/${wanted.name}.git denied to ${token.login}.\n`)
    }
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return error.status === 401
      ? refuse(401, 'Invalid username or token. Password authentication is not supported for Git operations.\n', challenge)
      : refuse(error.status, `${error.message}\n`)
  }
  const { repository } = found
  if (found.renamed) {
    const url = new URL(request.url ?? '/', world.url)
    return refuse(301, '', { location: `${world.url}/${repository.owner}/${repository.name}.git/${wanted.service}${url.search}` })
  }
  return serveGit(repository.gitDir as string, wanted.service, request, response)
}

/** CGI: headers, an empty line, the body. */
export function serveGit(gitDir: string, service: string, request: IncomingMessage, response: ServerResponse): Promise<number> {
  const backend = path.join(execFileSync('git', ['--exec-path'], { encoding: 'utf8' }).trim(), 'git-http-backend')
  const settings = { 'uploadpack.allowFilter': 'true', 'uploadpack.allowAnySHA1InWant': 'true', 'safe.directory': '*' }
  const configuration: Record<string, string> = { GIT_CONFIG_COUNT: String(Object.keys(settings).length) }
  for (const [index, [key, value]] of Object.entries(settings).entries()) {
    configuration[`GIT_CONFIG_KEY_${index}`] = key
    configuration[`GIT_CONFIG_VALUE_${index}`] = value
  }
  const child = spawn(backend, {
    env: {
      PATH: process.env.PATH,
      ...configuration,
      GIT_PROJECT_ROOT: path.dirname(gitDir),
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: `/${path.basename(gitDir)}/${service}`,
      QUERY_STRING: new URL(request.url ?? '/', 'http://localhost').search.slice(1),
      REQUEST_METHOD: request.method,
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
      GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
      REMOTE_ADDR: '127.0.0.1',
    },
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  child.stdin.on('error', () => {})
  request.pipe(child.stdin)
  response.on('close', () => child.kill())
  let head: Buffer | null = Buffer.alloc(0)
  let status = 200
  return new Promise((resolve) => {
    child.stdout.on('data', (chunk: Buffer) => {
      if (head === null) {
        response.write(chunk)
        return
      }
      head = Buffer.concat([head, chunk])
      const gap = head.indexOf('\r\n\r\n')
      if (gap < 0) return
      for (const line of head.toString('latin1', 0, gap).split('\r\n')) {
        const [name = '', value = ''] = line.split(/: (.*)/s)
        if (name.toLowerCase() === 'status') status = Number.parseInt(value, 10)
        else response.setHeader(name, value)
      }
      response.writeHead(status).write(head.subarray(gap + 4))
      head = null
    })
    child.on('close', () => {
      if (head !== null && !response.headersSent) response.writeHead(500)
      response.end()
      resolve(response.statusCode)
    })
  })
}
