import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { holderOf, lockFolder } from '../../server/store/folder-lock.ts'

const child = fileURLToPath(new URL('folder-lock-child.ts', import.meta.url))
const children: ChildProcess[] = []
let dir: string

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'shiplog-lock-'))
})

afterEach(async () => {
  for (const process of children.splice(0)) await kill(process)
  rmSync(dir, { recursive: true, force: true })
})

async function holdInChild(url = ''): Promise<ChildProcess & { pid: number }> {
  const process_ = spawn(process.execPath, ['--import', 'tsx', child, dir, url], { stdio: ['ignore', 'pipe', 'inherit'] })
  children.push(process_)
  await once(process_.stdout, 'data')
  return process_ as ChildProcess & { pid: number }
}

async function kill(process: ChildProcess): Promise<void> {
  if (process.exitCode !== null || process.signalCode !== null) return
  process.kill('SIGKILL')
  await once(process, 'exit')
}

test('one process has the folder, and a second is refused with its address and what to do', async () => {
  const { pid } = await holdInChild('http://127.0.0.1:4400')
  const refused = await lockFolder(dir).catch((error) => error)
  expect(refused).toMatchObject({ code: 'conflict', details: { pid, url: 'http://127.0.0.1:4400' } })
  expect(refused.message).toContain(`process ${pid}`)
  expect(refused.message).toContain('http://127.0.0.1:4400')
  expect(refused.message).toContain('DATABASE_URL')
  expect(holderOf(dir)).toMatchObject({ pid, url: 'http://127.0.0.1:4400' })
})

test('a holder without a server is named without an address', async () => {
  const { pid } = await holdInChild()
  await expect(lockFolder(dir)).rejects.toThrow(new RegExp(`process ${pid}, since .*Wait until it ends, or stop it first`))
  expect(holderOf(dir)).toMatchObject({ pid, url: null })
})

test('kill -9 releases it, and what the killed process wrote counts for nothing', async () => {
  const holder = await holdInChild('http://127.0.0.1:4400')
  await kill(holder)
  expect(holderOf(dir)).toBeNull()
  const lock = await lockFolder(dir)
  expect(holderOf(dir)).toMatchObject({ pid: process.pid, url: null })
  await lock.release()
})

test('a second store of the same process is refused too', async () => {
  const lock = await lockFolder(dir)
  await expect(lockFolder(dir)).rejects.toMatchObject({ code: 'conflict', details: { pid: process.pid } })
  expect(holderOf(dir)?.pid).toBe(process.pid)
  await lock.release()
})

test('released, it is free for the next; releasing or announcing again changes nothing', async () => {
  const first = await lockFolder(dir)
  await first.announce('http://127.0.0.1:1')
  await first.release()
  await first.release()
  await first.announce('http://127.0.0.1:1')
  expect(holderOf(dir)).toBeNull()
  const second = await lockFolder(dir)
  expect(holderOf(dir)?.url).toBeNull()
  await second.release()
})

test('it creates the folder for its owner alone', async () => {
  const deep = join(dir, 'a', 'b')
  const lock = await lockFolder(deep)
  expect(statSync(deep).mode & 0o777).toBe(0o700)
  expect(statSync(join(deep, 'lock')).mode & 0o777).toBe(0o600)
  await lock.release()
})

test('a folder that nobody ever opened has no holder', () => {
  expect(holderOf(join(dir, 'missing'))).toBeNull()
})

test('a holder whose text is damaged still holds', async () => {
  const lock = await lockFolder(dir)
  writeFileSync(join(dir, 'lock'), '{"pid":')
  await expect(lockFolder(dir)).rejects.toThrow('in use by another process')
  expect(holderOf(dir)).toMatchObject({ url: null })
  await lock.release()
})
