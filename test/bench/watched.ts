/** A process whose time and peak of memory are measured. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'

export interface Watched {
  seconds: number
  /** Of the processor, its children included; 0 where the system does not tell. */
  processorSeconds: number
  /** Largest resident size of the process itself; 0 where the system does not tell. */
  peakMb: number
  output: string
  /** What it wrote to stderr. */
  said: string
}

export interface WatchOptions {
  /** Of node itself. */
  flags?: string[]
  /** Beside those of this process. */
  env?: Record<string, string>
}

const pollMs = 20

/** Runs `node --import tsx` with these arguments to its end; throws where that is no success. */
export async function watch(args: string[], { flags = [], env = {} }: WatchOptions = {}): Promise<Watched> {
  const startedAt = performance.now()
  const child = spawn(process.execPath, [...flags, '--import', 'tsx', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  })
  let output = ''
  let errors = ''
  child.stdout.on('data', (chunk) => {
    output += chunk
  })
  child.stderr.on('data', (chunk) => {
    errors += chunk
  })
  let peakMb = 0
  let processorSeconds = 0
  const poll = setInterval(() => {
    peakMb = Math.max(peakMb, peakOf(child.pid))
    processorSeconds = Math.max(processorSeconds, processorOf(child.pid))
  }, pollMs)
  const [code] = await once(child, 'close')
  clearInterval(poll)
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}: ${errors}`)
  return { seconds: (performance.now() - startedAt) / 1000, processorSeconds, peakMb, output, said: errors }
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

/** Seconds of the processor, those of ended children included, from Linux's /proc, which counts hundredths; elsewhere 0. */
export function processorOf(pid: number | undefined): number {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / 100
  } catch {
    return 0
  }
}
