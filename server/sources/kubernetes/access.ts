/** Where the API server is, and what is shown to it: of the options, a kubeconfig, or the cluster in which Shiplog runs. */
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'
import { SourceError } from '../../errors.ts'
import { BaseUrl } from '../http-client.ts'
import type { Certificates } from '../tls-fetch.ts'
import type { KubernetesOptions } from './options.ts'

export interface Access {
  url: string
  headers: Record<string, string>
  certificates: Certificates
}

const serviceAccount = '/var/run/secrets/kubernetes.io/serviceaccount'
const inCluster = 'https://kubernetes.default.svc'

/** Throws SourceError where a file cannot be read or asks for what is not supported. */
export async function accessOf(options: KubernetesOptions): Promise<Access> {
  if (options.kubeconfig !== undefined) return kubeconfigAccess(options.kubeconfig, options.context)
  const own = options.url === undefined
  const tokenFile = options.tokenFile ?? (own ? `${serviceAccount}/token` : undefined)
  const caFile = options.caFile ?? (own && options.ca === undefined ? `${serviceAccount}/ca.crt` : undefined)
  const token = tokenFile === undefined ? options.token : await textOf(tokenFile)
  const ca = caFile === undefined ? options.ca : await textOf(caFile)
  return { url: options.url ?? inCluster, headers: bearer(token), certificates: ca === undefined ? {} : { ca } }
}

function bearer(token: string | undefined): Record<string, string> {
  return token === undefined || token === '' ? {} : { authorization: `Bearer ${token}` }
}

const Named = <T>(shape: z.ZodType<T>) => z.array(z.object({ name: z.string() }).and(shape)).nullish()
const Text = z.string().nullish()
const Kubeconfig = z.object({
  'current-context': Text,
  contexts: Named(z.object({ context: z.object({ cluster: z.string(), user: Text }) })),
  clusters: Named(
    z.object({
      cluster: z.object({
        server: BaseUrl,
        'certificate-authority': Text,
        'certificate-authority-data': Text,
        'insecure-skip-tls-verify': z.boolean().nullish(),
        'tls-server-name': Text,
        'proxy-url': Text,
      }),
    }),
  ),
  users: Named(
    z.object({
      user: z.looseObject({
        token: Text,
        tokenFile: Text,
        'client-certificate': Text,
        'client-certificate-data': Text,
        'client-key': Text,
        'client-key-data': Text,
        username: Text,
        password: Text,
      }),
    }),
  ),
})

async function kubeconfigAccess(file: string, wanted: string | undefined): Promise<Access> {
  const config = parseKubeconfig(await textOf(file), file)
  const refuse = (message: string, mend: string) => new SourceError(`${file}: ${message}`, mend)
  const name = wanted ?? config['current-context'] ?? ''
  const context = config.contexts?.find((one) => one.name === name)?.context
  if (context === undefined) {
    const known = (config.contexts ?? []).map((one) => one.name).join(', ')
    throw refuse(`there is no context ${name || '(none is current)'}.`, `Write context: with one of these: ${known || 'none is there'}.`)
  }
  const cluster = config.clusters?.find((one) => one.name === context.cluster)?.cluster
  if (cluster === undefined) throw refuse(`there is no cluster ${context.cluster}.`, 'Make the file anew, or write url and token instead.')
  const user = config.users?.find((one) => one.name === context.user)?.user ?? {}
  if (user.exec || user['auth-provider']) {
    throw refuse(
      `the user ${context.user} signs in by a program, which is not run.`,
      'Make a service account with the manifest docs/sources/kubernetes/rbac.yaml, and write url and token.',
    )
  }
  if (cluster['insecure-skip-tls-verify']) {
    throw refuse('it skips the check of the certificate.', 'Set certificate-authority-data: without it anybody between can read the token.')
  }
  if (cluster['proxy-url']) throw refuse('it asks for a proxy.', 'Write url and token, with an address that is reached without one.')
  /** What stands in the file, or in one beside it. */
  async function given(data: string | null | undefined, beside: string | null | undefined): Promise<string | undefined> {
    if (data) return Buffer.from(data, 'base64').toString()
    return beside ? textOf(path.resolve(path.dirname(file), beside)) : undefined
  }
  const ca = await given(cluster['certificate-authority-data'], cluster['certificate-authority'])
  const cert = await given(user['client-certificate-data'], user['client-certificate'])
  const key = await given(user['client-key-data'], user['client-key'])
  const token = user.tokenFile ? await textOf(path.resolve(path.dirname(file), user.tokenFile)) : (user.token ?? undefined)
  const basic = user.username ? `Basic ${Buffer.from(`${user.username}:${user.password ?? ''}`).toString('base64')}` : undefined
  const headers = basic === undefined || token ? bearer(token) : { authorization: basic }
  return { url: cluster.server, headers, certificates: { ca, cert, key, serverName: cluster['tls-server-name'] ?? undefined } }
}

function parseKubeconfig(text: string, file: string) {
  let value: unknown
  try {
    value = parse(text)
  } catch (error) {
    throw new SourceError(`${file} is not YAML.`, 'Write it anew: kubectl config view --raw --minify --flatten.', { cause: error })
  }
  const parsed = Kubeconfig.safeParse(value)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new SourceError(
    `${file} is no kubeconfig (${issue?.path.join('.') || 'the file'}: ${issue?.message}).`,
    'Write it anew: kubectl config view --raw --minify --flatten.',
  )
}

async function textOf(file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).trim()
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown'
    const mend = file.startsWith(serviceAccount)
      ? 'Outside of a cluster write url and token, or kubeconfig; inside, let the pod have its service account (automountServiceAccountToken).'
      : 'Check its name, and that Shiplog may read it.'
    throw new SourceError(`The file ${file} cannot be read (${code}).`, mend, { cause: error })
  }
}
