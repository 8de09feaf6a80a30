import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createGitFixture, type GitFixture } from '../support/git-fixture.ts'
import { barriers, findChromium, openStage, type Stage, settled, tabTo } from './browser.ts'

const found = findChromium()

if (found === null) {
  it('needs Chromium', () => {
    expect(found).toBeNull()
  })
} else {
  describe('the page Sources in Chromium', () => browserTests(found))
}

function browserTests(executable: string) {
  let stage: Stage
  let repository: GitFixture
  beforeAll(async () => {
    repository = createGitFixture()
    for (const tag of ['v1.0.0', 'v1.1.0', 'build-7']) repository.tag(tag, repository.commit(tag))
    const options = { path: repository.dir, deployments: 'auto' }
    stage = await openStage(executable, { sources: [{ id: 'shop', type: 'git', options, schedule: '0 0 1 1 *' }] })
  })
  afterAll(async () => {
    await stage.close()
    repository.remove()
  })

  it('pauses and resumes a source by keyboard, and says so in words', async () => {
    const { page, troubles } = await stage.open('/sources')
    const card = page.getByRole('article', { name: /^shop/ })
    await card.getByText('up to date').waitFor()
    await tabTo(page, /^Pause shop$/)
    await page.keyboard.press('Enter')
    await card.getByText('Nothing is collected until it is resumed.').waitFor()
    await page.getByText('shop is paused.').waitFor()
    expect(await card.getByRole('button', { name: 'Run now: shop' }).count()).toBe(0)
    expect((await fetch(`${stage.url}/api/v1/sources/shop/runs`, { method: 'POST' })).status).toBe(409)
    expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toBe('Resume shop')
    await page.keyboard.press('Enter')
    await card.getByRole('button', { name: 'Run now: shop' }).click()
    await card.getByText('up to date').waitFor()
    expect(troubles).toEqual([])
    await page.context().close()
  })

  it('tries another rule, keeps it in the address, and says what to write', async () => {
    const { page } = await stage.open('/sources')
    const card = page.getByRole('article', { name: /^shop/ })
    await card.getByRole('button', { name: /^(?:What it counts|Why is this empty\?)$/ }).click()
    await card.getByText('Counts 2 of 3.').waitFor()
    const field = card.getByRole('textbox', { name: 'Try another rule on shop' })
    expect(await field.inputValue()).toBe('deployments: auto')

    await field.fill('{ tag: "build" }')
    await field.press('Control+Enter')
    await card.getByText('deployments.tag: is not a known key; write tags').waitFor()
    expect(await field.getAttribute('aria-invalid')).toBe('true')

    await field.fill("{ tags: 'build-.*' }")
    await card.getByRole('button', { name: 'Try it' }).click()
    await card.getByText('Would count 1 of 3, now 2 of 3.').waitFor()
    expect(await card.getByRole('listitem').filter({ hasText: 'does not match' }).textContent()).toBe('2does not match')
    expect(new URL(page.url()).searchParams.get('rule')).toBe("{ tags: 'build-.*' }")

    await page.reload()
    await card.getByText('Would count 1 of 3, now 2 of 3.').waitFor()
    expect(await card.locator('pre').textContent()).toBe("deployments: { tags: 'build-.*' }")
    await card.getByRole('button', { name: 'Back to the configured rule' }).click()
    await card.getByText('Counts 2 of 3.').waitFor()
    expect(await field.inputValue()).toBe('deployments: auto')
    expect(new URL(page.url()).searchParams.get('rule')).toBeNull()
    await page.context().close()
  })

  it.each(['light', 'dark'] as const)('has no serious barrier in %s, paused and with a rule that is refused', async (colorScheme) => {
    await fetch(`${stage.url}/api/v1/sources/shop/pause`, { method: 'POST' })
    const { page } = await stage.open('/sources?source=shop&panel=preview&rule={tag: v.*}', {
      colorScheme,
      bypassCSP: true,
      reducedMotion: 'reduce',
    })
    await page.getByText('is not a known key').waitFor()
    await settled(page)
    expect(await barriers(page)).toEqual([])
    await fetch(`${stage.url}/api/v1/sources/shop/resume`, { method: 'POST' })
    await page.context().close()
  })

  it('fits a telephone with the preview open', async () => {
    const { page, troubles } = await stage.open('/sources?source=shop&panel=preview&rule={tags: v.*}', {
      viewport: { width: 390, height: 900 },
    })
    await page.getByText('Would count 2 of 3').waitFor()
    await settled(page)
    await page.waitForFunction(() => document.documentElement.scrollWidth <= window.innerWidth)
    expect(troubles).toEqual([])
    await page.context().close()
  })
}
