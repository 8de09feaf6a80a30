/** Deliveries at a steady rate: how fast they are answered, and whether each that was taken is in, once, whatever is killed meanwhile. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { openSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import postgres from 'postgres'
import { startPostgres } from '../../support/places.ts'
import { flagsOf } from '../flags-of.ts'
import { describeMachine } from '../scale/machine.ts'
import { cli } from '../scale/prepare.ts'
import { peakOf, processorOf } from '../watched.ts'
import { hookToken } from './event.ts'
import type { Sending, Sent } from './send-process.ts'

export interface InboxOptions {
  folder: string
  seconds: number
  perSecond: number
  senders: number
  /** The server is killed after a third, the database restarted after two. */
  kill: boolean
  print(text: string): void
}

const program = fileURLToPath(new URL('send-process.ts', import.meta.url))
/** Of senders: few, so that they leave the processors to what is measured. */
const processes = 2
const drainSeconds = 300
const targets = { p50: 50, p99: 100 }

export interface InboxResult {
  /** Each event that was taken is in, once. */
  isWhole: boolean
  isQuick: boolean
}

export async function measureInbox(options: InboxOptions): Promise<InboxResult> {
  const { folder, seconds, perSecond, senders, kill, print } = options
  const machine = describeMachine()
  const database = await startPostgres(folder, { shared_buffers: '256MB' }, { persistent: true })
  await database.server.createDatabase('inbox')
  const databaseUrl = `${database.url}/inbox`
  const config = join(folder, 'inbox.yaml')
  writeFileSync(config, `sources:\n  - { id: elastic, type: elastic, webhook: { token: '\${HOOK_TOKEN}' } }\n`)
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const serving = { child: await serve(folder, databaseUrl, config, port, url), peakMb: 0, processorSeconds: 0 }
  const run = `r${Date.now().toString(36)}`
  const each = Array.from({ length: senders }, (_, sender) => sender)
  const disturbing = kill ? disturb() : Promise.resolve()
  const startedAt = performance.now()
  const all = await Promise.all(
    Array.from({ length: processes }, (_, index) =>
      post({
        url,
        run,
        senders: each.filter((sender) => sender % processes === index),
        perSecond: perSecond / senders,
        seconds,
        mostSeconds: seconds * 3 + 30,
      }),
    ),
  )
  const sendingSeconds = (performance.now() - startedAt) / 1000
  await disturbing
  note()
  const drained = await drain(databaseUrl)
  note()
  const isStored = await check()
  serving.child.kill('SIGTERM')
  await once(serving.child, 'exit')
  await database.server.stop()
  return isStored

  async function disturb(): Promise<void> {
    await sleep((seconds * 1000) / 3)
    note()
    serving.child.kill('SIGKILL')
    await once(serving.child, 'exit')
    serving.child = await serve(folder, databaseUrl, config, port, url)
    await sleep((seconds * 1000) / 3)
    await database.server.stop()
    await database.server.start()
  }

  /** What the system knows of the serving process ends with it. */
  function note(): void {
    serving.peakMb = Math.max(serving.peakMb, peakOf(serving.child.pid))
    serving.processorSeconds = Math.max(serving.processorSeconds, processorOf(serving.child.pid))
  }

  async function check(): Promise<InboxResult> {
    const taken = sum(all.map((one) => one.taken))
    const lost = sum(all.map((one) => one.lost))
    const refusals = all
      .flatMap((one) => Object.entries(one.refusals))
      .reduce<Record<string, number>>((sums, [why, count]) => {
        sums[why] = (sums[why] ?? 0) + count
        return sums
      }, {})
    const stored = await storedIn(databaseUrl, run)
    const expected = { deliveries: taken, incidents: Math.ceil(seconds * (perSecond / senders) * 0.5) * senders }
    const answers = all.flatMap((one) => one.answers).sort((a, b) => a - b)
    const delays = all.flatMap((one) => one.delays).sort((a, b) => a - b)
    const [p50, p99] = [quantile(answers, 0.5), quantile(answers, 0.99)]
    print(`${machine}`)
    print(
      `${taken} events taken of ${seconds * perSecond} in ${sendingSeconds.toFixed(1)} s (${Math.round(taken / sendingSeconds)}/s), ${lost} given up`,
    )
    print(
      `answer: p50 ${p50} ms, p99 ${p99} ms, most ${answers.at(-1)} ms; since due: p50 ${quantile(delays, 0.5)} ms, p99 ${quantile(delays, 0.99)} ms`,
    )
    print(`sent again: ${JSON.stringify(refusals)}`)
    print(
      `read after ${drained === null ? `more than ${drainSeconds}` : drained.toFixed(1)} s more; in the inbox ${stored.deliveries}, done ${stored.done}; incidents ${stored.incidents}, over ${stored.over}`,
    )
    print(`server: ${serving.processorSeconds.toFixed(1)} s of the processor, ${Math.round(serving.peakMb)} MB at most`)
    const isWhole =
      lost === 0 &&
      taken === seconds * perSecond &&
      stored.deliveries === expected.deliveries &&
      stored.done === expected.deliveries &&
      stored.incidents === expected.incidents &&
      stored.derived === expected.incidents &&
      stored.over === expected.incidents
    print(isWhole ? 'Each event that was taken is in, once.' : `NOT what was taken: ${JSON.stringify({ expected, stored })}`)
    const isQuick = p50 < targets.p50 && p99 < targets.p99
    if (!kill) print(`p50 under ${targets.p50} ms and p99 under ${targets.p99} ms: ${isQuick ? 'met' : 'missed'}`)
    return { isWhole, isQuick }
  }
}

