/** Facts whose metrics clearly moved between January and February 2026, of known sizes. */

const hour = 3_600_000
const day = 24 * hour
const before = Date.UTC(2026, 0, 5, 9)
const after = Date.UTC(2026, 1, 2, 9)

function text(at: number): string {
  return new Date(at).toISOString()
}

interface Release {
  service: string
  id: string
  at: number
  /** Changes, and how long each took from its opening and from its merge, in hours. */
  changes: number
  lead: number
  wait: number
}

/** A deployment that names what it carries: opened, reviewed an hour later, approved an hour after that, merged, live. */
function released({ service, id, at, changes: count, lead, wait }: Release) {
  const changes = Array.from({ length: count }, (_, i) => ({
    id: `${id}-${i}`,
    service,
    title: `${id}, part ${i}`,
    url: `https://example.com/${id}/${i}`,
    openedAt: text(at - lead * hour),
    firstReviewAt: text(at - (lead - 1) * hour),
    approvedAt: text(at - (lead - 2) * hour),
    mergedAt: text(at - wait * hour),
    commits: [],
  }))
  const names = changes.map((change) => change.id)
  const deployment = {
    id,
    service,
    environment: 'production',
    version: id,
    status: 'succeeded',
    startedAt: text(at),
    finishedAt: text(at),
    changes: names,
  }
  return { changes, deployment }
}

type Plain = Omit<Release, 'service' | 'id' | 'at'>

/** Two deployments in each of four weeks before, and four after. */
function history(service: string, was: Plain, is: Plain) {
  return [before, after].flatMap((start, side) =>
    Array.from({ length: 8 }, (_, i) => {
      const at = start + Math.floor(i / 2) * 7 * day + (i % 2) * 2 * day
      return released({ service, id: `${service}-${side === 0 ? 'jan' : 'feb'}-${i}`, at, ...(side === 0 ? was : is) })
    }),
  )
}

const releases = [
  // shop: 16 changes of a day, then 24 of three days; till: 16 of two days, then 8 of two days.
  ...history('shop', { changes: 2, lead: 24, wait: 1 }, { changes: 3, lead: 72, wait: 1 }),
  ...history('till', { changes: 2, lead: 48, wait: 1 }, { changes: 1, lead: 48, wait: 1 }),
  // frozen: as much as before and half as long again, and at once 12 changes that had waited for ten days.
  ...history('frozen', { changes: 3, lead: 24, wait: 1 }, { changes: 3, lead: 36, wait: 1 }),
  released({ service: 'frozen', id: 'frozen-thaw', at: after + 4 * day, changes: 12, lead: 264, wait: 240 }),
  released({ service: 'late', id: 'late-1', at: after + 3 * hour, changes: 1, lead: 24, wait: 1 }),
]

/** Deployments without changes: `risky` fails never and then half of the time, `calm` one in ten throughout. */
const judged = ['risky', 'calm'].flatMap((service) =>
  [before, after].flatMap((start, side) =>
    Array.from({ length: 20 }, (_, i) => {
      const id = `${service}-${side}-${i}`
      const at = text(start + i * day + hour)
      const failed = service === 'calm' ? i % 10 === 0 : side === 1 && i % 2 === 0
      return {
        failed,
        deployment: { id, service, environment: 'production', version: id, status: 'succeeded', startedAt: at, finishedAt: at },
      }
    }),
  ),
)

export const changes = releases.flatMap((each) => each.changes)
export const deployments = [...releases, ...judged].map((each) => each.deployment)
export const incidents = judged.flatMap(({ failed, deployment: { id, service, finishedAt } }) =>
  failed ? [{ id: `inc-${id}`, service, title: `Broken by ${id}`, openedAt: finishedAt, resolvedAt: finishedAt, deployment: id }] : [],
)

function owned(id: string, team: string) {
  return { id, sources: [], was: [], teams: [{ team, from: null }] }
}

export const services = [
  ...['shop', 'till', 'late'].map((id) => owned(id, id === 'late' ? 'others' : 'retail')),
  owned('frozen', 'others'),
  ...['risky', 'calm'].map((id) => owned(id, 'risk')),
]
export const teams = ['retail', 'risk', 'others'].map((id) => ({ id, title: id }))
export const window = 'from=2026-02-02&to=2026-03-02'
