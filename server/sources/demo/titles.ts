/** Titles of pull requests, incidents and dependency updates, in the words of the service they belong to. */
import type { Random } from './random.ts'

const additions = [
  'pagination',
  'rate limiting',
  'structured logging',
  'request tracing',
  'input validation',
  'retries with backoff',
  'a feature flag',
  'audit events',
  'idempotency keys',
  'contract tests',
  'a health check',
  'a dry-run mode',
  'metrics',
  'an index for lookups by date',
  'a timeout',
]
const defects = [
  'rounding error',
  'race condition',
  'null handling',
  'time zone handling',
  'stale cache',
  'memory leak',
  'missing timeout',
  'duplicate events',
  'wrong sort order',
  'encoding of umlauts',
  'off-by-one error',
  'missing permission check',
  'flaky test',
  'slow query',
  'deadlock under load',
  'unhandled rejection',
]
const variants = [
  'several currencies',
  'partial updates',
  'Swiss addresses',
  'bulk requests',
  'time-limited offers',
  'dark mode',
  'screen readers',
  'the new tax rates',
  'soft deletion',
  'webhooks',
]
const places = [
  'its own module',
  'the shared client',
  'a background job',
  'the read replica',
  'the event stream',
  'the new API',
  'typed configuration',
]

const patterns: ((thing: string, random: Random) => string)[] = [
  (thing, random) => `Add ${random.pick(additions)} to ${thing}`,
  (thing, random) => `Add ${random.pick(additions)} for ${thing}`,
  (thing, random) => `Support ${random.pick(variants)} in ${thing}`,
  (thing, random) => `Move ${thing} to ${random.pick(places)}`,
  (thing, random) => `Cache ${thing} for ${random.pick(['one minute', '5 minutes', '15 minutes', 'an hour'])}`,
  (thing) => `Validate ${thing} before saving`,
  (thing) => `Remove legacy ${thing}`,
  (thing) => `Log failures of ${thing} with their cause`,
  (thing) => `Cover ${thing} with integration tests`,
  (thing) => `Speed up ${thing}`,
  (thing) => `Simplify ${thing}`,
  (thing) => `Handle empty ${thing}`,
  (thing) => `Show ${thing} in the back office`,
  (thing) => `Write ${thing} in batches`,
  (thing) => `Make ${thing} configurable per country`,
  (thing) => `Rename fields of ${thing} for consistency`,
]

const libraries = [
  'typescript',
  'hono',
  'zod',
  'pino',
  'drizzle-orm',
  'vitest',
  'react',
  'undici',
  'luxon',
  'postgres',
  'opentelemetry',
  'vite',
  'playwright',
  'fastify',
  'kafkajs',
]

export function workTitle(things: string[], random: Random): string {
  return random.pick(patterns)(random.pick(things), random)
}

export function fixTitle(things: string[], random: Random): string {
  return `Fix ${random.pick(defects)} in ${random.pick(things)}`
}

export function updateTitle(random: Random): { title: string; library: string } {
  const library = random.pick(libraries)
  return { library, title: `Update dependency ${library} to v${1 + random.below(9)}.${random.below(20)}.${random.below(12)}` }
}

const symptoms = [
  (thing: string) => `Elevated error rate on ${thing}`,
  (thing: string) => `${thing[0]?.toUpperCase()}${thing.slice(1)}: requests time out`,
  (thing: string) => `Wrong data shown in ${thing}`,
  (thing: string) => `${thing[0]?.toUpperCase()}${thing.slice(1)} unavailable for some customers`,
  (thing: string) => `Latency of ${thing} above objective`,
]

export function incidentTitle(service: string, things: string[], random: Random): string {
  return `${service}: ${random.pick(symptoms)(random.pick(things))}`
}

/** The part of a title that goes into a branch's name. */
export function slug(title: string): string {
  return title
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 40)
    .replace(/^-+|-+$/g, '')
}
