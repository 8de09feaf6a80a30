/** Runs a real ansible-playbook with the callback that docs/sources/ansible holds, against a real server. */
import { execFile, spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { type Running, start } from '../../server/main.ts'
import { sources } from '../../server/sources/index.ts'
import { testConfig } from '../api/open-api.ts'

const program: string = 'ansible-playbook'
const version = /ansible-playbook \[core ([\d.]+)/.exec(spawnSync(program, ['--version'], { encoding: 'utf8' }).stdout ?? '')?.[1]
if (version === undefined)
  console.info('There is no ansible-playbook here: its tests are left out. On Debian: apt-get install ansible-core.')

const secret = 'known-to-both-sides'
const commit = 'a1'.repeat(20)
const callbacks = fileURLToPath(new URL('../../docs/sources/ansible', import.meta.url))

const playbooks = {
  'deploy.yml': `
- hosts: all
  gather_facts: false
  vars:
    shiplog_version: "v{{ number }}"
    number: 1.4.0
  tasks:
    - name: put it live
      ansible.builtin.copy: { content: "{{ shiplog_version }}", dest: "{{ playbook_dir }}/live-{{ inventory_hostname }}" }
    - name: stop
      ansible.builtin.fail: { msg: "no" }
      when: broken | default(false)
    - name: may fail
      ansible.builtin.command: "false"
      ignore_errors: true
    - name: say which commit
      ansible.builtin.set_stats: { data: { shiplog_commit: "${commit}" } }
`,
  'deploy-slowly.yml': `
- hosts: all
  gather_facts: false
  tasks:
    - ansible.builtin.wait_for: { timeout: 60 }
`,
}

interface Ran {
  code: number | string | null | undefined
  output: string
  seconds: number
}

describe.runIf(version !== undefined)(`ansible-playbook ${version}`, () => {
  let folder: string
  let server: Running

  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'shiplog-ansible-'))
    for (const [name, text] of Object.entries(playbooks)) writeFileSync(path.join(folder, name), text)
    mkdirSync(path.join(folder, 'inventories/production/group_vars'), { recursive: true })
    writeFileSync(path.join(folder, 'inventories/production/hosts.yml'), 'all: { hosts: { localhost: { ansible_connection: local } } }\n')
    writeFileSync(path.join(folder, 'inventories/production/group_vars/all.yml'), 'shiplog_service: "{{ team }}-shop"\nteam: web\n')
    const options = sources.ansible?.options.parse({ webhook: { token: secret } })
    const config = testConfig({ sources: [{ id: 'ansible', type: 'ansible', options, schedule: '0 0 1 1 *' }] })
    const settings = { databaseUrl: null, dataDir: path.join(folder, 'data'), host: '127.0.0.1', port: 0, token: null, logLevel: 'silent' }
    server = await start({ config, settings, now: () => new Date(), log: pino({ level: 'silent' }), webDir: null })
  })
  afterAll(async () => {
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  function environmentOf(given: Record<string, string>): NodeJS.ProcessEnv {
    return {
      ...process.env,
      ANSIBLE_CALLBACK_PLUGINS: callbacks,
      ANSIBLE_CALLBACKS_ENABLED: 'shiplog',
      ANSIBLE_LOCALHOST_WARNING: 'false',
      ANSIBLE_NOCOLOR: '1',
      ANSIBLE_LOCAL_TEMP: path.join(folder, 'tmp'),
      PYTHONDONTWRITEBYTECODE: '1',
      SHIPLOG_HOOK_URL: `${server.url}/api/v1/hooks/ansible`,
      SHIPLOG_HOOK_TOKEN: secret,
      ...given,
    }
  }

  function play(args: string[], given: Record<string, string> = {}): Promise<Ran> {
    const began = performance.now()
    return new Promise((resolve) => {
      execFile(
        program,
        ['-i', 'inventories/production/hosts.yml', ...args],
        { cwd: folder, env: environmentOf(given) },
        (error, out, err) =>
          resolve({ code: error === null ? 0 : error.code, output: out + err, seconds: (performance.now() - began) / 1000 }),
      )
    })
  }

  type Row = Record<'service' | 'environment' | 'version' | 'commit' | 'status' | 'reason' | 'finishedAt' | 'startedAt', string | null>

  /** Those of a service that the API tells, once there are so many and none is running. */
  async function deploymentsOf(service: string, count = 1): Promise<Row[]> {
    return vi.waitFor(
      async () => {
        const response = await fetch(`${server.url}/api/v1/deployments?scope=org&limit=100`)
        const { items } = (await response.json()) as { items: Row[] }
        const found = items.filter((row) => row.service === service)
        expect(found).toHaveLength(count)
        expect(found.filter(({ status }) => status === 'running')).toEqual([])
        return found
      },
      { timeout: 20_000, interval: 100 },
    )
  }

  async function inbox(): Promise<{ pending: number; failed: number }> {
    const response = await fetch(`${server.url}/api/v1/sources`)
    return (
      ((await response.json()) as { sources: { inbox: { pending: number; failed: number } }[] }).sources[0]?.inbox ?? {
        pending: -1,
        failed: -1,
      }
    )
  }

  test('a run is a deployment of what its variables say, to where its inventory says', async () => {
    const ran = await play(['deploy.yml'])
    expect(ran).toMatchObject({ code: 0 })
    expect(ran.output).not.toContain('Shiplog')
    const [row] = await deploymentsOf('web-shop')
    expect(row).toMatchObject({ environment: 'production', version: 'v1.4.0', commit, status: 'succeeded', reason: null })
    expect(Date.parse(row?.finishedAt ?? '')).toBeGreaterThan(Date.parse(row?.startedAt ?? ''))
  })

  test('a run that fails is a failed attempt', async () => {
    const ran = await play(['deploy.yml', '-e', '{"broken": true, "number": "1.5.0", "shiplog_service": "till"}'], {
      SHIPLOG_COMMIT: commit,
    })
    expect(ran).toMatchObject({ code: 2 })
    const [row] = await deploymentsOf('till')
    expect(row).toMatchObject({ environment: 'production', version: 'v1.5.0', commit, status: 'failed' })
    expect(row?.reason).not.toBeNull()
  })

  test('a run that only checks is none', async () => {
    expect(await play(['deploy.yml', '--check', '-e', 'shiplog_service=checked'])).toMatchObject({ code: 0 })
    expect(await play(['deploy.yml', '-e', 'shiplog_service=told-after'])).toMatchObject({ code: 0 })
    await deploymentsOf('told-after')
    await deploymentsOf('checked', 0)
    expect(await inbox()).toMatchObject({ failed: 0 })
  })

  test('a run that is interrupted is cancelled, and counts nowhere', async () => {
    const running = spawn(program, ['-i', 'inventories/production/hosts.yml', 'deploy-slowly.yml', '-e', 'shiplog_service=slow'], {
      cwd: folder,
      env: environmentOf({}),
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const ended = new Promise((resolve) => running.on('close', resolve))
    await new Promise<void>((resolve) => running.stdout.on('data', (text: Buffer) => text.includes('TASK') && resolve()))
    running.kill('SIGINT')
    await ended
    const rows = await deploymentsOf('slow')
    expect(rows).toMatchObject([{ status: 'cancelled' }])
  })

  test.each([
    ['refuses', 'HTTP Error 401', { SHIPLOG_HOOK_TOKEN: 'wrong' }],
    ['is not there', 'URLError', { SHIPLOG_HOOK_URL: 'http://127.0.0.1:9/api/v1/hooks/ansible' }],
    ['has no such address', 'unknown url type', { SHIPLOG_HOOK_URL: 'nonsense' }],
  ])('a server that %s is a warning', async (_what, said, given) => {
    const ran = await play(['deploy.yml'], given)
    expect(ran).toMatchObject({ code: 0 })
    expect(ran.output.replaceAll(/\s+/g, ' ')).toContain('Shiplog was not told all of this run')
    expect(ran.output.replaceAll(/\s+/g, ' ')).toContain(said)
    expect(ran.output).not.toContain(secret)
  })

  test('a server that never answers costs the timeout, once', async () => {
    const silent = createServer(() => {})
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    const { port } = silent.address() as AddressInfo
    const usual = await play(['deploy.yml'], { SHIPLOG_HOOK_URL: '' })
    const ran = await play(['deploy.yml'], { SHIPLOG_HOOK_URL: `http://127.0.0.1:${port}/`, SHIPLOG_HOOK_TIMEOUT: '1' })
    silent.closeAllConnections()
    silent.close()
    expect([usual.code, ran.code]).toEqual([0, 0])
    expect(usual.output).not.toContain('Shiplog')
    expect(ran.output.replaceAll(/\s+/g, ' ')).toContain('timed out')
    // Beside other tests a machine may be slow: what may not be is a wait for each of the messages and plays.
    expect(ran.seconds).toBeLessThan(usual.seconds * 2 + 10)
  })
})
