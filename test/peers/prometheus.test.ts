/** A real Prometheus and a real Alertmanager beside a real server: alerts become incidents, and our metrics are scraped. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { type AddressInfo, createServer as createSocket } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Fact } from '../../server/facts.ts'
import { type Running, start } from '../../server/main.ts'
import { collectAlerts } from '../../server/sources/prometheus/collect.ts'
import { PrometheusOptions } from '../../server/sources/prometheus/options.ts'
import { testConfig } from '../api/open-api.ts'
import { alertsContext } from '../fakes/prometheus/run-alerts.ts'

/** Debian names Alertmanager after Prometheus. */
const prometheus = found('prometheus')
const alertmanager = found('prometheus-alertmanager', 'alertmanager')
const areThere = prometheus !== null && alertmanager !== null
if (!areThere) console.info('No prometheus and prometheus-alertmanager on this machine: the tests with the real ones are left out.')

function found(...names: string[]): string | null {
  return names.find((name) => spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0) ?? null
}

const token = 'correct-horse-battery-staple'
const hookSecret = 'agreed-with-alertmanager'
const patience = { timeout: 90_000, interval: 250 }
/** Of a test that waits several times. */
const limitMs = 300_000

async function freePort(): Promise<number> {
  const socket = createSocket()
  await new Promise<void>((resolve) => socket.listen(0, '127.0.0.1', resolve))
  const { port } = socket.address() as AddressInfo
  await new Promise((resolve) => socket.close(resolve))
  return port
}

// biome-ignore lint/suspicious/noExplicitAny: answers of several programs
async function ask(url: string): Promise<any> {
  const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } })
  if (!response.ok) throw new Error(`${url} answers ${response.status}`)
  return response.json()
}

