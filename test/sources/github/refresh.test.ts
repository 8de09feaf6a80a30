/** Polling, webhooks, and both of them, end in the same rows: in any order, with repeats and with losses. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Instant } from '../../../server/facts.ts'
import { addDeployment, addStatus, publishRelease } from '../../fakes/github/change-deliveries.ts'
import { closeIssue, labelIssue, openIssue, reopenIssue, unlabelIssue } from '../../fakes/github/change-issues.ts'
import { mergePull, openPull, pushCommit, reviewPull } from '../../fakes/github/change-pulls.ts'
import { createRandom, type Random } from '../../fakes/github/random.ts'
import { type GithubFake, startGithub } from '../../fakes/github/start-github.ts'
import type { Change, WebhookEvent } from '../../fakes/github/webhook-event.ts'
import { addRepository, createWorld, type Repository, type World } from '../../fakes/github/world.ts'
import { type GithubCollecting, githubCollecting, standingRows } from '../../support/github-collecting.ts'
import { storeKinds } from '../../support/places.ts'
import { emptyStore, testStore } from '../../support/stores.ts'

const minute = 60_000
const begin = Date.UTC(2026, 5, 1)

/** A company at work: the same for the same seed, whoever looks on. */
interface Company {
  world: World
  /** Works on for so many steps. */
  work(steps: number): WebhookEvent[]
  now(): Instant
}

function company(seed: number): Company {
  const world = createWorld()
  const random = createRandom(seed)
  let at = begin
  const repositories = ['shop', 'search', 'mail'].map((name) => addRepository(world, { owner: 'acme', name }))
  const open = new Map(repositories.map((repository) => [repository, { pulls: [], deployments: [], issues: [] } as Open]))
  const tick = () => {
    at += random.between(1, 90) * minute
    return new Date(at).toISOString()
  }
  for (const repository of repositories) for (let n = 0; n < 3; n++) pushCommit(world, repository, tick(), { message: `Start ${n}` })
  return {
    world,
    now: () => at + minute,
    work(steps) {
      const events: WebhookEvent[] = []
      for (let step = 0; step < steps; step++) {
        const repository = random.pick(repositories)
        for (const change of act(world, repository, open.get(repository) as Open, tick, random)) events.push(...change.events)
      }
      return events
    },
  }
}

interface Open {
  pulls: ReturnType<typeof openPull>['item'][]
  deployments: ReturnType<typeof addDeployment>['item'][]
  issues: ReturnType<typeof openIssue>['item'][]
}

function act(world: World, repository: Repository, open: Open, tick: () => string, random: Random): Change<unknown>[] {
  const environment = random.pick(['production', 'production', 'staging', 'github-pages'])
  switch (random.between(0, 9)) {
    case 0:
      return [pushCommit(world, repository, tick(), { message: `Push ${repository.commits.length}` })]
    case 1:
    case 2: {
      const opened = openPull(world, repository, tick(), {
        title: `Change ${repository.pulls.length}`,
        labels: random.chance(0.1) ? ['hotfix'] : [],
      })
      open.pulls.push(opened.item)
      return [opened]
    }
    case 3: {
      const pull = open.pulls.shift()
      if (!pull) return []
      const reviewed = reviewPull(world, repository, pull, tick(), { author: random.pick(['kim', 'renovate[bot]']), state: 'APPROVED' })
      return [reviewed, mergePull(world, repository, pull, tick(), { method: random.pick(['merge', 'squash', 'rebase']) })]
    }
    case 4:
    case 5: {
      const made = addDeployment(world, repository, tick(), { environment })
      open.deployments.push(made.item)
      return [made, addStatus(world, repository, made.item, tick(), 'in_progress')]
    }
    case 6: {
      const deployment = open.deployments.shift()
      if (!deployment) return []
      return [addStatus(world, repository, deployment, tick(), random.pick(['success', 'success', 'success', 'failure', 'inactive']))]
    }
    case 7: {
      const opened = openIssue(world, repository, tick(), {
        title: 'Down',
        labels: random.chance(0.7) ? ['incident', 'sev2'] : ['question'],
      })
      open.issues.push(opened.item)
      return [opened]
    }
    case 8: {
      const issue = open.issues.shift()
      if (!issue) return []
      open.issues.push(issue)
      if (issue.closedAt !== null) return [reopenIssue(world, repository, issue, tick())]
      if (issue.labels.includes('incident') && random.chance(0.3)) return [unlabelIssue(world, repository, issue, tick(), 'incident')]
      return [random.chance(0.5) ? closeIssue(world, repository, issue, tick()) : labelIssue(world, repository, issue, tick(), 'incident')]
    }
    default:
      return [publishRelease(world, repository, tick(), { tag: `v1.${repository.releases.length}.0`, prerelease: random.chance(0.2) })]
  }
}