function quantile(sorted: number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
}

function sum(values: number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

async function post(sending: Sending): Promise<Sent> {
  const child = spawn(process.execPath, ['--import', 'tsx', program, JSON.stringify(sending)], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  // A message that is long may come after the exit.
  const exit = once(child, 'exit').then(async ([code]) => {
    if (code === 0) await sleep(10_000)
    throw new Error(`the sending process ended with ${code}`)
  })
  const [message] = await Promise.race([once(child, 'message'), exit])
  exit.catch(() => {})
  return message as Sent
}

/** As people start it, with its log in a file. */
async function serve(folder: string, databaseUrl: string, config: string, port: number, url: string): Promise<ChildProcess> {
  const log = openSync(join(folder, 'serve.log'), 'a')
  const profile = process.env.BENCH_PROFILE ? ['--cpu-prof', `--cpu-prof-dir=${process.env.BENCH_PROFILE}`] : []
  const child = spawn(
    process.execPath,
    [...flagsOf('start'), ...profile, '--import', 'tsx', cli, 'serve', '--config', config, '--port', String(port)],
    { stdio: ['ignore', log, log], env: { ...process.env, DATABASE_URL: databaseUrl, LOG_LEVEL: 'info', HOOK_TOKEN: hookToken } },
  )
  for (let tries = 0; tries < 600; tries++) {
    if (child.exitCode !== null) throw new Error(`serve ended with ${child.exitCode}; see ${folder}/serve.log`)
    const answer = await fetch(`${url}/readyz`).catch(() => null)
    if (answer?.ok) return child
    await sleep(50)
  }
  throw new Error('serve does not listen')
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}

/** Seconds until nothing waits; null: it took too long. */
async function drain(databaseUrl: string): Promise<number | null> {
  const startedAt = performance.now()
  const client = postgres(databaseUrl, { max: 1, onnotice() {} })
  try {
    while (performance.now() - startedAt < drainSeconds * 1000) {
      const [row] = await client`select count(*)::int as waiting from inbox where done_at is null`
      if (row?.waiting === 0) return (performance.now() - startedAt) / 1000
      await sleep(200)
    }
    return null
  } finally {
    await client.end()
  }
}

async function storedIn(databaseUrl: string, run: string) {
  const client = postgres(databaseUrl, { max: 1, onnotice() {} })
  try {
    const [inbox] = await client`select count(*)::int as deliveries, count(done_at)::int as done from inbox`
    const [facts] = await client`select count(*)::int as incidents, count(*) filter (where body like '%"resolvedAt"%')::int as over
      from facts where kind = 'incident' and source = 'elastic' and id like ${`${run}-%`}`
    const [derived] = await client`select count(*)::int as derived from incidents where source = 'elastic'`
    return { ...inbox, ...facts, ...derived } as { deliveries: number; done: number; incidents: number; over: number; derived: number }
  } finally {
    await client.end()
  }
}
