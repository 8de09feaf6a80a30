/**
 * `npm run bench`: figures of this machine beside a plain baseline. `--repo PATH` takes a repository of one's own, `--crash` kills 20
 * collections; `--github` does the same with a fake of GitHub, into one of the stores by `--store`.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { makeRepository } from '../crash/repository.ts'
import { storeKinds } from '../support/places.ts'
import { crashGithubRounds, crashRounds } from './crash-rounds.ts'
import { measureInbox } from './inbox/measure-inbox.ts'
import { measureCommands } from './measure-commands.ts'
import { measureGithub } from './measure-github.ts'
import { measureStores } from './measure-stores.ts'
import { keepScale, measureScale } from './scale/measure-scale.ts'

export interface Figure {
  name: string
  value: number
  unit: 's' | 'ms' | 'MB' | 'rows/s'
  /** Beside the first figure of its group. */
  ratio?: number
}

const usage = `npm run bench -- [--repo PATH] [--crash] [--github] [--store NAME]
  --repo PATH  measure on this repository instead of a made one
  --crash      kill 20 collections, and see that nothing is lost
  --github     the same with a fake of GitHub that is collected
  --store NAME only this store

npm run bench -- --inbox [--seconds N] [--rate N] [--senders N] [--crash]
  --inbox      deliveries at a steady rate (1,000 a second for 60 s from 50 senders) into PostgreSQL: exit code 1 where answers are
               slow, or one that was taken is not in, once
  --crash      with the server killed and the database restarted meanwhile; only what is lost counts

npm run bench -- --scale N [--keep] [--database URL] [--json] [--ratios]
  --scale N       an organisation N times as large as 5,000 services with 10 million changes, beside one a tenth of that:
                  exit code 1 where a target is missed
  --keep          only load it, say where it is, and leave it until this process is told to stop
  --database URL  measure on one that --keep left, of the same scale; without a rebuild, and without one a tenth as large
  --json          the table for a program
  --ratios        only ratios must be met: they do not depend on the machine
`

function readArguments() {
  try {
    return parseArgs({
      options: {
        crash: { type: 'boolean', default: false },
        inbox: { type: 'boolean', default: false },
        seconds: { type: 'string', default: '60' },
        rate: { type: 'string', default: '1000' },
        senders: { type: 'string', default: '50' },
        github: { type: 'boolean', default: false },
        store: { type: 'string' },
        repo: { type: 'string' },
        scale: { type: 'string' },
        keep: { type: 'boolean', default: false },
        database: { type: 'string' },
        json: { type: 'boolean', default: false },
        ratios: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h' },
      },
    }).values
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n${usage}`)
    return process.exit(2)
  }
}

const values = readArguments()
if (values.help) {
  print(usage.trimEnd())
  process.exit(0)
}
const folder = mkdtempSync(join(tmpdir(), 'shiplog-bench-'))
// Also where a signal ends the process: the package of PostgreSQL stops its servers and exits.
process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
const isGood = await run()
// Not `exitCode`: that package ends the process with 0 whatever it says.
process.exit(isGood ? 0 : 1)

async function run(): Promise<boolean> {
  if (values.scale !== undefined) {
    const { database, json, ratios } = values
    const options = { folder, scale: scaleOf(values.scale), database, json, ratios, print, note }
    if (!values.keep) return measureScale(options)
    await keepScale(options)
    return true
  }
  if (values.inbox) {
    const [seconds = 60, perSecond = 1000, senders = 50] = [values.seconds, values.rate, values.senders].map(Number)
    const { isWhole, isQuick } = await measureInbox({ folder, seconds, perSecond, senders, kill: values.crash, print })
    return isWhole && (isQuick || values.crash)
  }
  if (values.crash) return (values.github ? crashGithubRounds : crashRounds)({ folder, rounds: 20, print })
  if (values.github) return measureOrganisations()
  await measure(values.repo)
  return true
}

function scaleOf(text: string): number {
  const scale = Number(text)
  if (scale >= 0.001 && scale <= 10) return scale
  process.stderr.write(`--scale must be a number from 0.001 to 10, and is ${text}\n${usage}`)
  return process.exit(2)
}

/** One as large as they come, and a tenth of it with real git repositories. */
async function measureOrganisations(): Promise<boolean> {
  const large = { repositories: 300, pulls: 68_000, deployments: 36_000, incidents: 1800 }
  const small = { repositories: 30, pulls: 6800, deployments: 3600, incidents: 180 }
  const stores = storeKinds.filter((kind) => values.store === undefined || kind === values.store)
  const isSmall = await measureGithub(folder, { ...small, git: true }, stores, print)
  return (await measureGithub(folder, { ...large, git: false }, stores, print)) && isSmall
}

async function measure(repo: string | undefined): Promise<void> {
  const repository = repo === undefined ? join(folder, 'shop.git') : resolve(repo)
  if (repo === undefined) await makeRepository(repository, { commits: 30_000, tags: 200, seed: 1 })
  for await (const figure of measureCommands(folder, repository)) print(line(figure))
  for await (const figure of measureStores(folder, repository)) print(line(figure))
}

function line({ name, value, unit, ratio }: Figure): string {
  const text = value.toLocaleString('en', { maximumFractionDigits: unit === 's' ? 2 : 0 })
  return `${name.padEnd(58)} ${text.padStart(9)} ${unit.padEnd(6)} ${ratio === undefined ? '' : `${ratio.toFixed(2)} x`}`.trimEnd()
}

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}

function note(text: string): void {
  process.stderr.write(`${text}\n`)
}
