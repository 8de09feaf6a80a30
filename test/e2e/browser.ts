/** A real Chromium before a real server with a small organisation in its store. */
import { accessSync, constants, existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import type { AxeResults } from 'axe-core'
import { pino } from 'pino'
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { build } from 'vite'
import type { Config } from '../../server/config.ts'
import { start } from '../../server/main.ts'
import { now, testConfig } from '../api/open-api.ts'
import { commits, deployments, incidents } from '../api/shop-facts.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const webDir = path.join(root, 'dist/web')

/** Where Chromium is: CHROMIUM_PATH, else the first on the PATH; null where there is none. */
export function findChromium(env: NodeJS.ProcessEnv = process.env): string | null {
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']
  const folders = (env.PATH ?? '').split(path.delimiter)
  const candidates = [env.CHROMIUM_PATH ?? '', ...names.flatMap((name) => folders.map((folder) => path.join(folder, name)))]
  return candidates.find((file) => file !== '' && isExecutable(file)) ?? null
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

export interface Stage {
  url: string
  /** A page with the server's clock; what goes wrong on it is noted. */
  open(address: string, options?: BrowserContextOptions): Promise<{ page: Page; troubles: string[] }>
  close(): Promise<void>
}

/** With the small organisation in its store, unless `empty`. */
export async function openStage(executablePath: string, config: Partial<Config> = {}, empty = false): Promise<Stage> {
  if (!existsSync(path.join(webDir, 'index.html'))) {
    await build({ root: path.join(root, 'web'), configFile: path.join(root, 'vite.config.ts'), logLevel: 'error' })
  }
  const dataDir = await mkdtemp(path.join(tmpdir(), 'shiplog-e2e-'))
  const settings = { databaseUrl: null, dataDir, host: '127.0.0.1', port: 0, token: null, logLevel: 'silent' }
  const running = await start({ config: testConfig(config), settings, now: () => now, log: pino({ level: 'silent' }), webDir })
  if (!empty) {
    await tell(running.url, 'commits', commits)
    await tell(running.url, 'deployments', deployments)
    await tell(running.url, 'incidents', incidents)
  }
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-background-networking'] })
  return {
    url: running.url,
    open: (address, options) => openPage(browser, running.url, address, options),
    async close() {
      await browser.close()
      await running.stop()
      await rm(dataDir, { recursive: true })
    },
  }
}

async function tell(url: string, kind: string, items: unknown[]): Promise<void> {
  const response = await fetch(`${url}/api/v1/${kind}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ items }),
  })
  if (!response.ok) throw new Error(`${kind}: ${response.status} ${await response.text()}`)
}

async function openPage(browser: Browser, url: string, address: string, options: BrowserContextOptions = {}) {
  const context: BrowserContext = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options })
  const page = await context.newPage()
  page.setDefaultTimeout(20_000)
  await page.clock.setFixedTime(now)
  const troubles: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error') troubles.push(`console: ${message.text()}`)
  })
  page.on('pageerror', (error) => troubles.push(`thrown: ${error.message}`))
  page.on('request', (request) => {
    if (!request.url().startsWith(url) && !request.url().startsWith('blob:')) troubles.push(`outside: ${request.url()}`)
  })
  await page.goto(`${url}${address}`)
  return { page, troubles }
}

/** Presses Tab until the focused element's name is the one looked for. */
export async function tabTo(page: Page, name: RegExp): Promise<void> {
  const passed: string[] = []
  for (let step = 0; step < 120; step++) {
    await page.keyboard.press('Tab')
    const text = await page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent ?? '')
    if (name.test(text.trim())) return
    passed.push(text.trim().slice(0, 30))
  }
  throw new Error(`No focus on ${name}; passed ${passed.join(' | ')}`)
}

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** What would keep people out, by axe; the page needs `bypassCSP`. */
export async function barriers(page: Page): Promise<string[]> {
  await page.addScriptTag({ content: axe })
  const results = await page.evaluate(() => (globalThis as unknown as { axe: { run(): Promise<AxeResults> } }).axe.run())
  const serious = results.violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
  return serious.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 160)).join('\n')}`)
}

/** Waits until the page has drawn what it asked for. */
export async function settled(page: Page): Promise<void> {
  await page.locator('h1').first().waitFor()
  await page.waitForLoadState('networkidle')
  await page.waitForFunction(() => document.querySelector('[role="status"] .mantine-Skeleton-root') === null)
}
