/** Which tags or which branch are deployments, in a form that can be applied, kept and said in words. */
import { RE2JS } from 're2js'
import type { Refs } from './client.ts'
import { clip } from './text.ts'

/** What makes a deployment, as it is configured; `none`: nothing in git does, another system tells. */
export type DeploymentRule = 'auto' | 'none' | { tags: string } | { branch: string | true }

/** What `auto` or `true` stand for at this moment. */
export type Rule = { tags: string; auto: boolean } | { branch: string; auto: boolean } | { none: true }

/** v1.2.3 and 1.2.3, without pre-releases. */
export const releaseTag = '^v?\\d+\\.\\d+\\.\\d+$'
const preRelease = RE2JS.compile('^v?\\d+\\.\\d+\\.\\d+(?:-|[._]?[A-Za-z]).*$')

export interface TagMatch {
  /** The maintenance line that the pattern's group `line` names. */
  line: string | null
}

export type TagMatcher = (name: string) => TagMatch | null

/** Matches whole names; the time is linear in their length whatever the pattern. */
export function tagMatcher(pattern: string): TagMatcher {
  const compiled = RE2JS.compile(pattern)
  const named = Object.hasOwn(compiled.namedGroups(), 'line')
  return (name) => {
    const matcher = compiled.matcher(name)
    if (!matcher.matches()) return null
    const line = named ? matcher.group('line') : null
    return { line: line === null || line === '' ? null : clip(line, 200) }
  }
}

/** A release before its time, such as v1.2.3-rc1. */
export function isPreRelease(name: string): boolean {
  return preRelease.matches(name)
}

export function resolveRule(deployments: DeploymentRule, refs: Refs): Rule {
  if (deployments === 'none') return { none: true }
  if (deployments !== 'auto') {
    if ('tags' in deployments) return { tags: deployments.tags, auto: false }
    return { branch: deployments.branch === true ? refs.head.branch : deployments.branch, auto: false }
  }
  const matches = tagMatcher(releaseTag)
  if (refs.tags.some(({ name }) => matches(name) !== null)) return { tags: releaseTag, auto: true }
  return { branch: refs.head.branch, auto: true }
}

/** The rule as a sentence. */
export function ruleInWords(rule: Exclude<Rule, { none: true }>): string {
  if ('branch' in rule) {
    const why = rule.auto ? ', since no tag is like v1.2.3' : ''
    return `Each commit on the first-parent path of ${rule.branch} is a deployment${why}.`
  }
  if (rule.auto) return 'Each tag like v1.2.3 or 1.2.3 is a deployment; pre-releases are left out.'
  return `Each tag whose whole name matches ${rule.tags} is a deployment.`
}
