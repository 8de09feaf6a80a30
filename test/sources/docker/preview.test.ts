import { afterEach, expect, test } from 'vitest'
import { createDockerSource } from '../../../server/sources/docker/index.ts'
import { DockerOptions } from '../../../server/sources/docker/options.ts'
import { addImage, type FakeRegistry, startRegistry } from '../../fakes/docker/registry.ts'
import { contextOf } from '../../support/run-git-source.ts'

let fake: FakeRegistry | undefined
afterEach(() => fake?.stop())

const preview = async (options: Record<string, unknown> = {}) =>
  createDockerSource(1).preview?.(DockerOptions.parse({ url: fake?.url, ...options }), contextOf().ctx)

test('says which images tell a commit, and what the others lack', async () => {
  fake = await startRegistry()
  const revision = 'org.opencontainers.image.revision'
  for (const n of [1, 2, 10, 11]) addImage(fake, 'acme/shop', [`1.${n}`], { [revision]: `${n}`.padStart(40, '0') })
  addImage(fake, 'acme/tool', ['latest'], { [revision]: 'abc1234' })
  addImage(fake, 'acme/chart', ['1'], {}, { configType: 'application/vnd.cncf.helm.config.v1+json' })
  const at = Date.UTC(2026, 0, 10, 8)
  expect(await preview({ commit: revision })).toEqual({
    rule: `an image tells its commit by ${revision}`,
    rows: [
      { name: 'acme/chart:1', at: null, counted: false, reason: 'it is no image of a container' },
      ...['1.11', '1.10', '1.2'].map((tag) => ({ name: `acme/shop:${tag}`, at, counted: true, reason: null })),
      { name: 'acme/tool:latest', at, counted: false, reason: `no full commit id in ${revision}` },
    ],
    hints: [],
  })
  expect(await preview({ images: ['acme/tool'] })).toMatchObject({ hints: [expect.stringContaining('not deployments')] })
})
