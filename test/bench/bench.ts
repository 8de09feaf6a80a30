/** `npm run bench`: figures of this machine beside a plain baseline. `--repo PATH` takes a repository of one's own; `--crash` kills 20 collections. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { makeRepository } from '../crash/repository.ts'
import { crashRounds } from './crash-rounds.ts'
import { measureCommands } from './measure-commands.ts'
import { measureStores } from './measure-stores.ts'

export interface Figure {
  name: string
  value: number
  unit: 's' | 'ms' | 'MB' | 'rows/s'
  /** Beside the first figure of its group. */
  ratio?: number
}

const usage = `npm run bench -- [--repo PATH] [--crash]
  --repo PATH  measure on this repository instead of a made one
  --crash      kill 20 collections, and see that nothing is lost
`

function readArguments() {
  try {
    return parseArgs({
      options: { crash: { type: 'boolean', default: false }, repo: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
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
try {
  if (values.crash) process.exitCode = (await crashRounds(folder, 20, print)) ? 0 : 1
  else await measure(values.repo)
} finally {
  rmSync(folder, { recursive: true, force: true })
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