describe.runIf(areThere)('with a real Prometheus and Alertmanager', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'shiplog-prometheus-'))
  const children: { child: ChildProcess; said: string[] }[] = []
  /** What the alerts rest on, as a program exposes it. */
  const watched = { checkout_errors: 0, billing_errors: 0, slow: 1 }
  const target = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' })
    response.end(
      Object.entries(watched)
        .map(([name, value]) => `${name} ${value}\n`)
        .join(''),
    )
  })
  /** How far the clock of the server is ahead, in milliseconds. */
  let ahead = 0
  let shiplog: Running
  let api: string
  let promUrl: string

  beforeAll(async () => {
    await new Promise<void>((resolve) => target.listen(0, '127.0.0.1', resolve))
    const [promPort, alertPort] = [await freePort(), await freePort()]
    promUrl = `http://127.0.0.1:${promPort}`
    const options = { webhook: { token: hookSecret }, externalLabels: { cluster: 'eu' } }
    const config = testConfig({
      sources: [{ id: 'alerts', type: 'prometheus', options: PrometheusOptions.parse(options), schedule: '0 0 1 1 *' }],
    })
    const settings = {
      databaseUrl: null,
      dataDir: path.join(folder, 'shiplog'),
      host: '127.0.0.1',
      port: 0,
      token,
      logLevel: 'silent' as const,
    }
    shiplog = await start({ config, settings, now: () => new Date(Date.now() + ahead), log: pino({ level: 'silent' }), webDir: null })
    api = `${shiplog.url}/api/v1`
    writeConfigs(folder, { shiplog: new URL(shiplog.url).host, target: (target.address() as AddressInfo).port, alertPort })
    run(alertmanager ?? '', [
      `--config.file=${path.join(folder, 'alertmanager.yml')}`,
      `--storage.path=${path.join(folder, 'alertmanager')}`,
      `--web.listen-address=127.0.0.1:${alertPort}`,
      '--cluster.listen-address=',
    ])
    run(prometheus ?? '', [
      `--config.file=${path.join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${path.join(folder, 'prometheus')}`,
      `--web.listen-address=127.0.0.1:${promPort}`,
    ])
    await isReady(`http://127.0.0.1:${alertPort}/-/ready`)
    await isReady(`${promUrl}/-/ready`)
  }, 120_000)

  afterAll(async () => {
    for (const { child } of children) child.kill('SIGKILL')
    target.closeAllConnections()
    target.close()
    await shiplog?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  function run(program: string, args: string[]): void {
    const said: string[] = []
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], cwd: folder })
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (bytes) => said.push(String(bytes)))
    children.push({ child, said })
  }

  async function isReady(url: string): Promise<void> {
    await vi.waitFor(async () => {
      const response = await fetch(url).catch(() => null)
      const said = children.filter(({ child }) => child.exitCode !== null).flatMap((ended) => ended.said)
      expect(response?.ok, said.join('')).toBe(true)
    }, patience)
  }

  // biome-ignore lint/suspicious/noExplicitAny: any answer of the API
  const incidents = async (): Promise<any[]> => (await ask(`${api}/incidents?scope=org`)).items
  async function query(promql: string): Promise<{ metric: Record<string, string>; value: number }[]> {
    const { data } = await ask(`${promUrl}/api/v1/query?query=${encodeURIComponent(promql)}`)
    return data.result.map(({ metric, value }: { metric: Record<string, string>; value: [number, string] }) => ({
      metric,
      value: Number(value[1]),
    }))
  }

  /** Each so many hours ago. */
  async function deploy(service: string, hours: number[]): Promise<void> {
    const items = hours.map((ago) => {
      const at = new Date(Date.now() + ahead - ago * 3_600_000).toISOString()
      return {
        id: `${service}-${ago}`,
        service,
        environment: 'production',
        version: `v${ago}`,
        status: 'succeeded',
        startedAt: at,
        finishedAt: at,
      }
    })
    const sent = await fetch(`${api}/deployments`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ items }),
    })
    expect(sent.status).toBe(200)
  }

  test(
    'an alert fires and resolves, and is one incident of the deployment before it',
    async () => {
      await deploy('checkout', [400, 300, 200, 100, 1])
      await expect.poll(() => query('shiplog_service_change_fail_ratio{service="checkout"}'), patience).toMatchObject([{ value: 0 }])

      watched.checkout_errors = 1
      await expect
        .poll(async () => (await incidents()).map(({ service, resolvedAt }) => [service, resolvedAt]), patience)
        .toEqual([['checkout', null]])
      const [open] = await incidents()
      expect(open).toMatchObject({ source: 'alerts', title: 'CheckoutFails: Checkout answers with errors', severity: 'critical' })

      watched.checkout_errors = 0
      await expect.poll(async () => (await incidents()).filter(({ resolvedAt }) => resolvedAt !== null).length, patience).toBe(1)
      const [over] = await incidents()
      expect(over.id).toBe(open.id)
      expect(over.deployment).toEqual({ source: 'api', id: 'checkout-1' })
      expect(Date.parse(over.resolvedAt)).toBeGreaterThan(Date.parse(over.openedAt))
    },
    limitMs,
  )

  test(
    'an alert that fires again is another incident, and one that is no incident stays out',
    async () => {
      const before = (await incidents()).length
      watched.checkout_errors = 1
      await expect.poll(async () => (await incidents()).length, patience).toBe(before + 1)
      watched.checkout_errors = 0
      await expect.poll(async () => (await incidents()).filter(({ resolvedAt }) => resolvedAt === null).length, patience).toBe(0)
      expect((await query('ALERTS{alertname="Slow",alertstate="firing"}')).length).toBe(1)
      expect((await incidents()).filter(({ title }) => title.startsWith('Slow'))).toEqual([])
      const { sources } = await ask(`${api}/sources`)
      expect(sources.find(({ id }: { id: string }) => id === 'alerts').inbox).toMatchObject({ pending: 0, failed: 0 })
    },
    limitMs,
  )

  test(
    'what Prometheus remembers of these alerts are the same incidents',
    async () => {
      const pushed = await incidents()
      const options = PrometheusOptions.parse({ url: promUrl, externalLabels: { cluster: 'eu' }, backfillDays: 1 })
      // What is younger than a minute is not read yet.
      const facts: Fact[] = []
      for await (const batch of collectAlerts(options, null, alertsContext(new Date(Date.now() + 62_000).toISOString())))
        facts.push(...batch.facts)
      const pulled = facts.filter((fact) => fact.kind === 'incident')
      expect(pulled.map(({ id }) => id).sort()).toEqual(pushed.map(({ id }) => id).sort())
      for (const { id, resolvedAt } of pulled) {
        const end = Date.parse(pushed.find((one) => one.id === id)?.resolvedAt)
        expect(Math.abs((resolvedAt ?? 0) - end), `the end of ${id}`).toBeLessThanOrEqual(10_000)
      }
      const warnings = PrometheusOptions.parse({ ...options, alerts: { severity: '(?i)^WARN', alertname: '[Ss]low$' } })
      const slow: Fact[] = []
      for await (const batch of collectAlerts(warnings, null, alertsContext(new Date(Date.now() + 62_000).toISOString())))
        slow.push(...batch.facts)
      expect(slow).toMatchObject([{ title: 'Slow', severity: 'warning', service: 'billing' }])
    },
    limitMs,
  )

  test(
    'Prometheus scrapes our metrics, and a query answers our deployment frequency',
    async () => {
      await expect.poll(async () => (await query('up{job="shiplog"}'))[0]?.value, patience).toBe(1)
      // Both of the last 28 complete days, also where midnight comes between.
      await vi.waitFor(async () => {
        const { services } = await ask(`${api}/services?from=${dayText(-28)}&to=${dayText(0)}`)
        const { value } = services[0].metrics.deployment_frequency
        expect(value).toBeGreaterThan(0)
        const [scraped] = await query('shiplog_service_deployment_frequency_per_week{service="checkout"}')
        expect(scraped?.value).toBeCloseTo(value, 6)
      }, patience)
      await expect.poll(async () => (await query('shiplog_deployments_total{service="checkout"}'))[0]?.value, patience).toBe(5)
      expect(await query('shiplog_inbox_deliveries{source="alerts",state="failed"}')).toMatchObject([{ value: 0 }])
      // No value is no sample, never 0.
      expect(await query('shiplog_service_change_lead_time_seconds')).toEqual([])
    },
    limitMs,
  )

  test('the dashboard asks what Prometheus can answer', async () => {
    const file = new URL('../../docs/sources/grafana/shiplog-dashboard.json', import.meta.url)
    const { panels } = JSON.parse(readFileSync(file, 'utf8')) as { panels: { title: string; targets?: { expr: string }[] }[] }
    const asked = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr.replace(/\$(?:service|team)/g, '.*')))
    expect(asked.length).toBeGreaterThan(8)
    const answers = Object.fromEntries(await Promise.all(asked.map(async (expr) => [expr, (await query(expr)).length] as const)))
    expect(answers['shiplog_service_deployment_frequency_per_week{service=~".*"} and on (service) shiplog_service_info{team=~".*"}']).toBe(
      1,
    )
    expect(answers.shiplog_inbox_deliveries).toBe(2)
  })

  test(
    'a day later the deployment is judged: the change fail rate has moved, as Prometheus sees it',
    async () => {
      ahead = 26 * 3_600_000
      await deploy('billing', [0])
      await expect.poll(() => query('shiplog_service_change_fail_ratio{service="checkout"}'), patience).toMatchObject([{ value: 0.2 }])
      const { metrics } = await ask(`${api}/metrics?scope=service:checkout`)
      expect(metrics.change_fail_rate).toMatchObject({ value: 0.2, count: 1, n: 5 })
    },
    limitMs,
  )
})

