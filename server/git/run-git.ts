/** Runs git without a shell, without prompts and without anybody's configuration, and streams what it says. */
import { type ChildProcess, spawn } from 'node:child_process'
import { devNull } from 'node:os'

export interface GitRun {
  args: string[]
  /** Absent for what needs no repository. */
  gitDir?: string
  /** Configuration for this run alone; it travels in the environment, so that no secret is in an argument list. */
  config?: [key: string, value: string][]
  /** The one transport this run may use; without it none, so that a partial clone is never completed behind our back. */
  transport?: 'https' | 'http' | 'ssh' | 'file'
  input?: string
  signal: AbortSignal
  /** Words that must not appear in what is reported. */
  secrets?: string[]
  /** Ends the run after so many seconds without a sign of life. */
  stallSeconds?: number
  /** Called with each line of progress or warning. */
  onLine?(line: string): void
}

/** git ended with a fault; `output` is the end of what it said, free of secrets. */
export class GitFailure extends Error {
  readonly command: string
  readonly output: string
  readonly code: number | null

  constructor(command: string, output: string, code: number | null) {
    super(`git ${command} failed: ${output.trim() || `exit code ${code}`}`)
    this.name = 'GitFailure'
    this.command = command
    this.output = output
    this.code = code
  }
}

/** Set by a person to reach a server; every other GIT_ variable could point git elsewhere. */
const keptVariables = new Set(['GIT_SSL_CAINFO', 'GIT_SSL_CAPATH', 'GIT_EXEC_PATH', 'GIT_SSH_COMMAND'])

/** git must run as on every other machine: what a repository's own configuration could execute is off. */
const fixedConfig: [string, string][] = [
  ['core.fsmonitor', 'false'],
  ['core.hooksPath', devNull],
  ['core.alternateRefsCommand', ''],
  ['advice.graftFileDeprecated', 'false'],
  ['credential.helper', ''],
  ['gc.auto', '0'],
  ['maintenance.auto', 'false'],
  ['fetch.writeCommitGraph', 'false'],
  ['http.lowSpeedLimit', '1000'],
  ['http.lowSpeedTime', '60'],
]

const sshOptions = '-o BatchMode=yes -o ConnectTimeout=30 -o ServerAliveInterval=15 -o ServerAliveCountMax=4'

function environment(run: GitRun): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = {}
  for (const [name, value] of Object.entries(process.env)) {
    if (!name.startsWith('GIT_') || keptVariables.has(name)) env[name] = value
  }
  Object.assign(env, {
    LC_ALL: 'C',
    LANGUAGE: '',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_SYSTEM: devNull,
    GIT_CONFIG_GLOBAL: devNull,
    GIT_ATTR_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ASKPASS: '',
    SSH_ASKPASS: '',
    SSH_ASKPASS_REQUIRE: 'never',
    GIT_SSH_COMMAND: `${env.GIT_SSH_COMMAND ?? 'ssh'} ${sshOptions}`,
    GIT_OPTIONAL_LOCKS: '0',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_NO_LAZY_FETCH: '1',
    GIT_GRAFT_FILE: devNull,
    // Otherwise rev-list writes to a pipe once per commit.
    GIT_FLUSH: '0',
    GIT_ALLOW_PROTOCOL: run.transport ?? 'none',
  })
  const config = [...fixedConfig, ...(run.config ?? [])]
  env.GIT_CONFIG_COUNT = String(config.length)
  for (const [index, [key, value]] of config.entries()) {
    env[`GIT_CONFIG_KEY_${index}`] = key
    env[`GIT_CONFIG_VALUE_${index}`] = value
  }
  // A named folder is never searched upwards, and its owner does not matter: nothing in it is executed.
  env.GIT_DIR = run.gitDir ?? devNull
  return env
}

/**
 * Yields the output of git as it comes, at the reader's pace; a reader that leaves early ends git.
 * Throws GitFailure on an exit code other than 0, and the signal's reason when aborted.
 */
export async function* streamGit(run: GitRun): AsyncGenerator<Buffer> {
  run.signal.throwIfAborted()
  const command = run.args.find((argument) => !argument.startsWith('-')) ?? ''
  // What talks to a server has children of its own, so it leads a process group that can be ended as one.
  const grouped = run.transport !== undefined && process.platform !== 'win32'
  const child = spawn('git', run.args, { env: environment(run), stdio: ['pipe', 'pipe', 'pipe'], detached: grouped, windowsHide: true })
  const closed = new Promise<{ code: number | null; error?: Error }>((resolve) => {
    child.once('error', (error) => resolve({ code: null, error }))
    child.once('close', (code) => resolve({ code }))
  })
  const end = () => endChild(child, grouped)
  let stalled = false
  const timer =
    run.stallSeconds === undefined
      ? null
      : setTimeout(() => {
          stalled = true
          end()
        }, run.stallSeconds * 1000)
  let output = ''
  let line = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    timer?.refresh()
    output = (output + text).slice(-8000)
    const lines = (line + text).split(/[\r\n]+/)
    line = lines.pop()?.slice(-2000) ?? ''
    for (const one of lines) run.onLine?.(redact(one, run.secrets))
  })
  child.stdin.on('error', () => {
    // git that ended early says why on its error output.
  })
  child.stdin.end(run.input ?? '')
  run.signal.addEventListener('abort', end, { once: true })
  let done = false
  try {
    for await (const chunk of child.stdout) {
      timer?.refresh()
      yield chunk as Buffer
    }
    const { code, error } = await closed
    done = true
    run.signal.throwIfAborted()
    if (error !== undefined) throw new GitFailure(command, error.message, null)
    if (code === 0) return
    const said = stalled ? `timed out: no sign of life for ${run.stallSeconds} seconds` : withoutProgress(output)
    throw new GitFailure(command, redact(said, run.secrets), code)
  } finally {
    if (timer !== null) clearTimeout(timer)
    run.signal.removeEventListener('abort', end)
    if (!done) {
      end()
      child.stdout.destroy()
      await closed
    }
  }
}

/** The whole output of a command that says little. */
export async function readGit(run: GitRun): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of streamGit(run)) chunks.push(chunk)
  return Buffer.concat(chunks)
}

function endChild(child: ChildProcess, grouped: boolean) {
  const kill = (signal: NodeJS.Signals) => {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
    try {
      if (grouped) process.kill(-child.pid, signal)
      else child.kill(signal)
    } catch {
      // It ended by itself just now.
    }
  }
  kill('SIGTERM')
  const last = setTimeout(() => kill('SIGKILL'), 3000)
  last.unref()
  child.once('close', () => clearTimeout(last))
}

function withoutProgress(output: string): string {
  const lines = output.split('\n').map((line) => line.split('\r').at(-1) ?? '')
  return lines.filter((line) => line.trim() !== '' && !/^(?:remote: )?[A-Z][a-z]+ [a-z]+:\s+\d+/.test(line)).join('\n')
}

function redact(text: string, secrets: string[] = []): string {
  let shown = text.replaceAll('\0', '').replace(/(\w+:\/\/)[^/@\s]+@/g, '$1')
  for (const secret of secrets) shown = shown.replaceAll(secret, '***')
  return shown
}
