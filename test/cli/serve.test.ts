/** How a server ends: told by a signal, whenever it comes and through npm too. */
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { startCli, startProgram } from './run-cli.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
let folder = ''

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'shiplog-serve-'))
  writeFileSync(path.join(folder, 'shiplog.yaml'), 'sources: []\n')
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const config = () => path.join(folder, 'shiplog.yaml')

describe('SIGTERM', { timeout: 180_000 }, () => {
  it.each(['start', 'shiplog'])('to `npm run %s` drains and ends with 0, and leaves no server behind', async (script) => {
    const data = path.join(folder, script)
    const command = script === 'shiplog' ? ['serve'] : []
    const args = ['run', '--silent', script, '--', ...command, '--port', '0', '--config', config(), '--data', data]
    const npm = startProgram('npm', args, { cwd: root, env: { HOME: folder, LOG_LEVEL: 'silent' } })
    const said = await npm.said(/^Shiplog is at .*; no source is configured/m)
    const url = /http:\/\/[\d.]+:\d+/.exec(said)?.[0]
    expect((await fetch(`${url}/readyz`)).status).toBe(200)
    npm.process.kill('SIGTERM')
    expect(await npm.finished).toMatchObject({ code: 0, out: '' })
    await expect(fetch(`${url}/readyz`)).rejects.toThrow()
  })

  it('before the server listens ends with 0', async () => {
    const data = path.join(folder, 'early')
    const server = startCli(['serve', '--port', '0', '--data', data], { cwd: folder, env: { LOG_LEVEL: 'info' } })
    await vi.waitFor(() => expect(existsSync(data)).toBe(true), { timeout: 60_000, interval: 5 })
    server.process.kill('SIGTERM')
    expect(await server.finished).toMatchObject({ code: 0, out: '', err: expect.stringMatching(/Stopping/) })
  })

  it('a second time ends it at once', async () => {
    const sockets: Socket[] = []
    const silent = createServer((socket) => sockets.push(socket)).listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const url = `postgres://me@127.0.0.1:${(silent.address() as AddressInfo).port}/x`
    const server = startCli(['serve', '--port', '0'], { cwd: folder, env: { DATABASE_URL: url, LOG_LEVEL: 'silent' } })
    await once(silent, 'connection')
    server.process.kill('SIGTERM')
    await server.said(/^Stopping/m)
    server.process.kill('SIGTERM')
    expect(await server.finished).toMatchObject({ code: null })
    expect(server.process.signalCode).toBe('SIGTERM')
    for (const socket of sockets) socket.destroy()
    silent.close()
  })
})

it('the scripts replace the shell that npm starts them in, which would keep a signal to itself', () => {
  const { scripts } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> }
  expect([scripts.start, scripts.shiplog]).toEqual([expect.stringMatching(/^exec node /), expect.stringMatching(/^exec node /)])
  // The shell of Windows finds this in its place.
  expect(readFileSync(path.join(root, 'exec.cmd'), 'utf8')).toMatch(/^@%\*\r$/m)
})
