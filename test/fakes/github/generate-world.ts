/** A world of any size that is the same for the same seed: what a company's repositories look like after some months. */
import { generateHistory } from './generate-history.ts'
import { generateIncidents } from './generate-incidents.ts'
import { createRandom } from './random.ts'
import { addRepository, createWorld, iso, type Repository, type World } from './world.ts'

export interface WorldSize {
  seed: number
  repositories: number
  pullsPerRepository: number
  deploymentsPerRepository: number
  incidentsPerRepository: number
  /** 0 unless given. */
  runsPerRepository?: number
  /** ISO 8601. */
  from: string
  to: string
  /** `acme` unless given. */
  owner?: string
}

const subjects = ['cart', 'search', 'billing', 'catalog', 'identity', 'orders', 'mail', 'media', 'pricing', 'stock', 'reports', 'gateway']
const kinds = ['service', 'web', 'worker', 'api', 'infra', 'library', 'jobs', 'app']

export function generateWorld(size: WorldSize): World {
  const owner = size.owner ?? 'acme'
  const world = createWorld([{ id: 9_000_001, login: owner, type: 'Organization' }])
  for (let index = 0; index < size.repositories; index++) {
    const random = createRandom(size.seed * 1_000_003 + index)
    const repository = addRepository(world, {
      owner,
      name: repositoryName(index),
      private: random.chance(0.8),
      archived: random.chance(0.03),
      fork: random.chance(0.02),
      createdAt: iso(Date.parse(size.from) - 86_400_000 * random.between(1, 900)),
    })
    generateHistory(world, repository, size, random)
    generateIncidents(world, repository, size, random)
    finish(repository)
  }
  return world
}

function repositoryName(index: number): string {
  const subject = subjects[index % subjects.length]
  const kind = kinds[Math.floor(index / subjects.length) % kinds.length]
  const round = Math.floor(index / subjects.length / kinds.length)
  return round === 0 ? `${subject}-${kind}` : `${subject}-${kind}-${round + 1}`
}

function finish(repository: Repository): void {
  const last = repository.commits.at(-1)
  if (last) repository.pushedAt = last.committedDate
  repository.updatedAt = repository.pushedAt
}