function shuffled<T>(items: readonly T[], random: Random): T[] {
  const left = [...items]
  return Array.from({ length: items.length }, () => left.splice(random.between(0, left.length - 1), 1)[0] as T)
}

/** Lines of one that the other has not. */
function difference(found: string[], expected: string[]): string[] {
  const [a, b] = [new Set(found), new Set(expected)]
  return [
    ...found.filter((line) => !b.has(line)).map((line) => `+ ${line}`),
    ...expected.filter((line) => !a.has(line)).map((line) => `- ${line}`),
  ]
}

describe.each(storeKinds)('on %s', (kind) => {
  const store = testStore(kind)
  let github: GithubFake
  let collecting: GithubCollecting

  async function begun(seed: number, options: Record<string, unknown> = {}): Promise<Company> {
    const acme = company(seed)
    github = await startGithub(acme.world, { clock: acme.now })
    collecting = githubCollecting(store(), github, acme.now, { owner: 'acme', ...options })
    return acme
  }

  async function ended(): Promise<string[]> {
    const standing = await standingRows(store())
    collecting.end()
    await github.stop()
    return standing
  }

  /** What stands when the same history is only polled: once in the middle, once at the end. */
  async function polled(seed: number, options?: Record<string, unknown>): Promise<string[]> {
    const acme = await begun(seed, options)
    acme.work(60)
    expect(await collecting.collect()).toMatchObject({ outcome: 'succeeded', error: null })
    acme.work(60)
    expect(await collecting.collect()).toMatchObject({ outcome: 'succeeded', error: null })
    return ended()
  }

  beforeEach(() => emptyStore(store()))
  afterEach(async () => {
    collecting.end()
    await github.stop()
  })

  const rules = [{ deployments: { environments: true } }, { deployments: [{ releases: true }, { environments: { staging: '^stag' } }] }]

  it.each([
    [1, rules[0]],
    [2, rules[1]],
  ])('polled, delivered in any order with repeats, or delivered with losses and polled: the same rows (seed %i)', async (seed, options) => {
    const expected = await polled(seed, options)
    expect(expected.filter((line) => line.startsWith('deployed ')).length).toBeGreaterThan(10)
    expect(expected.filter((line) => line.startsWith('change ')).length).toBeGreaterThan(10)

    for (const way of ['delivered', 'delivered with losses, then polled', 'both at once'] as const) {
      await emptyStore(store())
      const random = createRandom(seed * 100)
      const acme = await begun(seed, options)
      acme.work(60)
      await collecting.collect()
      const events = acme.work(60)
      const sent = shuffled([...events, ...events.filter(() => random.chance(0.3))], random)
      if (way === 'delivered') await collecting.receive(sent)
      else {
        await collecting.receive(sent.filter(() => random.chance(0.6)))
        expect(await collecting.collect()).toMatchObject({ outcome: 'succeeded' })
        if (way === 'both at once') await collecting.receive(sent)
      }
      expect(difference(await ended(), expected), way).toEqual([])
    }
  })

  it('deliveries that come while the world moves on are asked for as the world is then', async () => {
    const expected = await polled(3)
    await emptyStore(store())
    const acme = await begun(3)
    acme.work(60)
    await collecting.collect()
    for (let part = 0; part < 6; part++) await collecting.receive(acme.work(10))
    expect(difference(await ended(), expected)).toEqual([])
  })
})
