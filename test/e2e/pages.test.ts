import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { barriers, findChromium, openStage, type Stage, settled, tabTo } from './browser.ts'

const found = findChromium()
const pages = [
  '/',
  '/services/checkout',
  '/services/checkout?metric=change_fail_rate&table=trend.lane.distribution',
  '/metrics/change_lead_time',
  '/sources',
  '/report?week=2026-W12',
  '/definitions',
  '/nowhere',
]

if (found === null) {
  it('needs Chromium', () => {
    console.warn('No Chromium was found: the browser tests did not run. Install it, or name it by CHROMIUM_PATH.')
    expect(found).toBeNull()
  })
} else {
  describe('the pages in Chromium', () => browserTests(found))
}

function browserTests(executable: string) {
  let stage: Stage
  beforeAll(async () => {
    stage = await openStage(executable)
  })
  afterAll(() => stage.close())

  it('leads from the overview to a service to its evidence by keyboard', async () => {
    const { page } = await stage.open('/')
    await page.getByRole('link', { name: 'checkout', exact: true }).waitFor()
    await tabTo(page, /^Skip to content$/)
    await page.keyboard.press('Enter')
    await tabTo(page, /^checkout$/)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { level: 1, name: /checkout/ }).waitFor()
    await page.getByRole('link', { name: 'Change fail rate' }).waitFor()
    await tabTo(page, /^Change fail rate$/)
    await tabTo(page, /^\d+ of \d+ deployments$/)
    const tile = await page.evaluate(() => document.activeElement?.textContent ?? '')
    await page.keyboard.press('Enter')
    await page.waitForFunction(() => document.activeElement?.id === 'evidence')
    expect(new URL(page.url()).searchParams.get('metric')).toBe('change_fail_rate')
    const [failed, judged] = tile.match(/\d+/g) ?? []
    const totals = page.getByRole('list', { name: 'What adds up' })
    await totals.waitFor()
    expect(await totals.textContent()).toContain(`${judged} deployments`)
    expect(await totals.textContent()).toContain(`${failed} of them failed`)
    expect(await page.locator('.inclusion[data-state=in]').count()).toBe(Number(judged))
    await page.context().close()
  })

  it('says in words on each tile and over the list what changed', async () => {
    const { page } = await stage.open('/')
    const tile = page.getByRole('article').filter({ hasText: 'Deployment frequency' })
    await tile.waitFor()
    expect(await tile.locator('.verdict').textContent()).toMatch(/^(?:clear: .+|no clear change|not enough data: .+)$/)
    await page.getByText(/of \d+ compared, \d+ stands? out from the window before/).waitFor()
    await page.context().close()
  })

  it('walks the lane of deployments by arrow keys', async () => {
    const { page } = await stage.open('/services/checkout')
    const lane = page.getByRole('listbox', { name: /^Deployments/ })
    await lane.focus()
    await page.keyboard.press('End')
    const last = await lane.getAttribute('aria-activedescendant')
    await page.keyboard.press('ArrowLeft')
    expect(await lane.getAttribute('aria-activedescendant')).not.toBe(last)
    expect(await page.locator('.lane + .lane-card').textContent()).toMatch(/v\d+/)
    await page.context().close()
  })

  it('takes a verdict on a deployment, counts by it, and withdraws it', async () => {
    const { page } = await stage.open('/metrics/change_fail_rate?scope=service:checkout')
    const failed = page.getByRole('list', { name: 'What adds up' })
    await failed.waitFor()
    const before = Number(/(\d+) of them failed/.exec((await failed.textContent()) ?? '')?.[1])
    await page.getByRole('button', { name: 'Verdict on v66' }).click()
    await page.getByRole('radio', { name: 'failed', exact: true }).check()
    await page.getByLabel('Your name').fill('Ada')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText(`${before + 1} of them failed`).waitFor()
    await page.getByRole('button', { name: 'Verdict on v66' }).click()
    await page.getByRole('button', { name: 'Withdraw the verdict' }).click()
    await page.getByText(`${before} of them failed`).waitFor()
    expect(await page.getByText('Ada says').count()).toBe(0)
    await page.context().close()
  })

  it('shows a stored report, and says when a refresh changes nothing', async () => {
    const { page } = await stage.open('/report?scope=service:checkout&week=2026-W09')
    await page.getByRole('heading', { name: 'Questions for the retro' }).waitFor()
    expect(await page.getByRole('article').textContent()).toContain('Week 9 of 2026')
    const markdown = await page.getByRole('link', { name: 'Markdown' }).getAttribute('href')
    const response = await fetch(new URL(markdown ?? '', stage.url))
    expect(response.headers.get('content-disposition')).toContain('attachment')
    expect(await response.text()).toMatch(/^# /)
    await page.getByRole('button', { name: 'Refresh' }).click()
    await page.getByText(/Nothing changed since/).waitFor()
    await page.getByRole('button', { name: 'Week before' }).click()
    await page.getByText('Week 8 of 2026').waitFor()
    expect(new URL(page.url()).searchParams.get('week')).toBe('2026-W08')
    await page.context().close()
  })

  it('prints a report light, whole and on two pages at most', async () => {
    const { page } = await stage.open('/report?week=2026-W12', { colorScheme: 'dark' })
    await page.getByRole('heading', { name: 'Questions for the retro' }).waitFor()
    for (const format of ['A4', 'Letter']) {
      const pdf = (await page.pdf({ format, printBackground: true })).toString('latin1')
      expect(pdf.match(/\/Type\s*\/Page\b/g)?.length).toBeLessThanOrEqual(2)
    }
    await page.emulateMedia({ media: 'print' })
    // Letter and A4 within their margins.
    for (const width of [725, 703]) {
      await page.setViewportSize({ width, height: 1000 })
      const [scrolled, shown, paper] = await page.evaluate(() => {
        const table = document.querySelector('.report .table-scroll')
        return [table?.scrollWidth, table?.clientWidth, getComputedStyle(document.body).backgroundColor]
      })
      expect([scrolled, paper]).toEqual([shown, 'rgb(255, 255, 255)'])
    }
    await page.context().close()
  })

  it('says beside the numbers which source failed, and leads to it', async () => {
    const options = { path: '/nowhere', deployments: { branch: true } }
    const failing = await openStage(executable, { sources: [{ id: 'shop', type: 'git', options, schedule: '*/15 * * * *' }] }, true)
    for (const address of ['/', '/services/shop']) {
      const { page } = await failing.open(address)
      const line = page.getByRole('listitem').filter({ hasText: 'Source shop failed on' })
      await line.waitFor()
      expect(await line.textContent()).toMatch(/There is no folder \/nowhere\. It has never been read\./)
      await line.getByRole('link', { name: 'Sources' }).click()
      await page.getByRole('heading', { level: 1, name: 'Sources' }).waitFor()
      await page.context().close()
    }
    await failing.close()
  })

  it('finds a team in the tree by keyboard, and shows where it is', async () => {
    const teams = [
      { id: 'cards', title: 'Cards', parent: 'payments' },
      { id: 'commerce', title: 'Commerce' },
      { id: 'payments', title: 'Payments', parent: 'commerce' },
    ]
    const services = [
      { id: 'checkout', sources: [], was: [], teams: [{ team: 'cards', from: null }] },
      { id: 'billing', sources: [], was: [], teams: [] },
    ]
    const nested = await openStage(executable, { teams, services })
    const { page, troubles } = await nested.open('/?scope=team:payments', { bypassCSP: true })
    await page.getByRole('link', { name: 'checkout', exact: true }).waitFor()
    expect(await page.getByRole('link', { name: 'billing', exact: true }).count()).toBe(0)
    const where = page.getByRole('navigation', { name: 'Where this is' })
    expect(await where.textContent()).toBe('Everything/Commerce/Payments')
    const box = page.getByRole('combobox', { name: 'Scope' })
    await box.focus()
    await page.getByRole('option', { name: 'Cards in Commerce / Payments' }).waitFor()
    expect(await barriers(page)).toEqual([])
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await page.waitForURL(/scope=team:cards/)
    await box.selectText()
    await box.pressSequentially('comm')
    await page.getByRole('option', { name: 'Everything' }).waitFor({ state: 'detached' })
    expect(await page.getByRole('option').allTextContents()).toEqual(['Commerce', 'Payments in Commerce', 'Cards in Commerce / Payments'])
    await page.keyboard.press('Enter')
    await page.waitForURL(/scope=team:commerce/)
    await page.getByRole('link', { name: 'checkout', exact: true }).click()
    await page.getByRole('heading', { level: 1, name: /checkout/ }).waitFor()
    await where.getByRole('link', { name: 'Cards' }).waitFor()
    expect(await where.textContent()).toBe('Everything/Commerce/Payments/Cards/checkout')
    expect(troubles).toEqual([])
    await page.context().close()
    await nested.close()
  })

  it('tells an empty installation what it could read', async () => {
    const empty = await openStage(executable, {}, true)
    for (const address of ['/', '/sources']) {
      const { page } = await empty.open(address)
      await page.getByText('No source is configured').waitFor()
      expect(await page.getByRole('main').textContent()).not.toMatch(/under way|answered when last asked/)
      await page.context().close()
    }
    await empty.close()
  })

  it('follows the system in light and dark, and keeps what is chosen', async () => {
    const { page } = await stage.open('/', { colorScheme: 'dark' })
    const scheme = () => page.locator('html').getAttribute('data-mantine-color-scheme')
    await settled(page)
    expect(await scheme()).toBe('dark')
    await page.getByRole('button', { name: /^Colours: as the system/ }).click()
    expect(await scheme()).toBe('light')
    await page.reload()
    await page.getByRole('button', { name: /^Colours: light/ }).waitFor()
    expect(await scheme()).toBe('light')
    await page.context().close()
  })

  it.each(pages)('asks nothing from outside, logs no error, and fits every screen at %s', async (address) => {
    const { page, troubles } = await stage.open(address)
    await settled(page)
    for (const width of [1600, 1280, 768, 390]) {
      await page.setViewportSize({ width, height: 900 })
      await page.waitForFunction(() => document.documentElement.scrollWidth <= window.innerWidth)
    }
    expect(troubles).toEqual([])
    await page.context().close()
  })

  it.each(pages.flatMap((address) => (['light', 'dark'] as const).map((colorScheme) => ({ address, colorScheme }))))(
    'has no serious barrier at $address in $colorScheme',
    async ({ address, colorScheme }) => {
      const { page } = await stage.open(address, { colorScheme, bypassCSP: true, reducedMotion: 'reduce' })
      await settled(page)
      expect(await barriers(page)).toEqual([])
      await page.context().close()
    },
  )
}
