/** The server as a user starts it, on a database of the benchmark. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { flagsOf } from '../flags-of.ts'
import { addressOf } from '../measure-commands.ts'
import { peakOf } from '../watched.ts'
import { cli } from './prepare.ts'

export interface Serving {
  url: string
  /** Of the serving process so far, in MB. */
  peakMb(): number
  isRunning(): boolean
  stop(): Promise<void>
}

export async function serve(databaseUrl: string, config: string): Promise<Serving> {
  const child: ChildProcess = spawn(
    process.execPath,
    [...flagsOf('start', databaseUrl), '--import', 'tsx', cli, 'serve', '--config', config, '--port', '0'],
    { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, DATABASE_URL: databaseUrl, LOG_LEVEL: 'warn' } },
  )
  const exit = once(child, 'exit')
  const url = await addressOf(child)
  let peakMb = 0
  const sample = () => {
    peakMb = Math.max(peakMb, peakOf(child.pid))
    return peakMb
  }
  // One that ends by itself has been seen before.
  const sampling = setInterval(sample, 500)
  child.once('exit', () => clearInterval(sampling))
  return {
    url,
    peakMb: sample,
    isRunning: () => child.exitCode === null && child.signalCode === null,
    async stop() {
      child.kill('SIGTERM')
      await exit
    },
  }
}
