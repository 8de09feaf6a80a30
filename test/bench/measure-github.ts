/** A large organisation on a fake of GitHub, collected by the program as a person runs it. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { type GithubProcess, startGithubProcess, type Tally } from '../support/github-process.ts'
import { openPlaces, type StoreKind } from '../support/places.ts'
import { flagsOf } from './flags-of.ts'
import { addressOf } from './measure-commands.ts'
import { peakOf, processorOf, watch } from './watched.ts'

export interface Organisation {
  repositories: number
  pulls: number
  deployments: number
  incidents: number
  git: boolean
}

/** Figures of one collection. */
interface Collected {
  seconds: number
  processorSeconds: number
  peakMb: number
  /** That were new or changed something. */
  facts: number
}

const day = 86_400_000
const mostMb = 400
const root = fileURLToPath(new URL('../../', import.meta.url))
const cli = join(root, 'server', 'cli.ts')

/** Whether no process was larger than it may be. */
export async function measureGithub(
  folder: string,
  { git, ...size }: Organisation,
  stores: readonly StoreKind[],
  print: (text: string) => void,
): Promise<boolean> {
  const now = Date.now()
  const gitFolder = git ? join(folder, 'git') : null
  const github = await startGithubProcess({ size: { seed: 1, ...sizeOf(size), ...period(now) }, gitFolder })
  print(`${size.repositories} repositories, ${github.merged} merged pull requests, commits by ${git ? 'git' : 'the API'}`)
  const peaks: number[] = []
  try {
    for (const kind of stores) {
      const places = await openPlaces(kind)
      try {
        for (const command of ['collect', 'serve'] as const) {
          const { databaseUrl, dataDir } = await places.next()
          const place = placeOf(join(folder, `${kind}-${command}-${git}`), dataDir, github, git)
          const env = { GITHUB_TOKEN: github.token, ...(databaseUrl === null ? {} : { DATABASE_URL: databaseUrl }) }
          const first = command === 'collect' ? await collect(place, env) : await serveUntilCollected(place, env)
          print(line(`${kind}: first ${command}`, first, await github.tally()))
          peaks.push(first.peakMb)
          if (command === 'serve') continue
          print(line(`${kind}: ${command} again`, await collect(place, env), await github.tally()))
        }
      } finally {
        await places.end()
      }
    }
  } finally {
    await github.end()
  }
  const peak = Math.max(...peaks)
  print(`The largest process had ${peak.toFixed(0)} MB; it may have ${mostMb} MB.`)
  return peak <= mostMb
}

function sizeOf({ repositories, pulls, deployments, incidents }: Omit<Organisation, 'git'>) {
  const each = (count: number) => Math.round(count / repositories)
  return {
    repositories,
    pullsPerRepository: each(pulls),
    deploymentsPerRepository: each(deployments),
    incidentsPerRepository: each(incidents),
  }
}

/** A little less than the twelve months that a first collection reads. */
function period(now: number): { from: string; to: string } {
  return { from: new Date(now - 360 * day).toISOString(), to: new Date(now).toISOString() }
}

/** The options that name the configuration and the data. */
function placeOf(folder: string, dataDir: string | null, { baseUrl }: GithubProcess, git: boolean): string[] {
  mkdirSync(folder, { recursive: true })
  const config = join(folder, 'shiplog.yaml')
  const source = `{ id: acme, type: github, owner: acme, archived: true, forks: true, baseUrl: ${baseUrl}, token: "$\{GITHUB_TOKEN}", git: ${git} }`
  writeFileSync(config, `sources:\n  - ${source}\n`)
  return ['--config', config, '--data', dataDir ?? join(folder, 'data')]
}

async function collect(place: string[], env: Record<string, string>): Promise<Collected> {
  const { said, ...figures } = await watch([cli, 'collect', ...place], { flags: flagsOf('shiplog'), env })
  const [, facts] = /: ([\d,]+) facts? new or changed/.exec(said) ?? []
  return { ...figures, facts: Number((facts ?? '0').replaceAll(',', '')) }
}

interface RunBody {
  outcome: string
  accepted: number
  durationSeconds: number | null
  error: { message: string } | null
}

/** A server begins with what was never collected. */
async function serveUntilCollected(place: string[], env: Record<string, string>): Promise<Collected> {
  const server = spawn(process.execPath, [...flagsOf('start'), '--import', 'tsx', cli, 'serve', ...place, '--port', '0'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  })
  try {
    const url = await addressOf(server)
    for (;;) {
      const run = await lastRun(url)
      if (server.exitCode !== null) throw new Error(`serve ended with ${server.exitCode}`)
      if (run?.outcome === 'succeeded') {
        const figures = { processorSeconds: processorOf(server.pid), peakMb: peakOf(server.pid) }
        return { seconds: run.durationSeconds ?? 0, ...figures, facts: run.accepted }
      }
      if (run && run.outcome !== 'running') throw new Error(`the collection ${run.outcome}: ${run.error?.message}`)
      await delay(500)
    }
  } finally {
    server.kill('SIGTERM')
    await once(server, 'exit')
  }
}

/** Null where the server was too busy to keep a connection open. */
async function lastRun(url: string): Promise<RunBody | null> {
  try {
    const answer = await fetch(`${url}/api/v1/sources/acme/runs`)
    return ((await answer.json()) as { runs: RunBody[] }).runs[0] ?? null
  } catch {
    return null
  }
}

function line(name: string, { seconds, processorSeconds, peakMb, facts }: Collected, { kinds, total, points, notModified }: Tally): string {
  const rate = facts === 0 ? '' : `, ${number(facts)} facts (${number(facts / seconds)}/s)`
  const asked = Object.entries(kinds).sort(([, a], [, b]) => b - a)
  return [
    `${name}: ${seconds.toFixed(1)} s (processor ${processorSeconds.toFixed(1)} s)${rate}, peak ${peakMb.toFixed(0)} MB`,
    `  ${number(total)} requests, ${number(points)} points, ${number(notModified)} not modified: ${asked.map(([kind, count]) => `${kind} ${number(count)}`).join(', ')}`,
  ].join('\n')
}

function number(value: number): string {
  return value.toLocaleString('en', { maximumFractionDigits: 0 })
}
