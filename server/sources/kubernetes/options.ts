/** What shiplog.yaml may say of a Kubernetes source. */
import { z } from 'zod'
import { ApiSecret, BaseUrl } from '../http-client.ts'
import { EnvironmentRules, pattern, ServiceRules } from '../rules.ts'

export const Kind = z.enum(['Deployment', 'StatefulSet', 'DaemonSet', 'Rollout'])
export type Kind = z.output<typeof Kind>

const File = z.string().min(1, 'must not be empty').max(4000)
const Namespace = z.string().regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, 'must be the name of a namespace, such as shop')

const Deployments = z.strictObject({
  /** Which workloads are looked at; Rollout is that of Argo Rollouts. */
  kinds: z.array(Kind).min(1).default(['Deployment', 'StatefulSet', 'DaemonSet']),
  /** Only workloads whose name matches. */
  name: pattern('^(?:web|api)').optional(),
})

/** Labels of the workload that commonly name what it belongs to. */
const usualService = ['app.kubernetes.io/name', 'app', 'name']
const usualCommit = ['org.opencontainers.image.revision', 'app.kubernetes.io/version']

const fields = z.strictObject({
  /** Address of the API server; without it and without kubeconfig that of the cluster in which Shiplog runs. */
  url: BaseUrl.optional(),
  /** Of a service account. */
  token: ApiSecret.optional(),
  /** A file with the token, read anew for every run: tokens of pods are exchanged every hour. */
  tokenFile: File.optional(),
  /** Certificate in PEM format of the authority that vouches for the API server. */
  ca: z
    .string()
    .transform((text) => text.replaceAll('\\n', '\n').trim())
    .refine((text) => text.startsWith('-----BEGIN CERTIFICATE-----'), 'must be a certificate in PEM format, with BEGIN CERTIFICATE')
    .optional(),
  caFile: File.optional(),
  /** A file as kubectl uses it. */
  kubeconfig: File.optional(),
  /** Which of its contexts; without it the current one. */
  context: z.string().min(1).max(300).optional(),
  /** A name for the cluster, where several are collected: environments are then named CLUSTER/NAMESPACE. */
  cluster: z
    .string()
    .regex(/^[\w.-]{1,80}$/, 'must be a short name without spaces, such as eu-1')
    .optional(),
  /** Only these, each asked for by itself; without it the whole cluster. */
  namespaces: z.array(Namespace).min(1).max(100).optional(),
  /** Namespaces that do not count. */
  excludeNamespaces: pattern('^kube-').default('^kube-'),
  /** Which workloads count. */
  deployments: Deployments.prefault({}),
  /** Which service a workload belongs to, by its labels, annotations, namespace, name, kind, container, image and cluster. */
  service: ServiceRules.prefault(usualService),
  /** The name of the environment by the same labels; without it, or where none is given, the namespace. */
  environment: ServiceRules.optional(),
  /** By the name of the environment. */
  environments: EnvironmentRules.default(true),
  /** The container whose image is the version, by its name; without it the default container of kubectl, that of the workload's name, or the first. */
  container: pattern('^app$').optional(),
  /** Annotations or labels, of the pod template or the workload, that hold the commit; the first that does. */
  commit: z.array(z.string().min(1).max(300)).max(20).default(usualCommit),
  /** Pods are asked for the digest of the image that they run, where the workload does not tell it. */
  digests: z.boolean().default(true),
  /** How far back the first collection looks at the revisions that the cluster keeps. */
  backfillDays: z.int().min(0).max(3650).default(90),
})

export const KubernetesOptions = fields.superRefine((options, ctx) => {
  const refuse = (path: string, message: string) => ctx.addIssue({ code: 'custom', path: [path], message })
  const { url, token, tokenFile, ca, caFile, kubeconfig, context } = options
  if (kubeconfig !== undefined) {
    for (const [name, value] of Object.entries({ url, token, tokenFile, ca, caFile })) {
      if (value !== undefined) refuse(name, 'cannot stand beside kubeconfig, which says it')
    }
  } else if (context !== undefined) refuse('context', 'needs kubeconfig: write the file that holds it')
  if (token !== undefined && tokenFile !== undefined) refuse('tokenFile', 'cannot stand beside token: write one of the two')
  if (ca !== undefined && caFile !== undefined) refuse('caFile', 'cannot stand beside ca: write one of the two')
  if (url !== undefined && token === undefined && tokenFile === undefined)
    refuse('token', 'is missing: write token or tokenFile beside url')
  if (url === undefined && token !== undefined) refuse('url', 'is missing: write the address of the API server beside token')
  if (url?.startsWith('http:') && !/^http:\/\/(?:127\.0\.0\.1|localhost|\[::1\])(?::|\/|$)/.test(url)) {
    refuse('url', 'must not be http, which sends the token unprotected; write https')
  }
})
export type KubernetesOptions = z.output<typeof KubernetesOptions>
