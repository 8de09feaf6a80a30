/** The benchmark's own claims: its organisation has the promised shape, and what it loads is what the product itself would hold. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ingest } from '../../server/collector/ingest.ts'
import { rebuild } from '../../server/collector/rebuild.ts'
import { readConfigFile } from '../../server/config/file.ts'
import type { Fact } from '../../server/facts.ts'
import { openStore } from '../../server/store/open.ts'
import { contentOf } from '../crash/rounds.ts'
import { createRandom } from '../fakes/github/random.ts'
import { openPlaces, type Places } from '../support/places.ts'
import { copyDerived } from './scale/derived-tables.ts'
import { historyOf } from './scale/history.ts'
import { loadFacts } from './scale/load-facts.ts'
import { apportion, configText, type Organisation, organisationOf, present } from './scale/organisation.ts'
import { windows } from './scale/questions.ts'
import { judge } from './scale/targets.ts'

describe('the organisation', () => {
  it('has the promised size and a Zipf shape', () => {
    const { services, teams } = organisationOf(1)
    const sum = (field: 'deployments' | 'changes' | 'incidents') => services.reduce((total, service) => total + service[field], 0)
    expect([services.length, teams.length]).toEqual([5000, 200])
    expect([sum('deployments'), sum('changes'), sum('incidents')]).toEqual([1_000_000, 10_000_000, 30_000])
    const halfYears = services.map(({ changes }) => changes / 4)
    expect(halfYears[0]).toBeGreaterThan(90_000)
    expect(halfYears[0]).toBeLessThan(100_000)
    expect(halfYears.filter((changes) => changes > 15_000 && changes < 20_000).length).toBeGreaterThan(2)
    expect(Math.min(...services.map(({ deployments }) => deployments))).toBeGreaterThan(10)
  })

  it('has a tenth of the services and all of the teams at a tenth', () => {
    const { services, teams } = organisationOf(0.1)
    expect([services.length, teams.length]).toEqual([500, 200])
  })

  it('is the same for the same seed', () => {
    expect(organisationOf(0.01)).toEqual(organisationOf(0.01))
    expect(organisationOf(0.01, 2)).not.toEqual(organisationOf(0.01))
    const [service] = small().services
    expect(service && [...historyOf(service)]).toEqual(service && [...historyOf(service)])
  })

  it('has exactly as many facts of each kind as it says', () => {
    for (const service of small().services) {
      const facts = [...historyOf(service)]
      const count = (kind: Fact['kind']) => facts.filter((fact) => fact.kind === kind).length
      expect([count('deployment'), count('change'), count('incident')]).toEqual([service.deployments, service.changes, service.incidents])
    }
  })

  it('has a configuration that the product takes, with nested teams and services that changed hands', () => {
    const config = readConfigFile('/shiplog.yaml', configText(organisationOf(0.1)), {})
    expect([config.services.length, config.teams.length]).toEqual([500, 200])
    expect(config.services.filter(({ teams }) => teams.length > 1).length).toBeGreaterThan(20)
    const parent = new Map(config.teams.map((team) => [team.id, team.parent]))
    expect(
      config.teams.some(
        ({ parent: above }) => above !== undefined && parent.get(parent.get(above) ?? '') === undefined && parent.get(above) !== undefined,
      ),
    ).toBe(true)
  })
})

describe('apportion', () => {
  it('gives the whole total in proportion', () => {
    expect([...apportion([1, 1, 2], 8)]).toEqual([2, 2, 4])
    expect(apportion([0.3, 0.3, 0.3], 10).reduce((a, b) => a + b)).toBe(10)
  })
})

describe('windows', () => {
  it('are distinct, and each has one before it in the data', () => {
    const all = [...windows(26)]
    expect(new Set(all.map(({ from }) => from)).size).toBe(all.length)
    expect(all[0]).toEqual({ from: '2025-12-29', to: '2026-06-29' })
    expect(all.at(-1)).toEqual({ from: '2024-12-30', to: '2025-06-30' })
  })
})

describe('judge', () => {
  it.each([
    ['within its limit', 'org', { value: 20, plain: 700, tenth: 19 }, true, true],
    ['too slow on this machine', 'org', { value: 26, plain: 900, tenth: 24 }, false, true],
    ['not fast enough beside plain SQL', 'org', { value: 20, plain: 500, tenth: 19 }, false, false],
    ['never asked in plain SQL', 'org', { value: 20, tenth: 19 }, false, false],
    ['growing', 'service', { value: 18, tenth: 12 }, false, false],
    ['without a like in the smaller organisation', 'largeService', { value: 18 }, true, true],
    ['whose like could not be measured', 'service', { value: 18, tenth: null }, false, false],
    ['not measured', 'service', { value: null, note: 'no answer' }, false, true],
    ['too few a second', 'batches', { value: 4999 }, false, true],
    ['enough a second', 'batches', { value: 5000 }, true, true],
    ['a ratio itself', 'rebuild', { value: 3.1 }, false, false],
  ] as const)('a figure %s', (_, id, measured, met, ratiosMet) => {
    expect(judge(id, measured)).toMatchObject({ met, ratiosMet })
  })
})

describe('a loaded database', () => {
  let places: Places
  const folder = mkdtempSync(join(tmpdir(), 'shiplog-scale-'))
  beforeAll(async () => {
    places = await openPlaces('postgres')
  })
  afterAll(async () => {
    await places.end()
    rmSync(folder, { recursive: true, force: true })
  })

  it('is row for row the one to which the same facts were sent, also after its derived rows were copied', async () => {
    const organisation = small()
    const config = readConfigFile('/shiplog.yaml', configText(organisation), {})
    const [copied, sent] = [await places.next(), await places.next()]
    const { facts } = await loadFacts(copied.databaseUrl ?? '', organisation)
    const loaded = await openStore(copied)
    await rebuild(loaded, { config, now: present })
    const content = await contentOf(loaded)
    await copyDerived(copied.databaseUrl ?? '', folder)
    expect(await contentOf(loaded)).toBe(content)
    await loaded.close()

    const store = await openStore(sent)
    const all = shuffled(organisation.services.flatMap((service) => [...historyOf(service)]))
    expect(all.length).toBe(facts)
    for (let at = 0; at < all.length; at += 400) {
      await ingest(store, all.slice(at, at + 400), { now: present, config, authority: 'push' })
    }
    expect(await contentOf(store)).toBe(content)
    await store.close()
  })
})

/** Few facts of every sort. */
function small(): Organisation {
  const { services, teams } = organisationOf(0.001)
  return { services: services.map((service) => ({ ...service, deployments: 40, changes: 300, incidents: 12, rollbacks: 0.1 })), teams }
}

function shuffled<T>(values: T[]): T[] {
  const random = createRandom(3)
  return values
    .map((value) => ({ value, order: random.next() }))
    .sort((a, b) => a.order - b.order)
    .map(({ value }) => value)
}
