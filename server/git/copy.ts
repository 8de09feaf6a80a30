/** Keeps a bare copy of a repository behind an address: commits and tags alone, without files. */
import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { SourceError } from '../errors.ts'
import type { Context } from '../sources/source.ts'
import { type Repository, refuseShallow, resolveGitDir } from './client.ts'
import type { Place } from './git-failure.ts'
import { type GitRun, readGit, streamGit } from './run-git.ts'

export interface Remote {
  url: string
  token?: string
  /** The files that commits changed are read too. */
  files?: boolean
}

/** Copies being made by this process, so that clearing away leftovers spares them. */
const making = new Set<string>()

export function remotePlace(remote: Remote): Place {
  return { name: remote.url.replace(/^(\w+:\/\/)[^/@]*@/, '$1'), kind: 'url', token: remote.token !== undefined }
}

/** In a copy that holds the names of files beside commits; what is fetched into it goes on holding them. */
const filesMark = 'shiplog-files'

export function copyFolder(dataDir: string): string {
  return path.join(dataDir, 'copy.git')
}

/** The copy, brought up to date; made first where there is none, or one that is no repository. Throws GitFailure. */
export async function updateCopy(remote: Remote, ctx: Context): Promise<Repository> {
  await mkdir(ctx.dataDir, { recursive: true })
  await clearLeftovers(ctx.dataDir)
  const head = await readRemoteHead(remote, ctx)
  const folder = copyFolder(ctx.dataDir)
  const isMissing = (await resolveGitDir(folder, ctx.signal)) === null
  if (isMissing || (remote.files && !holdsFiles(folder))) {
    await rm(folder, { recursive: true, force: true })
    await makeCopy(remote, head, folder, ctx)
  } else {
    await removeLocks(folder)
    await fetchInto(folder, remote, head, ctx)
    await joinPacks(folder, ctx)
  }
  try {
    return await openCopy(remote, ctx)
  } catch (error) {
    // It would stay cut off when the server no longer is.
    if (error instanceof SourceError) await removeCopy(ctx)
    throw error
  }
}

/** The copy as it is. Throws SourceError where its history is cut off. */
export async function openCopy(remote: Remote, ctx: Context): Promise<Repository> {
  const repository = { gitDir: copyFolder(ctx.dataDir), place: remotePlace(remote), signal: ctx.signal }
  await refuseShallow(repository, 'Run `git fetch --unshallow` in that repository, then collect again.')
  return repository
}

export async function hasCopy(ctx: Context): Promise<boolean> {
  return (await resolveGitDir(copyFolder(ctx.dataDir), ctx.signal)) !== null
}

export async function removeCopy(ctx: Context): Promise<void> {
  await rm(copyFolder(ctx.dataDir), { recursive: true, force: true })
}

interface RemoteHead {
  /** Null where HEAD names no branch. */
  ref: string | null
  sha: string | null
}

async function readRemoteHead(remote: Remote, ctx: Context): Promise<RemoteHead> {
  const output = await readGit({ ...access(remote, ctx), args: ['ls-remote', '--symref', 'origin', 'HEAD'], stallSeconds: 120 })
  const text = output.toString('utf8')
  const ref = /^ref: (refs\/heads\/\S+)\tHEAD$/m.exec(text)?.[1] ?? null
  return { ref, sha: /^([0-9a-f]{40,64})\tHEAD$/m.exec(text)?.[1] ?? null }
}

/** Made under another name and renamed once it is whole, so that a copy cut short is never taken for one. */
async function makeCopy(remote: Remote, head: RemoteHead, folder: string, ctx: Context): Promise<void> {
  const name = `incoming-${process.pid}-${randomUUID()}`
  const incoming = path.join(ctx.dataDir, name)
  making.add(name)
  try {
    const format = head.sha?.length === 64 ? ['--object-format=sha256'] : []
    await readGit({ args: ['init', '--quiet', '--bare', '--template=', ...format, incoming], gitDir: incoming, signal: ctx.signal })
    if (remote.files) await writeFile(path.join(incoming, filesMark), '')
    await fetchInto(incoming, remote, head, ctx)
    await rename(incoming, folder)
  } finally {
    making.delete(name)
    await rm(incoming, { recursive: true, force: true })
  }
}