function dayText(days: number): string {
  return new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10)
}

function writeConfigs(folder: string, at: { shiplog: string; target: number; alertPort: number }): void {
  mkdirSync(folder, { recursive: true })
  const write = (name: string, text: string) => writeFileSync(path.join(folder, name), text)
  write(
    'prometheus.yml',
    `global: { scrape_interval: 1s, evaluation_interval: 1s, external_labels: { cluster: eu } }
rule_files: [rules.yml]
alerting: { alertmanagers: [{ static_configs: [{ targets: ['127.0.0.1:${at.alertPort}'] }] }] }
scrape_configs:
  - job_name: shiplog
    authorization: { credentials: ${token} }
    static_configs: [{ targets: ['${at.shiplog}'] }]
  - job_name: target
    static_configs: [{ targets: ['127.0.0.1:${at.target}'] }]
`,
  )
  write(
    'rules.yml',
    `groups:
  - name: shop
    rules:
      - alert: CheckoutFails
        expr: checkout_errors > 0
        labels: { severity: critical, service: checkout }
        annotations: { summary: Checkout answers with errors }
      - alert: Slow
        expr: slow > 0
        labels: { severity: warning, service: billing }
`,
  )
  write(
    'alertmanager.yml',
    `route: { receiver: shiplog, group_by: [alertname], group_wait: 1s, group_interval: 1s, repeat_interval: 1h }
receivers:
  - name: shiplog
    webhook_configs:
      - url: http://${at.shiplog}/api/v1/hooks/alerts
        http_config: { authorization: { credentials: ${hookSecret} } }
`,
  )
}
