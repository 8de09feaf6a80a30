/** What shiplog.yaml may say of a GitHub source. */
import { z } from 'zod'
import { Tier } from '../../facts.ts'
import { ApiSecret } from '../http-client.ts'
import { EnvironmentRules, pattern } from '../rules.ts'
import { WebhookSecrets } from '../signatures.ts'

/** Those of managed users end in an underscore and the short name of their enterprise. */
const Login = z.string().regex(/^[A-Za-z0-9](?:[A-Za-z0-9_-]{0,98})$/, 'must be the name of an organisation or of a person, such as acme')
const FullName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_-]*\/[A-Za-z0-9._-]+$/, 'must be an owner and a repository, such as acme/shop')
  .max(200)
/** `*` stands for any text, `?` for one letter. */
const Glob = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[A-Za-z0-9._/*?-]+$/, 'must be the name of a repository, in which * stands for any text, such as shop-*')

const environment = Tier.default('production')
const Branch = z
  .string()
  .min(1)
  .max(500)
  .regex(/^(?!-)(?!refs\/)[^\s~^:?*[\\]+$/, 'must be the plain name of a branch, such as main')

const EnvironmentsRule = z.strictObject({
  environments: EnvironmentRules,
})
const ReleasesRule = z.strictObject({ releases: z.literal([true, 'with pre-releases']), environment })
const TagsRule = z.strictObject({ tags: pattern('^v\\d+\\.\\d+\\.\\d+$'), environment })
const WorkflowRule = z.strictObject({
  /** File name or name of the workflow. */
  workflow: z.string().min(1).max(300),
  /** Name of the job whose outcome is the deployment's; without it that of the run. */
  job: z.string().min(1).max(300).optional(),
  /** Runs of other branches are not counted; true: the default branch. */
  branch: z.union([Branch, z.literal(true)]).optional(),
  /** Id of the service that it deploys, of several in one repository. */
  service: z.string().min(1).max(100).optional(),
  environment,
})
const BranchRule = z.strictObject({ branch: z.union([Branch, z.literal(true)]), environment })

export const Rule = z.union(
  [EnvironmentsRule, ReleasesRule, TagsRule, WorkflowRule, BranchRule],
  "must be one of { environments: true }, { environments: { production: '^prod' } }, { releases: true }, { tags: 'expression' }, { workflow: file } or { branch: true }",
)
export type Rule = z.output<typeof Rule>

const Rules = z
  .union([Rule, z.array(Rule).min(1, 'must not be empty; take the key out, or write a rule such as { releases: true }').max(10)])
  .transform((rules) => [rules].flat())
  .superRefine((rules, ctx) => {
    const ofGit = rules.filter((rule) => 'tags' in rule || ('branch' in rule && !('workflow' in rule)))
    if (ofGit.length > 1)
      ctx.addIssue({ code: 'custom', message: 'must not have more than one rule of tags or of a branch: keep the one that counts' })
    const jobs = rules.flatMap((rule) => ('workflow' in rule ? [`${rule.workflow}\n${rule.job ?? ''}`] : []))
    if (rules.some((rule) => 'workflow' in rule && rule.service !== undefined) && new Set(jobs).size < jobs.length)
      ctx.addIssue({
        code: 'custom',
        message: 'must not give one workflow, or one job of it, to two services: take service out where it deploys both',
      })
  })

const Incidents = z.union([
  z.literal(false),
  z.strictObject({
    /** An issue with one of these labels is an incident. */
    labels: z
      .array(z.string().min(1).max(100))
      .min(1, 'must not be empty; write incidents: false where no issue is an incident')
      .max(20)
      .default(['incident']),
    /** A label that matches says the severity: its first group, else the whole label. */
    severity: pattern('^sev-?(\\d)$').default('(?i)^(?:(?:sev|severity|priority)(?:[-:/ ]+(.+)|(\\d+))|(p[0-4]|critical|major|minor))$'),
    /** A label that matches says the service: its first group. Without one the incident is of the repository's own service. */
    service: pattern('^service:(.+)$').optional(),
  }),
])

