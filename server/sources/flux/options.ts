/** What shiplog.yaml may say of a Flux source. */
import { z } from 'zod'
import { EnvironmentRules, pattern, ServiceRules } from '../rules.ts'
import { WebhookSecrets } from '../signatures.ts'

export const FluxOptions = z.strictObject({
  /** The token of the Secret to which the provider of the type generic-hmac refers. */
  webhook: z.strictObject({ secret: WebhookSecrets }),
  /** Which objects count. */
  deployments: z
    .strictObject({
      kinds: z
        .array(z.enum(['Kustomization', 'HelmRelease']))
        .min(1)
        .default(['Kustomization', 'HelmRelease']),
      name: pattern('^shop$').optional(),
    })
    .prefault({}),
  /** Which service an object belongs to, by its name, kind and namespace and the metadata of its events. */
  service: ServiceRules.prefault(['service', 'name']),
  /** The name of the environment by the same labels; without one that gives it, the namespace. */
  environment: ServiceRules.prefault(['environment', 'env', 'cluster', 'namespace']),
  /** By the name of the environment. */
  environments: EnvironmentRules.default(true),
  /** `application`: the repository that is reconciled holds the code of the service itself, so that its commit is the version. */
  revision: z.enum(['manifests', 'application']).default('manifests'),
  /** Metadata of events that hold the commit; the first that does. */
  commit: z.array(z.string().min(1).max(300)).max(20).default(['commit', 'org.opencontainers.image.revision']),
})
export type FluxOptions = z.output<typeof FluxOptions>
