/** Builds the pages where they are missing or older than their sources. */
import { spawn } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { ShiplogError } from '../errors.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const sources = ['web', 'vite.config.ts', 'package-lock.json', 'server/metrics/answer.ts']

export const webDir = path.join(root, 'dist', 'web')

export function webIsBuilt(): boolean {
  return existsSync(path.join(webDir, 'index.html'))
}

/** In a process of its own, whose memory goes with it; `stop` ends it early. Throws ShiplogError `unavailable` where the build fails. */
export async function buildWebIfNeeded(note: (text: string) => void, stop: AbortSignal): Promise<void> {
  if (webIsBuilt() && statSync(path.join(webDir, 'index.html')).mtimeMs >= newestSource()) return
  const vite = path.join(root, 'node_modules', 'vite', 'bin', 'vite.js')
  if (!existsSync(vite)) {
    if (webIsBuilt()) return
    throw new ShiplogError('unavailable', `The pages are not built, and what builds them is not installed. Run \`npm ci\` in ${root}.`)
  }
  note('Building the pages (once, and after each change of them) ...')
  let said = ''
  const child = spawn(process.execPath, [vite, 'build', '--logLevel', 'warn'], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (said += text))
  const end = () => void child.kill()
  stop.addEventListener('abort', end)
  if (stop.aborted) end()
  const code = await new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve))
  stop.removeEventListener('abort', end)
  if (stop.aborted) return
  if (code !== 0) throw new ShiplogError('unavailable', `The pages could not be built:\n${said.trim().slice(-4000)}`)
}

/** Milliseconds since the epoch. */
function newestSource(): number {
  return Math.max(...sources.map((source) => newestIn(path.join(root, source))))
}

function newestIn(at: string): number {
  const stat = statSync(at, { throwIfNoEntry: false })
  if (stat === undefined) return 0
  if (!stat.isDirectory()) return stat.mtimeMs
  return Math.max(stat.mtimeMs, ...readdirSync(at).map((name) => newestIn(path.join(at, name))))
}
