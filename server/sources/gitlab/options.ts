/** What shiplog.yaml may say of a GitLab source. */
import { z } from 'zod'
import { Tier } from '../../facts.ts'
import { globFault } from '../../path-globs.ts'
import { ApiSecret, BaseUrl } from '../http-client.ts'
import { EnvironmentRules, pattern, ServiceRules } from '../rules.ts'
import { WebhookSecrets } from '../signatures.ts'

const GroupPath = z
  .string()
  .regex(/^[\w.-]+(?:\/[\w.-]+)*$/, 'must be the path of a group, such as acme or acme/payments')
  .max(500)
const ProjectPath = z
  .string()
  .regex(/^[\w.-]+(?:\/[\w.-]+)+$/, 'must be the full path of a project, such as acme/payments/checkout')
  .max(500)
/** As globs of files: `acme/sandbox` stands for all that is in it. */
const Glob = z
  .string()
  .max(500)
  .superRefine((glob, ctx) => {
    const fault = globFault(glob)
    if (fault !== null) ctx.addIssue({ code: 'custom', message: `must be a glob of project paths, such as acme/*-service: it ${fault}` })
  })
const Branch = z
  .string()
  .min(1)
  .max(500)
  .regex(/^(?!-)(?!refs\/)[^\s~^:?*[\\]+$/, 'must be the plain name of a branch, such as main')
const environment = Tier.default('production')

const JobsRule = z.strictObject({
  /** A job whose name matches is a deployment. */
  jobs: pattern('^deploy'),
  /** Of pipelines of this branch; true: the default branch; false: of any branch or tag. */
  branch: z.union([Branch, z.boolean()]).default(true),
  environment,
})
const TagsRule = z.strictObject({ tags: pattern('^v\\d+\\.\\d+\\.\\d+$'), environment })
const BranchRule = z.strictObject({ branch: z.union([Branch, z.literal(true)]), environment })
const DeploymentRule = z.union(
  [z.literal(true), JobsRule, TagsRule, BranchRule],
  "must be true (GitLab's own deployments), { jobs: '^deploy' }, { tags: 'expression' } or { branch: true }",
)
export type JobsRule = z.output<typeof JobsRule>
export type TagsRule = z.output<typeof TagsRule>
export type BranchRule = z.output<typeof BranchRule>

const Incidents = z.union([
  z.literal(false),
  z.strictObject({
    /** An issue with this label is an incident, instead of one of the type incident. */
    label: z
      .string()
      .min(1)
      .max(255)
      .regex(/^[^,]*$/, 'must be one label')
      .optional(),
  }),
])

const fields = z.strictObject({
  /** Of a server of one's own, such as https://gitlab.example.org. */
  url: BaseUrl.refine((url) => !/\/api(?:\/|$)/.test(url), 'must be the address of GitLab itself, without /api').default(
    'https://gitlab.com',
  ),
  /** Personal, group or project access token with the scopes read_api and read_repository. */
  token: ApiSecret,
  /** All projects of a group and its subgroups. */
  group: GroupPath.optional(),
  projects: z.array(ProjectPath).min(1).max(2000).optional(),
  include: z.array(Glob).min(1).max(200).optional(),
  exclude: z.array(Glob).min(1).max(200).optional(),
  /** With group: archived projects too. */
  archived: z.boolean().default(false),
  /** What is a deployment. */
  deployments: DeploymentRule.default(true),
  /** The tier of an environment by its name; without it the one that GitLab has for it. */
  environments: EnvironmentRules.optional(),
  incidents: Incidents.prefault({}),
  /** Over the labels project, name, group; environment, tier and ref of a deployment; labels and scoped labels of an incident. */
  service: ServiceRules.prefault('project'),
  /** False: reviews and approvals are not asked for, one request less for each merge request. */
  reviews: z.boolean().default(true),
  webhook: z
    .strictObject({
      /** The secret token of the webhook, as GitLab sends it in X-Gitlab-Token. */
      token: WebhookSecrets.optional(),
      /** The signing token of the webhook, which begins with whsec_. */
      secret: WebhookSecrets.optional(),
    })
    .refine(({ token, secret }) => token !== undefined || secret !== undefined, 'must have a token or a secret')
    .optional(),
  /** How far back the first collection goes. */
  backfillMonths: z.int().min(1).max(240).default(12),
  /** False: commits are read through the API even where git is installed. */
  git: z.boolean().default(true),
})

export const GitlabOptions = fields.superRefine((options, ctx) => {
  const refuse = (path: string, message: string) => ctx.addIssue({ code: 'custom', path: [path], message })
  if (options.group === undefined && options.projects === undefined) refuse('group', 'is missing: write group or projects')
  if (options.group !== undefined && options.projects !== undefined)
    refuse('projects', 'cannot stand beside group: write one of the two, and include with group')
  if (options.projects !== undefined && (options.include !== undefined || options.exclude !== undefined))
    refuse('include', 'goes with group: take include and exclude out, or write group')
})
export type GitlabOptions = z.output<typeof GitlabOptions>