const defaultIncidents = { labels: ['incident'] }

const Override = z.strictObject({
  repositories: z.array(Glob).min(1),
  deployments: Rules.optional(),
  incidents: Incidents.optional(),
})

const fields = z.strictObject({
  /** All repositories of an organisation or person that the token may see. */
  owner: Login.optional(),
  repositories: z.array(FullName).min(1).max(2000).optional(),
  include: z.array(Glob).min(1).optional(),
  exclude: z.array(Glob).min(1).optional(),
  archived: z.boolean().default(false),
  forks: z.boolean().default(false),
  /** Of the REST API of an Enterprise Server: https://HOST/api/v3. */
  baseUrl: z
    .url({ protocol: /^https?$/, error: 'must be an address such as https://github.example.org/api/v3' })
    .transform((url) => url.replace(/\/+$/, ''))
    .superRefine((url, ctx) => {
      if (url.startsWith('http:') && !/^http:\/\/(?:127\.0\.0\.1|localhost|\[::1\])(?::|\/|$)/.test(url))
        ctx.addIssue({ code: 'custom', message: 'must not be http, which sends the token unprotected; write https' })
      else if (url.startsWith('https:') && url !== 'https://api.github.com' && !url.endsWith('/api/v3')) {
        const mend = /^https:\/\/(?:www\.)?github\.com$/.test(url)
          ? 'take it out for github.com'
          : `write ${url.replace(/\/api.*$/, '')}/api/v3`
        ctx.addIssue({ code: 'custom', message: `must be the address of the REST API; ${mend}` })
      }
    })
    .default('https://api.github.com'),
  token: ApiSecret.optional(),
  app: z
    .strictObject({
      id: z.union([
        z.int().positive(),
        z
          .string()
          .regex(/^(?:\d+|Iv[\w.]+)$/, 'must be the number of the app, or its client id such as Iv1.8a61f9b3a7aba766')
          .transform((id) => (/^\d+$/.test(id) ? Number(id) : id)),
      ]),
      privateKey: z
        .string()
        .transform((key) => key.replaceAll('\\n', '\n'))
        .refine(
          (key) => /^-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(key.trim()),
          'must be a private key in PEM format, with BEGIN PRIVATE KEY',
        ),
      /** Without it the installation of the owner, or of the first repository, is asked for. */
      installation: z
        .union([z.int().positive(), z.string().regex(/^\d+$/, 'must be the number of the installation').transform(Number)])
        .optional(),
    })
    .optional(),
  webhookSecret: WebhookSecrets.optional(),
  deployments: Rules.prefault({ environments: true }),
  incidents: Incidents.prefault(defaultIncidents),
  /** Repositories with rules of their own; the first that matches holds. */
  overrides: z.array(Override).max(200).default([]),
  /** How far back the first collection goes. */
  backfillMonths: z.int().min(1).max(240).default(12),
  /** Share of the rate limit that is left to other users of the token. */
  reserve: z.number().min(0).max(0.95).default(0.1),
  /** False: commits are read through the API, slowly, even where git is installed. */
  git: z.boolean().default(true),
})

export const GithubOptions = fields.superRefine((options, ctx) => {
  const refuse = (path: string, message: string) => ctx.addIssue({ code: 'custom', path: [path], message })
  if (options.owner === undefined && options.repositories === undefined) refuse('owner', 'is missing: write owner or repositories')
  if (options.owner !== undefined && options.repositories !== undefined)
    refuse('repositories', 'cannot stand beside owner: write one of the two, and include with owner')
  if (options.token === undefined && options.app === undefined) refuse('token', 'is missing: write token or app')
  if (options.token !== undefined && options.app !== undefined) refuse('app', 'cannot stand beside token: write one of the two')
})
export type GithubOptions = z.output<typeof GithubOptions>
export type IncidentRule = Exclude<GithubOptions['incidents'], false>
