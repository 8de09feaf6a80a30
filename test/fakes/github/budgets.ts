/** The primary rate limits: requests or points an hour, per account and resource, by the server's clock. */

export type Resource = 'core' | 'graphql'

export interface Budget {
  limit: number
  remaining: number
  used: number
  /** Seconds of the epoch. */
  reset: number
}

export type Limits = Record<Resource, number>

export interface Budgets {
  read(account: string, resource: Resource): Budget
  /** False, and nothing spent, when less is left than one. GitHub lets the last call overdraw. */
  spend(account: string, resource: Resource, cost: number): boolean
  /** Of every account that has asked and of those to come; what is not named stays. */
  set(resource: Resource, fields: Partial<Budget>): void
  clear(): void
}

/** Without credentials 60 requests an hour, and no GraphQL. */
const anonymousLimits: Limits = { core: 60, graphql: 0 }

/** `now` in milliseconds. */
export function createBudgets(limits: Limits, now: () => number): Budgets {
  const budgets = new Map<string, Budget>()
  const preset: Record<Resource, Partial<Budget>> = { core: {}, graphql: {} }

  function read(account: string, resource: Resource): Budget {
    const key = `${account} ${resource}`
    const seconds = Math.floor(now() / 1000)
    const known = budgets.get(key)
    if (known && known.reset > seconds) return known
    const first = known ? {} : preset[resource]
    const limit = known?.limit ?? first.limit ?? (account === 'anonymous' ? anonymousLimits : limits)[resource]
    const fresh = { limit, remaining: limit, used: 0, reset: seconds + 3600, ...first }
    budgets.set(key, fresh)
    return fresh
  }

  return {
    read,
    spend(account, resource, cost) {
      const budget = read(account, resource)
      if (budget.remaining < 1) return false
      budget.remaining = Math.max(0, budget.remaining - cost)
      budget.used += cost
      return true
    },
    set(resource, fields) {
      const wanted = { ...fields }
      if (fields.limit !== undefined && fields.remaining === undefined) wanted.remaining = fields.limit
      preset[resource] = { ...preset[resource], ...wanted }
      for (const [key, budget] of budgets) if (key.endsWith(` ${resource}`)) Object.assign(budget, wanted)
    },
    clear() {
      budgets.clear()
      preset.core = {}
      preset.graphql = {}
    },
  }
}
