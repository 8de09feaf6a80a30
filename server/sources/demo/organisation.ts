/** The demo's organisation, an online shop: its teams, its services and how each of them works. */
import { demoTimeZone } from './calendar.ts'

/** The demo's source, in the registry and in the configuration. Its data belongs in a folder of its own, never in a DATABASE_URL. */
export const demoSourceId = 'demo'

/** What the demo is told where nothing else is said: which history, and how many weeks of it. */
export const demoDefaults = { seed: 'halden', weeks: 78 }

/** How a service is released: every merge at once, soon after a merge, on set weekdays, once a month. */
export type Rhythm = 'trunk' | 'continuous' | 'train' | 'monthly'

export interface DemoService {
  id: string
  team: string
  rhythm: Rhythm
  /** Pull requests by people, per working week. */
  perWeek: number
  /** Share of deployments that go wrong in an ordinary week. */
  failRate: number
  /** Multiplies the time that reviews take. */
  pace: number
  merge: 'squash' | 'merge' | 'direct'
  staging: boolean
  /** Weeks before the demo's first day of use. */
  bornWeeksAgo: number | null
  silentWeeksAgo: number | null
  improvedWeeksAgo: number | null
  /** What its pull requests are about. */
  things: string[]
}

const teams = [
  { id: 'payments', title: 'Payments' },
  { id: 'discovery', title: 'Discovery' },
  { id: 'fulfilment', title: 'Fulfilment' },
  { id: 'accounts', title: 'Accounts' },
  { id: 'storefront', title: 'Storefront' },
  { id: 'platform', title: 'Platform' },
]

function service(id: string, team: string, rhythm: Rhythm, perWeek: number, things: string, rest: Partial<DemoService> = {}): DemoService {
  const usual = { failRate: 0.06, pace: 1, merge: 'squash' as const, staging: false }
  const spans = { bornWeeksAgo: null, silentWeeksAgo: null, improvedWeeksAgo: null }
  return { id, team, rhythm, perWeek, things: things.split(', '), ...usual, ...spans, ...rest }
}

