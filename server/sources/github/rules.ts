/** Which rules hold for a repository, what they cover, and which tier an environment is of. */
import type { Tier } from '../../facts.ts'
import { compiled } from '../rules.ts'
import type { GithubOptions, IncidentRule, Rule } from './options.ts'

export type EnvironmentsRule = Extract<Rule, { environments: unknown }>
export type ReleasesRule = Extract<Rule, { releases: unknown }>
export type TagsRule = Extract<Rule, { tags: unknown }>
export type WorkflowRule = Extract<Rule, { workflow: unknown }>
export type BranchRule = Exclude<Extract<Rule, { branch?: unknown }>, WorkflowRule>

const tiers: Tier[] = ['production', 'staging', 'testing', 'development']

/** A rule and the tiers of which its deployments count: those that no rule before it covers, so that nothing counts twice. */
export interface Ruling<R extends Rule = Rule> {
  rule: R
  tiers: ReadonlySet<Tier>
  /** The tiers that it would cover, and a rule before it does. */
  taken: readonly Tier[]
}

export interface Rulings {
  environments: Ruling<EnvironmentsRule> | null
  releases: Ruling<ReleasesRule> | null
  workflows: Ruling<WorkflowRule>[]
  git: Ruling<TagsRule | BranchRule> | null
  incidents: IncidentRule | null
  /** All in their order. */
  all: Ruling[]
}

/** The rules for a repository by its full name: of the first override that matches, else those of the source. */
export function rulingsFor(options: Pick<GithubOptions, 'deployments' | 'incidents' | 'overrides'>, fullName: string): Rulings {
  const override = options.overrides.find(({ repositories }) => repositories.some((glob) => matchesGlob(glob, fullName)))
  const rules = override?.deployments ?? options.deployments
  const incidents = override?.incidents ?? options.incidents
  const covered: { tier: Tier; service: string | undefined }[] = []
  const all = rules.map((rule): Ruling => {
    const wanted = tiersOf(rule)
    const service = 'workflow' in rule ? rule.service : undefined
    // Rules of two services do not stand in each other's way.
    const isTaken = (tier: Tier) =>
      covered.some((one) => one.tier === tier && (one.service === undefined || service === undefined || one.service === service))
    const own = new Set(wanted.filter((tier) => !isTaken(tier)))
    const taken = wanted.filter(isTaken)
    for (const tier of wanted) covered.push({ tier, service })
    return { rule, tiers: own, taken }
  })
  const counting = all.filter((ruling) => ruling.tiers.size > 0)
  return {
    environments: (counting.find(({ rule }) => 'environments' in rule) as Ruling<EnvironmentsRule> | undefined) ?? null,
    releases: (counting.find(({ rule }) => 'releases' in rule) as Ruling<ReleasesRule> | undefined) ?? null,
    workflows: counting.filter(({ rule }) => 'workflow' in rule) as Ruling<WorkflowRule>[],
    git: (counting.find(({ rule }) => isOfGit(rule)) as Ruling<TagsRule | BranchRule> | undefined) ?? null,
    incidents: incidents === false ? null : incidents,
    all,
  }
}

function isOfGit(rule: Rule): rule is TagsRule | BranchRule {
  return 'tags' in rule || ('branch' in rule && !('workflow' in rule))
}

function tiersOf(rule: Rule): Tier[] {
  if (!('environments' in rule)) return [rule.environment]
  return rule.environments === true ? tiers : (Object.keys(rule.environments) as Tier[])
}

/** What decides the deployments of a repository, as text: another text means that they are to be read anew. */
export function fingerprint(rulings: Rulings): string {
  return JSON.stringify(rulings.all.map(({ rule }) => rule))
}

/** The rule as a sentence. */
export function ruleInWords(rule: Rule): string {
  if ('environments' in rule) {
    if (rule.environments === true) return 'Each deployment of the Deployments API counts, its tier told by the name of its environment.'
    const mapped = Object.entries(rule.environments).map(([tier, pattern]) => `${pattern} is ${tier}`)
    return `Each deployment of the Deployments API counts, by its environment: ${mapped.join(', ')}.`
  }
  const where = rule.environment === 'production' ? '' : ` to ${rule.environment}`
  if ('releases' in rule) {
    return `Each published release is a deployment${where}; ${rule.releases === true ? 'pre-releases are left out' : 'pre-releases too'}.`
  }
  if ('tags' in rule) return `Each tag whose whole name matches ${rule.tags} is a deployment${where}.`
  if ('workflow' in rule) {
    const what = rule.job === undefined ? 'run' : `job ${rule.job}`
    const of = rule.branch === undefined ? '' : ` on ${rule.branch === true ? 'the default branch' : rule.branch}`
    const whose = rule.service === undefined ? '' : ` of ${rule.service}`
    return `Each ${what} of the workflow ${rule.workflow}${of} is a deployment${whose}${where}; skipped and cancelled ones are not.`
  }
  return `Each commit on the first-parent path of ${rule.branch === true ? 'the default branch' : rule.branch} is a deployment${where}.`
}

/** `*` stands for any text, `?` for one letter; a glob without a slash means the repository of any owner. */
export function matchesGlob(glob: string, fullName: string): boolean {
  const name = glob.includes('/') ? fullName : fullName.slice(fullName.indexOf('/') + 1)
  const text = glob.replaceAll(/[.]/g, '\\.').replaceAll('*', '.*').replaceAll('?', '.')
  return compiled(`(?i)^(?:${text})$`).matcher(name).matches()
}
