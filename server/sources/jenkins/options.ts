/** What shiplog.yaml may say of a Jenkins source. */
import { z } from 'zod'
import { ApiSecret, BaseUrl } from '../http-client.ts'
import { EnvironmentRules, pattern, ServiceRules } from '../rules.ts'
import { Sender } from '../signatures.ts'

const Rule = z.strictObject({
  /** Found in the full name of a job, with its folders: `acme/shop/main`. */
  job: pattern('^acme/shop/main$'),
  /** Found in the name of a stage of the pipeline: each such stage is the deployment, and not the build. */
  stage: pattern('^Deploy to production$').optional(),
  /** Without it the rule `environment` tells. */
  environment: z.string().min(1).max(200).optional(),
  /** Id of a service under `services`; without it the rule `service` tells. */
  service: z.string().min(1).max(100).optional(),
})
export type Rule = z.output<typeof Rule>

const fields = z.strictObject({
  /** Where Jenkins is, with its prefix: https://ci.example.org/jenkins. Without it Shiplog asks nothing and takes what the notifications say. */
  url: BaseUrl.optional(),
  user: z
    .string()
    .min(1, 'must not be empty')
    .max(200)
    .regex(/^[^:\p{Cc}\p{Cs}]+$/u, 'must be the id of a user, without colons')
    .optional(),
  /** An API token of that user: user menu, Security, API Token. */
  token: ApiSecret.optional(),
  /** What the Notification plugin shows. */
  webhook: Sender.optional(),
  /** Which builds or stages are deployments; the first rule whose job matches says whether builds or stages are. */
  deployments: z
    .union(
      [Rule, z.array(Rule).min(1).max(100)],
      "must be { job: '^acme/shop/main$' }, with stage: '^Deploy' where a stage is the deployment, or a list",
    )
    .transform((rules) => [rules].flat())
    .prefault({ job: '(?i)deploy' }),
  /** Which service a deployment is of. */
  service: ServiceRules.prefault('project'),
  /** In which repository its commit is; without it in that of its service. */
  repository: ServiceRules.optional(),
  /** The name of its environment, where the rule in `deployments` says none; `production` where nothing tells. */
  environment: ServiceRules.prefault(['parameter.ENVIRONMENT', 'parameter.ENV']),
  /** The tiers of environments. */
  environments: EnvironmentRules.default(true),
  /** Its version. */
  version: ServiceRules.prefault(['parameter.VERSION', 'parameter.TAG']),
  /** Its commit, where another than that of the checkout is deployed. */
  commit: ServiceRules.optional(),
  /** Found in the address of the repository whose checkout tells the commit, where a build makes several. */
  checkout: pattern('acme/shop').optional(),
  /** What an unstable build is: tests that fail do not say that nothing was deployed. */
  unstable: z.enum(['succeeded', 'failed']).default('succeeded'),
  /** Whether builds of pull requests count. */
  pullRequests: z.boolean().default(false),
  /** How far back the first collection goes. */
  backfillDays: z.int().min(1).max(3650).default(365),
})

export const JenkinsOptions = fields.superRefine((options, ctx) => {
  const refuse = (path: string, message: string) => ctx.addIssue({ code: 'custom', path: [path], message })
  if (options.url === undefined && options.webhook === undefined) refuse('url', 'is missing: write url, or webhook where Jenkins sends')
  if (options.url === undefined && options.token !== undefined) refuse('url', 'is missing: the token is for asking Jenkins there')
  if (options.user === undefined && options.token !== undefined) refuse('user', 'is missing: an API token goes with the user who made it')
  if (options.user !== undefined && options.token === undefined)
    refuse('token', 'is missing: make one in the menu of the user, under Security')
})
export type JenkinsOptions = z.output<typeof JenkinsOptions>
