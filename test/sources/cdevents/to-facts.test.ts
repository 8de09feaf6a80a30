import { describe, expect, test } from 'vitest'
import type { Fact } from '../../../server/facts.ts'
import { eventOf } from '../../../server/sources/cdevents/specification.ts'
import { factsOf } from '../../../server/sources/cdevents/to-facts.ts'
import { type AnyEvent, event, optionsOf } from '../../support/cdevents-things.ts'

const at = Date.UTC(2026, 0, 5, 9)
const commit = 'a'.repeat(40)

// biome-ignore lint/suspicious/noExplicitAny: any options
function factsOfEvent(value: AnyEvent, more: any = {}): Fact[] | string {
  return factsOf(eventOf(value), optionsOf(more), { sourceId: 'events', service: 'events' })
}

const production = { environment: { id: 'production' } }
const deployed = { ...production, artifactId: 'pkg:oci/shop@sha256%3A0b31?repository_url=registry.example.org&tag=1.2' }

describe('a service', () => {
  test.each(['service.deployed', 'service.upgraded'])('that is live by %s is a deployment', (kind) => {
    expect(factsOfEvent(event(kind, deployed))).toEqual([
      {
        kind: 'deployment',
        source: 'events',
        id: '/ci#e1',
        service: 'shop',
        environment: 'production',
        version: 'sha256:0b31',
        status: 'succeeded',
        finishedAt: at,
        updatedAt: at,
        reported: 'event',
      },
    ])
  })

  test('that is rolled back is a deployment that nobody planned', () => {
    expect(factsOfEvent(event('service.rolledback', deployed))).toMatchObject([
      { unplanned: true, labels: ['rollback'], status: 'succeeded' },
    ])
  })

  test.each(['service.removed', 'service.published'])('of which %s is told puts no version live', (kind) => {
    expect(factsOfEvent(event(kind, production))).toBe(`The event ${kind} is not needed.`)
  })

  test('has its commit by the sender’s own data or by the artifact, and names changes where the sender does', () => {
    const customData = { commit, changes: ['acme/shop/7', 7, 'acme/shop/7'], repository: 'acme/shop' }
    expect(factsOfEvent(event('service.deployed', deployed, { customData }))).toMatchObject([
      { commit, changes: ['acme/shop/7'], repository: 'acme/shop' },
    ])
    const artifactId = `pkg:github/acme/shop@1.2?vcs_url=git%2Bhttps://github.com/acme/shop%40${commit}`
    expect(factsOfEvent(event('service.deployed', { ...production, artifactId }))).toMatchObject([{ commit, version: '1.2' }])
    const encoded = Buffer.from(JSON.stringify({ commit })).toString('base64')
    expect(factsOfEvent(event('service.deployed', deployed, { customData: encoded }))).toMatchObject([{ commit }])
  })

  test('is named by the rule, and its tier told by the rule', () => {
    const more = { service: { label: 'artifact.name', pattern: '^(.+)op$' }, environments: { production: '^live' } }
    expect(factsOfEvent(event('service.deployed', deployed), more)).toMatchObject([{ service: 'sh', tier: null }])
  })

  test('is left out where services are no deployments here', () => {
    expect(factsOfEvent(event('service.deployed', deployed), { deployments: { services: false } })).toMatch(/no deployments here/)
  })
})

describe('a run', () => {
  const deployments = { runs: [{ pipeline: '^deploy-' }, { task: '^rollout$', environment: 'staging', service: 'search' }] }
  const content = { pipelineName: 'deploy-shop', uri: 'https://ci.example.org/7' }
  const service = { label: 'pipeline', pattern: '^deploy-(.+)$' }

  test('that begins is under way', () => {
    expect(factsOfEvent(event('pipelinerun.started', content, { subject: '7' }), { deployments, service })).toEqual([
      {
        kind: 'deployment',
        source: 'events',
        id: 'pipelinerun:/ci#7',
        url: 'https://ci.example.org/7',
        service: 'shop',
        environment: 'production',
        status: 'running',
        startedAt: at,
        updatedAt: at,
        reported: 'event',
      },
    ])
  })

  test.each([
    ['success', 'succeeded'],
    ['failure', 'failed'],
    ['error', 'failed'],
    ['cancel', 'cancelled'],
    [undefined, 'cancelled'],
  ])('that ends with %s is %s', (outcome, status) => {
    expect(factsOfEvent(event('pipelinerun.finished', { ...content, outcome }), { deployments })).toMatchObject([
      { status, finishedAt: at },
    ])
  })

  test('of a task counts by its own name, where and as the rule says', () => {
    const task = { taskName: 'rollout', outcome: 'success' }
    expect(factsOfEvent(event('taskrun.finished', task, { subject: '7' }), { deployments })).toMatchObject([
      { id: 'taskrun:/ci#7', environment: 'staging', service: 'search' },
    ])
  })

  test('of another name, or without one, is none', () => {
    expect(factsOfEvent(event('pipelinerun.finished', { pipelineName: 'test' }), { deployments })).toBe(
      'Runs of test are no deployments here.',
    )
    expect(factsOfEvent(event('pipelinerun.finished', {}), { deployments })).toBe('Runs of what has no name are no deployments here.')
    expect(factsOfEvent(event('pipelinerun.queued', content), { deployments })).toBe('The event pipelinerun.queued is not needed.')
  })
})

