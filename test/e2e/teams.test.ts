import type { Locator } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { now } from '../api/open-api.ts'
import { barriers, findChromium, openStage, type Stage, settled } from './browser.ts'

const found = findChromium()
const day = 86_400_000

const teams = [
  { id: 'commerce', title: 'Commerce' },
  { id: 'cards', title: 'Cards', parent: 'commerce' },
  { id: 'invoices', title: 'Invoices', parent: 'commerce' },
  { id: 'search', title: 'Search' },
  { id: 'apps', title: 'Apps' },
]

const owned = (id: string, team: string) => ({ id, sources: [], was: [], teams: [{ team, from: null }] })
const services = [owned('checkout', 'cards'), owned('billing', 'invoices'), owned('finder', 'search')]

/** One a week at first, and one a day in the last twelve weeks. */
const sooner = [
  ...Array.from({ length: 20 }, (_, week) => now.getTime() - (85 + 7 * week) * day),
  ...Array.from({ length: 83 }, (_, days) => now.getTime() - (days + 0.5) * day),
].map((at, n) => ({
  id: `finder-${n}`,
  service: 'finder',
  environment: 'production',
  version: `v${n}`,
  status: 'succeeded',
  finishedAt: new Date(at).toISOString(),
}))

if (found === null) {
  it('needs Chromium', () => {
    console.warn('No Chromium was found: the browser tests did not run. Install it, or name it by CHROMIUM_PATH.')
    expect(found).toBeNull()
  })
} else {
  describe('the teams of the overview', () => browserTests(found))
}

function browserTests(executable: string) {
  let stage: Stage
  beforeAll(async () => {
    stage = await openStage(executable, { teams, services })
    const headers = { 'content-type': 'application/json' }
    const response = await fetch(`${stage.url}/api/v1/deployments`, { method: 'POST', headers, body: JSON.stringify({ items: sooner }) })
    expect(response.ok).toBe(true)
  })
  afterAll(() => stage.close())

  it('are those at the top, above the services, those that stand out first and in words', async () => {
    const { page, troubles } = await stage.open('/')
    const list = page.getByRole('region', { name: 'Teams', exact: true })
    await list.waitFor()
    expect(await namesIn(list)).toEqual(['Search', 'Apps', 'Commerce'])
    expect(await page.locator('h2:is(#teams, #services)').allTextContents()).toEqual(['Teams', 'Services'])
    expect(await list.textContent()).toMatch(/3 teams; of [12] compared, 1 stands out from the window before/)
    const [first, second] = await list.locator('tbody tr').allTextContents()
    expect(first).toMatch(/^SearchStands out: deployments [\d.]+ times more often than the 12 weeks before/)
    expect(second).toMatch(/^Apps0no data: \S+/)
    expect(await list.getByRole('img', { name: /^\d+ weeks, .* per week/ }).count()).toBe(2)
    expect(troubles).toEqual([])
    await page.context().close()
  })

  it('lead to a team and those directly within it, and end where there are none', async () => {
    const { page } = await stage.open('/')
    const list = page.getByRole('region', { name: 'Teams', exact: true })
    await list.getByRole('link', { name: 'Commerce' }).click()
    await page.getByRole('heading', { level: 1, name: /^Commerce/ }).waitFor()
    expect(new URL(page.url()).searchParams.get('scope')).toBe('team:commerce')
    expect(await namesIn(list)).toEqual(['Cards', 'Invoices'])
    await list.getByRole('link', { name: 'Cards' }).click()
    await page.getByRole('heading', { level: 1, name: /^Cards/ }).waitFor()
    await settled(page)
    expect(await list.count()).toBe(0)
    expect(await namesIn(page.getByRole('region', { name: 'Services', exact: true }))).toEqual(['checkout'])
    await page.context().close()
  })

  it('ask for the metrics of teams once for a window, and never where there are no teams to show', async () => {
    const { page } = await stage.open('/?scope=team:cards')
    await settled(page)
    const asked: string[] = []
    page.on('request', (request) => request.url().includes('/api/v1/teams?') && asked.push(request.url()))
    await page.getByRole('link', { name: 'Everything' }).click()
    const list = page.getByRole('region', { name: 'Teams', exact: true })
    await list.getByRole('link', { name: 'Commerce' }).click()
    await page.getByRole('heading', { level: 1, name: /^Commerce/ }).waitFor()
    await settled(page)
    expect(asked).toHaveLength(1)
    await page.context().close()
  })

  it.each(['light', 'dark'] as const)('have no serious barrier in %s, and fit every screen', async (colorScheme) => {
    const { page } = await stage.open('/', { colorScheme, bypassCSP: true, reducedMotion: 'reduce' })
    await page.getByRole('region', { name: 'Teams', exact: true }).waitFor()
    await settled(page)
    expect(await barriers(page)).toEqual([])
    for (const width of [1600, 390]) {
      await page.setViewportSize({ width, height: 900 })
      await page.waitForFunction(() => document.documentElement.scrollWidth <= window.innerWidth)
    }
    await page.context().close()
  })
}

function namesIn(list: Locator): Promise<string[]> {
  return list.locator('tbody th').locator('a').allTextContents()
}
