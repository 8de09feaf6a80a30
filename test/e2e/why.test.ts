import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { changes, deployments, incidents, services, teams, window } from '../api/why-facts.ts'
import { barriers, findChromium, openStage, type Stage, settled } from './browser.ts'

const found = findChromium()

if (found === null) {
  it('needs Chromium', () => {
    console.warn('No Chromium was found: the browser tests did not run. Install it, or name it by CHROMIUM_PATH.')
    expect(found).toBeNull()
  })
} else {
  describe('why a metric moved, in Chromium', () => browserTests(found))
}

function browserTests(executable: string) {
  let stage: Stage
  beforeAll(async () => {
    stage = await openStage(executable, { services, teams }, true)
    for (const [kind, items] of Object.entries({ changes, deployments, incidents })) {
      const headers = { 'content-type': 'application/json' }
      const response = await fetch(`${stage.url}/api/v1/${kind}`, { method: 'POST', headers, body: JSON.stringify({ items }) })
      expect(response.status).toBe(200)
    }
  })
  afterAll(() => stage.close())

  it('is told in sentences, as waterfalls whose parts lead on, and as tables', async () => {
    const { page, troubles } = await stage.open(`/metrics/change_lead_time?scope=team:retail&${window}`)
    const section = page.getByRole('region', { name: 'Why it moved', exact: true })
    await section.getByText('The services themselves became slower').waitFor()
    const services = section.getByRole('region', { name: 'By service' })
    await services.locator('svg').first().waitFor()
    const figures = await services.locator('.waterfall-step text').allTextContents()
    expect(figures).toEqual(['1.4 days', '× 0.96', '× 1.99', '2.7 days'])
    expect(await section.getByRole('region', { name: 'By stage' }).locator('.waterfall-name').allTextContents()).toEqual(
      ['Before', 'Coding', 'Pickup', 'Review', 'Merge', 'Deploy', 'Stages not observed', 'This window'].map((name) =>
        expect.stringContaining(name),
      ),
    )
    await section.getByRole('button', { name: 'Why it moved: show as table' }).click()
    const rows = section.getByRole('table', { name: 'By service' }).getByRole('row')
    expect(await rows.nth(2).textContent()).toBe('Mix: shop× 0.9775 % of the changes, before 50 %')
    await section.getByRole('button', { name: 'Why it moved: show as chart' }).click()
    await services.getByRole('link', { name: 'shop' }).click()
    await page.waitForURL(/scope=service:shop/)
    await section.getByRole('region', { name: 'By stage' }).waitFor()
    expect(await section.getByRole('region', { name: 'By service' }).count()).toBe(0)
    expect(troubles).toEqual([])
    await page.context().close()
  })

  it('names a backlog release, and failures of the fail rate', async () => {
    const { page } = await stage.open(`/metrics/change_lead_time?scope=service:frozen&${window}`)
    const list = page.getByRole('region', { name: 'Releases of a backlog' })
    expect(await list.textContent()).toContain('12 changes, waited 10 days (usually 1 h)')
    await page.goto(`${stage.url}/metrics/change_fail_rate?scope=team:risk&${window}`)
    const failed = page.getByRole('region', { name: 'Failed deployments' })
    expect(await failed.textContent()).toContain('risky-1-18')
    await page.context().close()
  })

  it('says in a line that there is nothing to explain', async () => {
    const { page } = await stage.open(`/metrics/change_lead_time?scope=service:till&${window}`)
    await page.getByText('There is nothing to explain: the difference from the window before may be chance.').waitFor()
    expect(await page.getByRole('region', { name: 'Why it moved', exact: true }).count()).toBe(0)
    await page.context().close()
  })

  it.each([
    ['light', 1280],
    ['dark', 1280],
    ['light', 390],
  ] as const)('has no barrier in %s at %i pixels, and does not scroll sideways', async (colorScheme, width) => {
    const options = { colorScheme, viewport: { width, height: 900 }, bypassCSP: true, reducedMotion: 'reduce' as const }
    for (const address of [`change_lead_time?scope=team:retail&${window}`, `change_fail_rate?scope=team:risk&table=why&${window}`]) {
      const { page } = await stage.open(`/metrics/${address}`, options)
      await page.getByRole('region', { name: 'Why it moved', exact: true }).waitFor()
      await settled(page)
      expect(await barriers(page)).toEqual([])
      const [scrolled, shown] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth])
      expect(scrolled).toBe(shown)
      await page.context().close()
    }
  })
}