describe('a change', () => {
  test('is one where it is merged, within its repository', () => {
    const customData = {
      title: 'Faster till',
      author: 'ada',
      openedAt: '2026-01-04T09:00:00Z',
      url: 'https://git.example.org/7',
      commits: [commit, 'x'],
    }
    expect(factsOfEvent(event('change.merged', { repository: { id: 'acme/shop' } }, { subject: '7', customData }))).toEqual([
      {
        kind: 'change',
        source: 'events',
        id: 'acme/shop/7',
        url: 'https://git.example.org/7',
        repository: 'acme/shop',
        title: 'Faster till',
        author: 'ada',
        openedAt: at - 24 * 3_600_000,
        mergedAt: at,
        updatedAt: at,
        commits: [commit],
      },
    ])
  })

  test('without a repository is of the service of the source, and its id may be its merge commit', () => {
    expect(factsOfEvent(event('change.merged', {}, { subject: commit }))).toMatchObject([
      { id: commit, service: 'events', mergeCommit: commit, title: `Change ${commit}`, commits: [] },
    ])
  })

  test.each(['change.created', 'change.reviewed', 'change.abandoned'])('that is not merged is none yet: %s', (kind) => {
    expect(factsOfEvent(event(kind, {}))).toMatch(/not needed/)
  })
})

describe('an incident', () => {
  const content = { ...production, description: 'Slow', service: { id: 'shop' }, artifactId: 'pkg:oci/shop@sha256%3A0b31' }
  const common = { kind: 'incident', source: 'events', id: '/ci#i1', service: 'shop', title: 'Slow', openedAt: at }

  test('opens where it is detected', () => {
    const told = factsOfEvent(event('incident.detected', content, { subject: 'i1', customData: { severity: 'high' } }))
    expect(told).toEqual([{ ...common, severity: 'high', updatedAt: at }])
  })

  test('has a page where it is reported', () => {
    const reported = { ...content, ticketURI: 'https://issues.example.org/7' }
    expect(factsOfEvent(event('incident.reported', reported, { subject: 'i1' }))).toEqual([
      { ...common, url: 'https://issues.example.org/7' },
    ])
  })

  test('is over where it is resolved, by an artifact that is not the culprit', () => {
    const told = factsOfEvent(event('incident.resolved', content, { subject: 'i1' }), { incidents: { culprit: 'artifact' } })
    expect(told).toEqual([{ ...common, resolvedAt: at, updatedAt: at }])
  })

  test('names its culprit by the artifact, where that is agreed', () => {
    const told = factsOfEvent(event('incident.detected', content), { incidents: { culprit: 'artifact' } })
    expect(told).toMatchObject([{ version: 'sha256:0b31' }])
  })

  test('of no service is of none', () => {
    expect(factsOfEvent(event('incident.detected', production))).toEqual([
      { kind: 'incident', source: 'events', id: '/ci#shop', title: 'Incident shop', openedAt: at, updatedAt: at },
    ])
  })

  test.each([
    ['staging', {}, false],
    ['prod1', {}, true],
    ['atlantis', {}, true],
    ['atlantis', { environments: { production: '^prod' } }, false],
    ['production', { incidents: false }, false],
  ])('of the environment %s with %j counts: %s', (id, more, counts) => {
    expect(typeof factsOfEvent(event('incident.detected', { environment: { id } }), more) !== 'string').toBe(counts)
  })
})

test.each(['artifact.packaged', 'ticket.created', 'build.finished'])('%s is not needed', (kind) => {
  const content = kind.startsWith('artifact')
    ? { change: { id: '7' } }
    : kind.startsWith('ticket')
      ? { summary: 's', creator: 'c', uri: '/7' }
      : {}
  expect(factsOfEvent(event(kind, content))).toBe(`The event ${kind} is not needed.`)
})
