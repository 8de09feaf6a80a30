/** Runs the command line as a person would: a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const cli = fileURLToPath(new URL('../../server/cli.ts', import.meta.url))
const tsx = import.meta.resolve('tsx')

export interface Finished {
  code: number | null
  out: string
  err: string
}

export interface Started {
  process: ChildProcess
  /** Resolves when stderr holds the text, with all of it so far; rejects when the process ends without. */
  said(pattern: RegExp): Promise<string>
  finished: Promise<Finished>
}

interface Options {
  env?: Record<string, string>
  cwd: string
  input?: string
}

export function startCli(args: string[], options: Options): Started {
  return startProgram(process.execPath, ['--import', tsx, cli, ...args], options)
}

/** The environment is only what is given, and the PATH. */
export function startProgram(program: string, args: string[], options: Options): Started {
  const env = { PATH: process.env.PATH ?? '', HOME: options.cwd, ...options.env }
  const child = spawn(program, args, { cwd: options.cwd, env, stdio: ['pipe', 'pipe', 'pipe'] })
  let out = ''
  let err = ''
  const waiting = new Set<() => void>()
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text
    for (const check of waiting) check()
  })
  child.stdin.on('error', () => {
    // A process that ended early reads nothing.
  })
  child.stdin.end(options.input ?? '')
  const finished = new Promise<Finished>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, out, err }))
  })
  return {
    process: child,
    finished,
    said(pattern) {
      return new Promise((resolve, reject) => {
        const check = () => {
          if (!pattern.test(err)) return
          waiting.delete(check)
          resolve(err)
        }
        waiting.add(check)
        check()
        void finished.then(({ code }) => reject(new Error(`ended with ${code} before it said ${pattern}: ${err}`)))
      })
    },
  }
}

export function runCli(args: string[], options: Options): Promise<Finished> {
  return startCli(args, options).finished
}
