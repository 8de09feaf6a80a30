/** What shiplog.yaml may say of an Ansible source. */
import { z } from 'zod'
import { ApiSecret, BaseUrl } from '../http-client.ts'
import { EnvironmentRules, pattern, ServiceRules } from '../rules.ts'
import { Sender } from '../signatures.ts'

const Rule = z.strictObject({
  /** Found in the name of the job template, or in the name of the playbook of a run that the callback tells of. */
  template: pattern('^Deploy '),
  /** Without it the rule `environment` tells. */
  environment: z.string().min(1).max(200).optional(),
  /** Id of a service under `services`; without it the rule `service` tells. */
  service: z.string().min(1).max(100).optional(),
})
export type Rule = z.output<typeof Rule>

const fields = z.strictObject({
  /** Where AWX or Automation Controller is; with a gateway before it: https://HOST/api/controller. Without it only what is sent is known. */
  url: BaseUrl.optional(),
  /** An OAuth 2 token of a user who may read the jobs. */
  token: ApiSecret.optional(),
  user: z
    .string()
    .min(1, 'must not be empty')
    .max(200)
    .regex(/^[^:\p{Cc}\p{Cs}]+$/u, 'must be the name of a user, without colons')
    .optional(),
  password: z.string().min(1, 'must not be empty').max(1000).optional(),
  /** What the webhook notifications of AWX and the callback of ansible-playbook show. */
  webhook: Sender.optional(),
  /** Which jobs are deployments; the first rule that matches holds. */
  deployments: z
    .union([Rule, z.array(Rule).min(1).max(100)], "must be { template: '^Deploy ' }, or a list of such rules")
    .transform((rules) => [rules].flat())
    .prefault({ template: '(?i)deploy' }),
  /** Which service a deployment is of. */
  service: ServiceRules.prefault(['var.shiplog_service', 'template']),
  /** In which repository its commit is; without it in that of its service. */
  repository: ServiceRules.optional(),
  /** The name of its environment, where the rule in `deployments` says none; `production` where nothing tells. */
  environment: ServiceRules.prefault(['var.shiplog_environment', 'inventory']),
  /** The tiers of environments. */
  environments: EnvironmentRules.default(true),
  /** Its version. */
  version: ServiceRules.prefault(['var.shiplog_version', 'var.version']),
  /** The commit that it puts live; that of the playbooks' own repository is the label `scm_revision`. */
  commit: ServiceRules.prefault(['var.shiplog_commit', 'var.git_sha']),
  /** Whether a run that changed nothing is a deployment, as far as it is known. */
  unchanged: z.boolean().default(true),
  /** How far back the first collection goes. */
  backfillDays: z.int().min(1).max(3650).default(365),
})

export const AnsibleOptions = fields.superRefine((options, ctx) => {
  const refuse = (path: string, message: string) => ctx.addIssue({ code: 'custom', path: [path], message })
  const { url, token, user, password } = options
  if (url === undefined && options.webhook === undefined) refuse('url', 'is missing: write url, or webhook where runs are sent')
  if (url === undefined && (token ?? user) !== undefined) refuse('url', 'is missing: the credentials are for asking AWX there')
  if (url !== undefined && token === undefined && user === undefined) refuse('token', 'is missing: write token, or user and password')
  if (token !== undefined && user !== undefined) refuse('user', 'cannot stand beside token: write one of the two')
  if ((user === undefined) !== (password === undefined)) refuse('password', 'goes with user: write both or none')
})
export type AnsibleOptions = z.output<typeof AnsibleOptions>