export const demoServices: DemoService[] = [
  service(
    'checkout',
    'payments',
    'continuous',
    6,
    'address form, voucher entry, order summary, payment step, guest checkout, delivery options',
    { failRate: 0.09, staging: true },
  ),
  service(
    'payments-api',
    'payments',
    'continuous',
    5,
    'card capture, refund requests, provider callbacks, 3-D Secure redirects, payment intents, settlement import',
    { failRate: 0.07 },
  ),
  service('billing', 'payments', 'train', 3, 'credit notes, tax rates, dunning letters, invoice numbers, payment terms', { pace: 1.4 }),
  service('fraud-check', 'payments', 'train', 2, 'risk scores, velocity rules, device fingerprints, manual review queue', { pace: 1.2 }),
  service(
    'ledger',
    'payments',
    'monthly',
    5,
    'journal entries, period closing, account mapping, export to accounting, reconciliation report',
    { merge: 'merge', pace: 1.8, failRate: 0.16, staging: true },
  ),
  service('gift-cards', 'payments', 'continuous', 5, 'gift card balance, redemption, code generation, expiry reminders, card designs', {
    bornWeeksAgo: 6,
  }),
  service(
    'search',
    'discovery',
    'continuous',
    5,
    'query parser, synonyms, facet counts, ranking model, index refresh, spelling suggestions',
    { improvedWeeksAgo: 36, pace: 0.45, failRate: 0.05 },
  ),
  service('catalog', 'discovery', 'continuous', 4, 'product import, category tree, variant attributes, product feed, image references'),
  service('recommendations', 'discovery', 'train', 3, 'similar products, basket suggestions, model rollout, click tracking', { pace: 1.3 }),
  service('pricing', 'discovery', 'continuous', 4, 'price rules, currency rounding, discount stacking, price history, bulk updates', {
    failRate: 0.08,
  }),
  service('reviews', 'discovery', 'train', 2, 'star ratings, review moderation, photo uploads, review reminders'),
  service('orders', 'fulfilment', 'continuous', 5, 'order states, partial cancellations, order events, split shipments, order export', {
    merge: 'merge',
    staging: true,
  }),
  service('inventory', 'fulfilment', 'continuous', 4, 'stock reservations, stock levels, low stock alerts, warehouse feeds, safety stock', {
    failRate: 0.11,
  }),
  service('shipping', 'fulfilment', 'continuous', 3, 'carrier labels, tracking updates, delivery estimates, parcel sizes, customs forms'),
  service('returns', 'fulfilment', 'train', 2, 'return labels, refund triggers, return reasons, inspection results', { pace: 1.5 }),
  service('warehouse-sync', 'fulfilment', 'continuous', 3, 'stock delta file, pick list export, scanner events, nightly comparison', {
    merge: 'direct',
  }),
  service('accounts', 'accounts', 'continuous', 4, 'profile page, address book, account deletion, e-mail change, data export'),
  service('identity', 'accounts', 'continuous', 4, 'session tokens, passkeys, password reset, login throttling, consent records', {
    failRate: 0.04,
    pace: 1.3,
    staging: true,
  }),
  service(
    'notifications',
    'accounts',
    'continuous',
    4,
    'order e-mails, push messages, template previews, delivery receipts, unsubscribe links',
  ),
  service('loyalty', 'accounts', 'train', 3, 'point balance, tier rules, birthday rewards, point expiry', { silentWeeksAgo: 13 }),
  service('preferences', 'accounts', 'train', 2, 'newsletter topics, language choice, cookie settings'),
  service('cart', 'storefront', 'trunk', 18, 'cart merge, line items, saved carts, stock hints, cart totals, quantity picker, mini cart', {
    failRate: 0.025,
    pace: 0.25,
  }),
  service(
    'web-shop',
    'storefront',
    'continuous',
    6,
    'product page, image gallery, navigation menu, landing pages, cookie banner, breadcrumb',
    { failRate: 0.07 },
  ),
  service('mobile-bff', 'storefront', 'train', 4, 'home feed, deep links, app configuration, push registration, image sizes', {
    merge: 'merge',
  }),
  service('content', 'storefront', 'continuous', 2, 'banner slots, editorial pages, preview mode, link checker'),
  service('media', 'storefront', 'train', 2, 'image resizing, video posters, upload limits, cache headers'),
  service('api-gateway', 'platform', 'train', 3, 'rate limits, route table, request signing, header rules, timeouts', {
    failRate: 0.1,
    staging: true,
  }),
  service('feature-flags', 'platform', 'continuous', 3, 'targeting rules, flag audit, client cache, percentage rollouts', {
    failRate: 0.03,
  }),
  service('scheduler', 'platform', 'train', 2, 'cron parsing, job retries, missed runs, job locks', { merge: 'merge' }),
  service('data-pipeline', 'platform', 'continuous', 4, 'event schema, daily exports, late events, partition cleanup, sales report', {
    pace: 1.2,
  }),
]

/** Who is in a team; they write and review its pull requests. */
export const demoPeople: Record<string, string[]> = {
  payments: ['a.lindqvist', 'm.okafor', 's.brandt', 'j.petrov', 'l.moreau', 'r.iyer'],
  discovery: ['t.nakamura', 'e.fischer', 'p.santos', 'h.jensen', 'n.adeyemi'],
  fulfilment: ['d.kowalski', 'c.rossi', 'f.haddad', 'k.meyer', 'v.novak'],
  accounts: ['b.wagner', 'i.silva', 'o.dubois', 'y.tanaka', 'g.weber'],
  storefront: ['z.horvat', 'm.eriksen', 'a.chandra', 's.oconnor', 'u.klein', 'j.vega'],
  platform: ['w.schulz', 'r.almeida', 'e.park', 't.ivanova', 'd.mensah'],
}

/** One service changed hands: until this day it belonged to another team. */
const handover = { service: 'notifications', before: 'storefront', day: '2026-06-01' }

/** The configuration that the demo runs with: its source, its services with their owners, its teams, its time zone. */
export function demoConfig() {
  return {
    timeZone: demoTimeZone,
    sources: [{ id: demoSourceId, type: demoSourceId, options: { ...demoDefaults } as unknown, schedule: '*/5 * * * *' }],
    services: demoServices.map(({ id, team }) => ({
      id,
      sources: [demoSourceId],
      was: [] as string[],
      teams:
        id === handover.service
          ? [
              { team: handover.before, from: null as string | null },
              { team, from: handover.day as string | null },
            ]
          : [{ team, from: null as string | null }],
    })),
    teams,
  }
}
