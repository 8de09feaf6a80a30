/** A process whose time and peak of memory are measured. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'

export interface Watched {
  seconds: number
  /** Largest resident size of the process itself; 0 where the system does not tell. */
  peakMb: number
  output: string
}

const pollMs = 20

/** Runs `node --import tsx` with these arguments to its end; throws where that is no success. */
export async function watch(args: string[]): Promise<Watched> {
  const startedAt = performance.now()
  const child = spawn(process.execPath, ['--import', 'tsx', ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  let errors = ''
  child.stdout.on('data', (chunk) => {
    output += chunk
  })
  child.stderr.on('data', (chunk) => {
    errors += chunk
  })
  let peakMb = 0
  const poll = setInterval(() => {
    peakMb = Math.max(peakMb, peakOf(child.pid))
  }, pollMs)
  const [code] = await once(child, 'close')
  clearInterval(poll)
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}: ${errors}`)
  return { seconds: (performance.now() - startedAt) / 1000, peakMb, output }
}

/** In MB, from Linux's /proc; elsewhere 0. */
export function peakOf(pid: number | undefined): number {
  try {
    const [, kilobytes] = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
    return Number(kilobytes ?? 0) / 1024
  } catch {
    return 0
  }
}
