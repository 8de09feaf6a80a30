/** What shiplog.yaml may say of an Argo CD source. */
import { z } from 'zod'
import { ApiSecret, BaseUrl } from '../http-client.ts'
import { EnvironmentRules, pattern, ServiceRules } from '../rules.ts'
import { Sender } from '../signatures.ts'

const usualService = ['app.kubernetes.io/name', 'application']

const fields = z.strictObject({
  /** Address of the server; without it only what notifications tell is known. */
  url: BaseUrl.optional(),
  /** Of an account or a project role that may get applications. */
  token: ApiSecret.optional(),
  /** Certificate in PEM format of the authority that vouches for the server, where it is none of the usual ones. */
  ca: z
    .string()
    .transform((text) => text.replaceAll('\\n', '\n').trim())
    .refine((text) => text.startsWith('-----BEGIN CERTIFICATE-----'), 'must be a certificate in PEM format, with BEGIN CERTIFICATE')
    .optional(),
  /** What notifications show. */
  webhook: Sender.optional(),
  /** Only applications of these projects. */
  projects: z.array(z.string().min(1).max(200)).min(1).max(100).optional(),
  /** Which applications count, by their name. */
  deployments: z.strictObject({ name: pattern('^shop-').optional() }).prefault({}),
  /** Which service an application belongs to, by its labels and annotations, application, project, namespace, cluster and repository. */
  service: ServiceRules.prefault(usualService),
  /** The name of the environment by the same labels; without it the namespace that is deployed to. */
  environment: ServiceRules.optional(),
  /** By the name of the environment. */
  environments: EnvironmentRules.default(true),
  /** `application`: the repository that is synced holds the code of the service itself, so that its commit is the version. */
  revision: z.enum(['manifests', 'application']).default('manifests'),
  /** The image that is the version, by its name; without it the one named like the service or the application, or the only one. */
  image: pattern('/shop$').optional(),
  /** How far back the first collection looks at the history that applications keep. */
  backfillDays: z.int().min(0).max(3650).default(90),
})

export const ArgocdOptions = fields.superRefine(({ url, token, webhook }, ctx) => {
  const refuse = (path: string, message: string) => ctx.addIssue({ code: 'custom', path: [path], message })
  if (url === undefined && webhook === undefined) refuse('url', 'is missing: write url and token, or webhook, or both')
  if (url !== undefined && token === undefined) refuse('token', 'is missing: write token beside url')
  if (url === undefined && token !== undefined) refuse('url', 'is missing: write the address of Argo CD beside token')
})
export type ArgocdOptions = z.output<typeof ArgocdOptions>
