/** Tells an environment's tier from its name, where the source does not say it. */
import type { Tier } from './facts.ts'

const rules: [RegExp, Tier][] = [
  [/^(?:pre-?prod|staging|stage|stg|uat|qa|acceptance)(?:\b|[-_/.\d]|$)/i, 'staging'],
  [/^(?:production|prod|prd|live)(?:\b|[-_/.\d]|$)/i, 'production'],
  [/^(?:testing|test|tst|ci|integration)(?:\b|[-_/.\d]|$)/i, 'testing'],
  [/^(?:development|develop|dev|local|preview|review|sandbox)(?:\b|[-_/.\d]|$)/i, 'development'],
]

/** Null where no rule maps the name: such deployments are listed and in no metric. */
export function tierOf(environment: string): Tier | null {
  return rules.find(([pattern]) => pattern.test(environment))?.[1] ?? null
}
