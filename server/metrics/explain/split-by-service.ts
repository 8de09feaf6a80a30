/**
 * The difference of two means, split exactly into which services weigh how much (mix) and how each of them changed (within): Kitagawa's
 * decomposition with the midpoint as its standard (Kitagawa, 1955; the Marshall-Edgeworth weights of price indices), which treats both
 * windows alike and leaves no interaction over.
 */

/** A service's observations in one window. */
export interface Weighed {
  service: string
  n: number
  sum: number
}

export interface Side {
  n: number
  /** Of all observations of the window. */
  share: number
  mean: number
}

export interface ServiceDifference {
  service: string
  /** Null where the service has no observation in the window: then all of its part is mix. */
  before: Side | null
  after: Side | null
  mix: number
  within: number
}

export interface ServiceSplit {
  before: number
  after: number
  mix: number
  within: number
  /** By name. Their parts add up to `after - before`. */
  services: ServiceDifference[]
}

/**
 * A service's part of the mix is the change of its share times how far its own mean lies from that of all, each at the midpoint of the
 * windows; its part within is the change of its mean times the midpoint of its shares. A service in only one window has no mean in the
 * other: it is held to have had the same. Null where a window has no observation.
 */
export function splitByService(before: readonly Weighed[], after: readonly Weighed[]): ServiceSplit | null {
  const [one, other] = [sidesOf(before), sidesOf(after)]
  if (one === null || other === null) return null
  const middle = (one.mean + other.mean) / 2
  const names = [...new Set([...one.sides.keys(), ...other.sides.keys()])].sort()
  const services = names.map((service): ServiceDifference => {
    const [was, is] = [one.sides.get(service) ?? null, other.sides.get(service) ?? null]
    const [wasMean, isMean] = [(was ?? is)?.mean as number, (is ?? was)?.mean as number]
    const [wasShare, isShare] = [was?.share ?? 0, is?.share ?? 0]
    return {
      service,
      before: was,
      after: is,
      mix: (isShare - wasShare) * ((wasMean + isMean) / 2 - middle),
      within: ((wasShare + isShare) / 2) * (isMean - wasMean),
    }
  })
  return {
    before: one.mean,
    after: other.mean,
    mix: services.reduce((sum, { mix }) => sum + mix, 0),
    within: services.reduce((sum, { within }) => sum + within, 0),
    services,
  }
}

function sidesOf(given: readonly Weighed[]): { mean: number; sides: Map<string, Side> } | null {
  const present = given.filter(({ n }) => n > 0).sort((a, b) => (a.service < b.service ? -1 : 1))
  const n = present.reduce((sum, each) => sum + each.n, 0)
  if (n === 0) return null
  const sum = present.reduce((total, each) => total + each.sum, 0)
  const sides = new Map(present.map((each) => [each.service, { n: each.n, share: each.n / n, mean: each.sum / each.n }]))
  return { mean: sum / n, sides }
}

export interface ServicePart {
  kind: 'mix' | 'within'
  /** Null: the services that are not named. */
  service: string | null
  /** How many services it stands for. */
  services: number
  size: number
  before: Side | null
  after: Side | null
}

/** Equal means of different sums differ by less, relative to them: that is no part. */
const rounding = 1e-13

/** The largest parts by name, the rest of each kind in one line; nothing for what has no size. They add up as the split does. */
export function serviceParts(split: ServiceSplit, most: { mix: number; within: number }): ServicePart[] {
  const none = rounding * Math.max(Math.abs(split.before), Math.abs(split.after))
  return (['mix', 'within'] as const).flatMap((kind) => {
    const moved = split.services.filter((each) => Math.abs(each[kind]) > none)
    const bySize = moved.sort((a, b) => Math.abs(b[kind]) - Math.abs(a[kind]) || (a.service < b.service ? -1 : 1))
    // A rest of one service is named like the others.
    const named = bySize.length === most[kind] + 1 ? bySize : bySize.slice(0, most[kind])
    const rest = bySize.slice(named.length)
    const parts = named.map((each): ServicePart => {
      return { kind, service: each.service, services: 1, size: each[kind], before: each.before, after: each.after }
    })
    if (rest.length === 0) return parts
    const size = rest.reduce((sum, each) => sum + each[kind], 0)
    return [...parts, { kind, service: null, services: rest.length, size, before: null, after: null }]
  })
}
