/** Makes a real git repository of a given size, the same each time for a seed: merges, reverts, release tags. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'

export interface Size {
  commits: number
  tags: number
  seed: number
}

const start = Date.UTC(2024, 0, 1) / 1000
const secondsApart = 3000

/** Numbers from 0 to below 1 that depend on the seed only. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

/** Creates a bare repository in the folder. */
export async function makeRepository(dir: string, size: Size): Promise<void> {
  mkdirSync(dir, { recursive: true })
  await git(dir, ['init', '--quiet', '--bare', '--initial-branch=main', '.'])
  await git(dir, ['fast-import', '--quiet'], streamOf(size))
}

/** The stream of git fast-import: most commits on main, some on side branches that are merged a few commits later. */
function* streamOf({ commits, tags, seed }: Size): Generator<string> {
  const random = seeded(seed)
  let side: { mark: number; merge: number } | null = null
  let main = 0
  for (let mark = 1; mark <= commits; mark++) {
    const at = start + mark * secondsApart
    const onSide = side !== null && mark < side.merge && random() < 0.5
    const merging = side !== null && mark === side.merge
    const message = random() < 0.03 ? 'hotfix: mend the checkout' : `Change number ${mark}`
    yield `commit refs/heads/${onSide ? 'side' : 'main'}\nmark :${mark}\n`
    yield `author Author ${mark % 17} <a${mark % 17}@example.com> ${at - Math.floor(random() * 90_000)} +0000\n`
    yield `committer Committer <c@example.com> ${at} +0000\ndata ${message.length}\n${message}\n`
    const parent: number = onSide && side ? side.mark : main
    if (parent > 0) yield `from :${parent}\n`
    if (merging && side) yield `merge :${side.mark}\n`
    yield `M 100644 inline file\ndata ${String(mark).length}\n${mark}\n\n`
    if (onSide && side) side.mark = mark
    else main = mark
    if (merging) side = null
    if (side === null && random() < 0.1 && mark + 12 < commits) side = { mark: main, merge: mark + 4 + Math.floor(random() * 8) }
  }
  for (let n = 1; n <= tags; n++) {
    const mark = Math.floor((n / tags) * commits)
    const text = `Release ${n}`
    yield `tag v1.${n}.0\nfrom :${mark}\ntagger Committer <c@example.com> ${start + mark * secondsApart + 600} +0000\ndata ${text.length}\n${text}\n`
  }
}

async function git(cwd: string, args: string[], input?: Iterable<string>): Promise<void> {
  const child = spawn('git', args, { cwd, stdio: ['pipe', 'ignore', 'inherit'], env: { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null' } })
  const ended = once(child, 'exit')
  let chunk = ''
  for (const part of input ?? []) {
    chunk += part
    if (chunk.length < 1 << 16) continue
    if (!child.stdin.write(chunk)) await once(child.stdin, 'drain')
    chunk = ''
  }
  child.stdin.end(chunk)
  const [code] = await ended
  if (code !== 0) throw new Error(`git ${args[0]} ended with ${code}`)
}
