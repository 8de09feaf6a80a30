/** Puts the parts together: the store, the collections, the API and its pages on one address. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { getRequestListener } from '@hono/node-server'
import { type Logger, pino } from 'pino'
import { createApp } from './api/app.ts'
import { errorBody } from './api/error-body.ts'
import { isLoopback } from './api/origins.ts'
import { applyConfig } from './collector/apply-config.ts'
import { startExports } from './collector/export-schedule.ts'
import { followDefinition } from './collector/follow-definition.ts'
import { startInbox } from './collector/inbox.ts'
import { startSchedule } from './collector/schedule.ts'
import { ruleText, withRule } from './config/rule.ts'
import type { Config, Settings } from './config.ts'
import { ShiplogError } from './errors.ts'
import { openStore } from './store/open.ts'
import type { RunProgress } from './store/runs.ts'

export interface StartOptions {
  config: Config
  settings: Settings
  now?: () => Date
  log?: Logger
  /** The built pages; default: those of this repository. Null: none are served. */
  webDir?: string | null
  /** Told of every step of a collection. */
  onProgress?: (sourceId: string, progress: RunProgress) => void
}

export interface Running {
  /** Where it listens, as this machine reaches it. */
  url: string
  /** Takes no more requests, finishes those that run, ends collections and the inbox at their next batch, and closes the store; may be called again. */
  stop(): Promise<void>
}

/** Requests that run when the process is told to stop may take this long. */
const drainMs = 10_000
const shortestToken = 16

/**
 * Serves until it is stopped. Throws ShiplogError: `invalid` where the address needs a token, `conflict` where another process has the
 * data folder, `unavailable` where the database or the port cannot be had.
 */
export async function start(options: StartOptions): Promise<Running> {
  const { config, settings, now = () => new Date(), log = pino({ level: settings.logLevel }) } = options
  checkExposure(settings)
  const store = await openStore(settings)
  try {
    await applyConfig(store, { config, now: now().getTime() })
    await followDefinition(store, config)
    const server = createServer(timeouts)
    const url = await listen(server, settings)
    const schedule = startSchedule({ store, config, dataDir: settings.dataDir, now, log, onProgress: options.onProgress })
    const inbox = startInbox({ store, config, dataDir: settings.dataDir, now, log })
    const exports = startExports({ store, config, now, log })
    const webDir = options.webDir === undefined ? fileURLToPath(new URL('../dist/web', import.meta.url)) : options.webDir
    const app = createApp({ store, config, settings, now, schedule, inbox, log, rules: { ruleText, withRule }, webDir })
    // Nothing is awaited between listening and here, so that no request finds nobody.
    const drain = answerRequests(server, app.fetch)
    await store.announce(url)
    log.info({ url, store: store.kind, sources: config.sources.length, demo: config.demo }, 'listening')

    let stopped: Promise<void> | null = null
    async function stop() {
      log.info('stopping')
      await Promise.all([drain(), schedule.stop(), inbox.stop(), exports.stop()])
      await store.close()
      log.info('stopped')
    }
    return {
      url,
      stop() {
        stopped ??= stop()
        return stopped
      },
    }
  } catch (error) {
    await store.close()
    throw error
  }
}

/** Whoever reaches the address can read and change everything: beyond this machine that takes a token. */
function checkExposure({ host, token }: Settings): void {
  if (token !== null && token.length < shortestToken) {
    throw new ShiplogError(
      'invalid',
      `SHIPLOG_TOKEN has only ${token.length} characters. Use at least ${shortestToken} random ones, such as those that \`openssl rand -hex 24\` prints.`,
    )
  }
  if (token !== null || isLoopback(host)) return
  throw new ShiplogError(
    'invalid',
    `The address ${host} is reached from other machines, and SHIPLOG_TOKEN is not set. Set it to a secret, such as one that \`openssl rand -hex 24\` prints, or leave HOST at 127.0.0.1.`,
  )
}

/** Slow senders lose their connection: headers within 10 s, a whole request within 60 s. */
const timeouts = { headersTimeout: 10_000, requestTimeout: 60_000, keepAliveTimeout: 5_000, connectionsCheckingInterval: 5_000 }

function listen(server: Server, { host, port }: Settings): Promise<string> {
  const address = host.replace(/^\[|\]$/g, '')
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) =>
      reject(new ShiplogError('unavailable', listenFault(cause.code, host, port), null, { cause })),
    )
    server.listen(port, address, () => {
      const bound = server.address() as AddressInfo
      const reached = bound.address === '0.0.0.0' || bound.address === '::' ? '127.0.0.1' : bound.address
      resolve(`http://${reached.includes(':') ? `[${reached}]` : reached}:${bound.port}`)
    })
  })
}

function listenFault(code: string | undefined, host: string, port: number): string {
  if (code === 'EADDRINUSE')
    return `Port ${port} on ${host} is in use. Stop the program that has it, or choose another port: PORT=${port + 1}.`
  if (code === 'EACCES') return `This user may not listen on port ${port}. Choose one above 1023: PORT=4400.`
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
    return `${host} is not an address of this machine. Set HOST to one that is, such as 127.0.0.1.`
  return `The server cannot listen on ${host}:${port} (${code ?? 'unknown error'}). Choose another HOST or PORT.`
}

/** Starts answering; the result stops it: what runs is finished within the limit, then cut. */
function answerRequests(server: Server, fetch: Parameters<typeof getRequestListener>[0]): () => Promise<void> {
  let stopping = false
  const listener = getRequestListener(fetch, { errorHandler: refuse })
  server.on('request', (incoming, outgoing) => {
    if (stopping) outgoing.setHeader('Connection', 'close')
    outgoing.once('close', () => {
      if (stopping) setImmediate(() => server.closeIdleConnections())
    })
    void listener(incoming, outgoing)
  })
  return () =>
    new Promise((resolve) => {
      stopping = true
      const limit = setTimeout(() => server.closeAllConnections(), drainMs)
      server.close(() => {
        clearTimeout(limit)
        resolve()
      })
      server.closeIdleConnections()
    })
}

/** What is no request at all, such as a Host header that names no host. */
function refuse(): Response {
  return Response.json(
    errorBody('invalid', 'This is not an HTTP request that this server understands. Check its address and its Host header.'),
    { status: 400 },
  )
}
