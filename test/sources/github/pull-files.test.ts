import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { applyConfig } from '../../../server/collector/apply-config.ts'
import type { ServiceConfig } from '../../../server/config.ts'
import { readChanges } from '../../../server/store/changes.ts'
import { addDeployment, addStatus } from '../../fakes/github/change-deliveries.ts'
import { mergePull, openPull, pushCommit } from '../../fakes/github/change-pulls.ts'
import { type GithubFake, startGithub } from '../../fakes/github/start-github.ts'
import { addRepository, createWorld, type Repository, type World } from '../../fakes/github/world.ts'
import { type GithubCollecting, githubCollecting } from '../../support/github-collecting.ts'
import { emptyStore, testStore } from '../../support/stores.ts'

const day = 24 * 3_600_000
const start = Date.UTC(2026, 5, 1)
const at = (days: number) => new Date(start + days * day).toISOString()
const now = start + 60 * day

describe('the files of pull requests, where git does not tell them', () => {
  const store = testStore('pglite')
  let world: World
  let shop: Repository
  let github: GithubFake
  let collecting: GithubCollecting | null = null

  beforeEach(async () => {
    await emptyStore(store())
    world = createWorld()
    shop = addRepository(world, { owner: 'acme', name: 'shop' })
    pushCommit(world, shop, at(0), { message: 'Start' })
    release(0.5)
    merge(1, ['till/a.ts'])
    merge(2, ['web/b.ts', 'till/b.ts'])
    merge(3, ['web/c.ts'])
    merge(4, Array.from({ length: 130 }, (_, n) => `docs/${n}.md`).concat('till/last.ts'))
    release(5)
    github = await startGithub(world, { clock: () => now })
  })
  afterEach(async () => {
    collecting?.end()
    await github.stop()
  })

  function merge(days: number, files: string[]) {
    const { item: pull } = openPull(world, shop, at(days), { title: `Change of day ${days}`, files, changedFiles: files.length })
    mergePull(world, shop, pull, at(days + 0.1))
  }
  function release(days: number) {
    const { item } = addDeployment(world, shop, at(days), { environment: 'production' })
    addStatus(world, shop, item, at(days + 0.01), 'success')
  }

  function service(id: string): ServiceConfig {
    return { id, sources: ['acme'], repositories: ['acme/shop'], paths: [`${id}/**`], teams: [], was: [] }
  }

  async function collected(services: ServiceConfig[]) {
    collecting?.end()
    collecting = githubCollecting(store(), github, () => now, { owner: 'acme' }, services)
    await applyConfig(store(), { now, config: collecting.deps.config })
    expect((await collecting.collect()).error).toBeNull()
  }

  async function titles(id: string): Promise<string[]> {
    const services = [{ service: id, from: null, to: null }]
    const rows = await readChanges(store().db, { services, environment: 'production', from: 0, to: now })
    return rows
      .filter(({ exclusion }) => exclusion === null)
      .map(({ title, filesUnknown }) => `${title}${filesUnknown ? ' (files unknown)' : ''}`)
  }

  const ofTill = ['Change of day 1', 'Change of day 2', 'Change of day 4']

  it('are asked for once services share the repository by paths, page by page', async () => {
    await collected([service('till'), service('web')])
    expect((await titles('till')).sort()).toEqual(ofTill)
    expect((await titles('web')).sort()).toEqual(['Change of day 2', 'Change of day 3'])
  })

  it('are asked for later too, for what was collected without them', async () => {
    await collected([])
    expect(await titles('acme/shop')).toHaveLength(4)
    await collected([service('till'), service('web')])
    expect((await titles('till')).sort()).toEqual(ofTill)
  })
})
