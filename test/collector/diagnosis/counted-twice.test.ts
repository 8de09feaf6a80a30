import { describe, expect, it } from 'vitest'
import { countedTwice, pairsAmong, silentAuthorities } from '../../../server/collector/diagnosis/counted-twice.ts'
import type { ServiceConfig } from '../../../server/config.ts'
import type { CountedBeside, ReportedBy } from '../../../server/store/diagnosis.ts'

const minute = 60_000
const [sha, other] = ['a'.repeat(40), 'b'.repeat(40)]

function row(source: string, minutes: number, identity: string | null = null, environment = 'production'): CountedBeside {
  return { service: 'shop', tier: 'production', source, environment, at: minutes * minute, identity }
}

describe('pairs that look like one release', () => {
  it.each<[string, CountedBeside[], number]>([
    ['within an hour', [row('ci', 0), row('argo', 60)], 1],
    ['later than that', [row('ci', 0), row('argo', 61)], 0],
    ['of one source', [row('ci', 0), row('ci', 1)], 0],
    ['of one commit, at any time', [row('ci', 0, sha), row('argo', 9000, sha)], 1],
    ['of two commits', [row('ci', 0, sha), row('argo', 1, other)], 0],
    ['of two versions', [row('ci', 0, 'v1'), row('argo', 1, 'v2')], 0],
    ['of a commit and a digest', [row('ci', 0, sha), row('argo', 1, `shop@sha256:${'c'.repeat(64)}`)], 1],
    ['each once', [row('ci', 0), row('argo', 1), row('k8s', 2), row('ci', 3)], 2],
    ['by commit before by time', [row('ci', 0, sha), row('k8s', 1), row('argo', 2, sha)], 1],
  ])('%s', (_name, rows, pairs) => {
    expect(pairsAmong(rows)).toBe(pairs)
  })
})

const service = (authority?: ServiceConfig['authority']): ServiceConfig => ({
  id: 'shop',
  sources: [],
  teams: [],
  was: [],
  ...(authority === undefined ? {} : { authority }),
})
const source = (id: string) => ({ id, type: 'git', options: {}, schedule: '0 * * * *' })
const known = { services: [service()], sources: [source('argo'), source('ci')] }
const twice = [row('ci', 0), row('argo', 1), row('argo', 500)]

describe('what counts twice', () => {
  it('is pointed out with the line that names an authority', () => {
    expect(countedTwice(twice, known)).toEqual([
      {
        check: 'double_counting',
        where: 'Service shop, production',
        state: 'fault',
        what: 'argo (2 to production) and ci (1 to production) report deployments of the last 90 days, and 1 pair looks like one release that counts twice: the same commit or version, or finished within an hour.',
        mend: 'Name the one whose word holds: argo, or ci. The others are then witnesses.',
        write: 'services: [{ id: shop, ..., authority: { production: argo } }]',
      },
    ])
  })

  it('keeps what is named already, and gives a service that is not configured an entry', () => {
    const more = { ...known, services: [service({ staging: 'ci' })] }
    expect(countedTwice(twice, more)[0]?.write).toBe('services: [{ id: shop, ..., authority: { staging: ci, production: argo } }]')
    const none = { ...known, services: [] }
    expect(countedTwice(twice, none)[0]?.write).toBe('services: [{ id: shop, authority: { production: argo } }]')
  })

  it('is only what the configuration may name', () => {
    expect(countedTwice(twice, { ...known, sources: [source('ci')] })[0]).toMatchObject({
      mend: 'Name the one whose word holds: ci. The others are then witnesses.',
      write: 'services: [{ id: shop, ..., authority: { production: ci } }]',
    })
  })

  it('is not where an authority is named, also for one environment of the tier each', () => {
    expect(countedTwice(twice, { ...known, services: [service('argo')] })).toEqual([])
    const places = [row('ci', 0, null, 'prod-eu'), row('argo', 1, null, 'prod-us')]
    expect(countedTwice(places, known)).toMatchObject([{ state: 'fault' }])
    expect(countedTwice(places, { ...known, services: [service({ 'prod-eu': 'ci', 'prod-us': 'argo' })] })).toEqual([])
  })

  it('is good where no two look like one', () => {
    expect(countedTwice([row('ci', 0), row('argo', 90)], known)).toMatchObject([{ state: 'good' }])
  })
})

describe('an authority', () => {
  const reported = (source: string, deployments: number, witnesses: number): ReportedBy => ({
    service: 'shop',
    environment: 'production',
    tier: 'production',
    source,
    deployments,
    witnesses,
  })
  const ruled = { ...known, services: [service('argo')] }

  it('that reported nothing is pointed out: then nothing counts', () => {
    expect(silentAuthorities([reported('ci', 7, 7)], ruled)).toMatchObject([
      {
        state: 'fault',
        what: 'argo is the authority and reported no deployment of the last 90 days; ci saw 7 as witnesses: none of them counts.',
      },
    ])
  })

  it('that reported some is good, with its witnesses', () => {
    expect(silentAuthorities([reported('argo', 3, 0), reported('ci', 1, 1)], ruled)).toMatchObject([
      { state: 'good', what: 'argo reported 3 deployments of the last 90 days; ci saw 1 as witness.' },
    ])
    expect(silentAuthorities([reported('ci', 7, 0)], known)).toEqual([])
  })
})