function holdsFiles(gitDir: string): boolean {
  return existsSync(path.join(gitDir, filesMark))
}

async function fetchInto(gitDir: string, remote: Remote, head: RemoteHead, ctx: Context): Promise<void> {
  const detached = head.ref === null && head.sha !== null
  const args = ['fetch', '--progress', '--prune', '--force', '--no-tags', '--no-auto-maintenance', '--no-write-fetch-head']
  // Without it a server whose history is cut off would look like an empty one.
  args.push('--update-shallow')
  // Only commits and tags are read, and names of files where they are asked for; without trees a copy takes a third of the room and a fifth of the time.
  args.push('--no-recurse-submodules', `--filter=${holdsFiles(gitDir) ? 'blob:none' : 'tree:0'}`, 'origin')
  args.push('+refs/heads/*:refs/heads/*', '+refs/tags/*:refs/tags/*')
  if (detached) args.push('+HEAD:refs/shiplog/head')
  const onLine = (line: string) => {
    const [, done, total] = /^Receiving objects:\s+\d+% \((\d+)\/(\d+)\)/.exec(line) ?? []
    if (done !== undefined) ctx.progress({ step: 'receiving objects', done: Number(done), total: Number(total) })
  }
  for await (const _ of streamGit({ ...access(remote, ctx), args, gitDir, stallSeconds: 300, onLine }));
  if (head.ref !== null) await readGit({ args: ['symbolic-ref', 'HEAD', head.ref], gitDir, signal: ctx.signal })
  else if (head.sha !== null) await readGit({ args: ['update-ref', '--no-deref', 'HEAD', head.sha], gitDir, signal: ctx.signal })
}

/** What a run needs to reach the server. The token goes in a header for that server alone, never in an argument, an address or a file. */
function access({ url, token }: Remote, ctx: Context): Omit<GitRun, 'args'> {
  const transport = transportOf(url)
  const config: [string, string][] = [['remote.origin.url', url]]
  const secrets: string[] = []
  if (token !== undefined) {
    const basic = Buffer.from(`${/^https:\/\/([^/@:]+)@/.exec(url)?.[1] ?? 'x-access-token'}:${token}`).toString('base64')
    secrets.push(token, basic)
    // An address that a server redirects to would be sent the header too.
    config.push([`http.${new URL(url).origin}/.extraHeader`, `Authorization: Basic ${basic}`], ['http.followRedirects', 'false'])
  }
  return { transport, config, secrets, signal: ctx.signal }
}

/** Unprotected http serves servers on this machine alone. */
function transportOf(url: string): NonNullable<GitRun['transport']> {
  if (/^http:\/\/(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?\//.test(url)) return 'http'
  if (url.startsWith('https:')) return 'https'
  return url.startsWith('file:') ? 'file' : 'ssh'
}

/** Each fetch adds a pack; many of them slow every reading down. */
async function joinPacks(gitDir: string, ctx: Context): Promise<void> {
  const packs = (await readdir(path.join(gitDir, 'objects', 'pack')).catch(() => [])).filter((name) => name.endsWith('.pack'))
  if (packs.length <= 50) return
  await readGit({ args: ['repack', '-a', '-d', '-q', '--no-write-bitmap-index'], gitDir, signal: ctx.signal })
}

/** Locks that a killed git left behind: one run at a time uses the copy, so nobody holds them. */
async function removeLocks(folder: string): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  for (const entry of entries) {
    const temporary = entry.name.endsWith('.lock') || entry.name.startsWith('tmp_')
    if (entry.isFile() && temporary) await rm(path.join(entry.parentPath, entry.name), { force: true })
  }
}

async function clearLeftovers(dataDir: string): Promise<void> {
  for (const name of await readdir(dataDir)) {
    const pid = /^incoming-(\d+)-/.exec(name)?.[1]
    if (pid === undefined || making.has(name)) continue
    if (Number(pid) !== process.pid && isAlive(Number(pid))) continue
    await rm(path.join(dataDir, name), { recursive: true, force: true })
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
