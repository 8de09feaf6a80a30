/** A real https server of git repositories on port 0: `git http-backend` behind a check of the credentials. */
import { execFileSync, spawn } from 'node:child_process'
import { createPrivateKey } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import path from 'node:path'

/** Trusted by nobody but these tests, for localhost alone. */
export const privateKey = {
  kty: 'EC',
  crv: 'P-256',
  x: 'oM-Yqg-d8s9Ec3YnL9XeaiC-67_N0nHKHJNLfyabbiM',
  y: 'PsONYH-St3i7XqIP5-pIVwoEko1VzXdjxCp5-1tPtcU',
  d: 'qOjLkhc83a1DWTEvI9s12xL5kI6uVMU3QmCO1WPGiJc',
}
const certificateLines = [
  'MIIBZzCCAQ2gAwIBAgIBATAKBggqhkjOPQQDAjAUMRIwEAYDVQQDDAlsb2NhbGhv',
  'c3QwIBcNMjAwMTAxMDAwMDAwWhgPMjEyMDAxMDEwMDAwMDBaMBQxEjAQBgNVBAMM',
  'CWxvY2FsaG9zdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABKDPmKoPnfLPRHN2',
  'Jy/V3mogvuu/zdJxyhyTS38mm24jPsONYH+St3i7XqIP5+pIVwoEko1VzXdjxCp5',
  '+1tPtcWjTjBMMA8GA1UdEwEB/wQFMAMBAf8wGgYDVR0RBBMwEYIJbG9jYWxob3N0',
  'hwR/AAABMB0GA1UdDgQWBBQpbcDXh1OY2SrNU8qct54LVb3e/DAKBggqhkjOPQQD',
  'AgNIADBFAiEAiWuLfmflhDLOtgIAyntvlglNB9U0JdF701G14mpl8w8CIGZRjxWI',
  'ibAAp8m26KcmvyfvhYGr8KDAv0cBvnXc2gAv',
]
export const certificate = ['-----BEGIN CERTIFICATE-----', ...certificateLines, '-----END CERTIFICATE-----', ''].join('\n')

export interface GitHttpsFake {
  /** `https://localhost:<port>` */
  origin: string
  /** The Authorization header of each request, in order. */
  authorizations: (string | undefined)[]
  close(): Promise<void>
}

/** Serves the repositories below `root` to whoever sends `authorization`; `answer` may take a request over and return true. */
export async function startGitHttpsFake(
  root: string,
  authorization: string | null,
  answer: (request: IncomingMessage, response: ServerResponse) => boolean = () => false,
): Promise<GitHttpsFake> {
  const backend = path.join(execFileSync('git', ['--exec-path'], { encoding: 'utf8' }).trim(), 'git-http-backend')
  const authorizations: (string | undefined)[] = []
  const key = createPrivateKey({ key: privateKey, format: 'jwk' }).export({ type: 'pkcs8', format: 'pem' })
  const server = createServer({ key, cert: certificate }, (request, response) => {
    authorizations.push(request.headers.authorization)
    if (answer(request, response)) return
    if (authorization !== null && request.headers.authorization !== authorization) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end()
      return
    }
    serve(backend, root, request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    origin: `https://localhost:${(server.address() as AddressInfo).port}`,
    authorizations,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}

/** CGI: headers, an empty line, the body. */
function serve(backend: string, root: string, request: IncomingMessage, response: ServerResponse) {
  const url = new URL(request.url ?? '/', 'https://localhost')
  const child = spawn(backend, {
    env: {
      PATH: process.env.PATH,
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: url.pathname,
      QUERY_STRING: url.search.slice(1),
      REQUEST_METHOD: request.method,
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
      GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
      REMOTE_ADDR: '127.0.0.1',
    },
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  request.pipe(child.stdin)
  const chunks: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
  child.on('close', () => {
    const output = Buffer.concat(chunks)
    const gap = output.indexOf('\r\n\r\n')
    let status = 200
    for (const line of output.toString('latin1', 0, gap).split('\r\n')) {
      const [name = '', value = ''] = line.split(/: (.*)/s)
      if (name.toLowerCase() === 'status') status = Number.parseInt(value, 10)
      else response.setHeader(name, value)
    }
    response.writeHead(status).end(output.subarray(gap + 4))
  })
}
