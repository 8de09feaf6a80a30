/** The systems that Shiplog collects from, by the name of their type: one line a source. */
import { ansibleSource } from './ansible/index.ts'
import { argocdSource } from './argocd/index.ts'
import { cdeventsSource } from './cdevents/index.ts'
import { demoSource } from './demo/index.ts'
import { dockerSource } from './docker/index.ts'
import { elasticSource } from './elastic/index.ts'
import { fluxSource } from './flux/index.ts'
import { gitSource } from './git/index.ts'
import { githubSource } from './github/index.ts'
import { gitlabSource } from './gitlab/index.ts'
import { grafanaSource } from './grafana/index.ts'
import { jenkinsSource } from './jenkins/index.ts'
import { kubernetesSource } from './kubernetes/index.ts'
import { pagerdutySource } from './pagerduty/index.ts'
import { prometheusSource } from './prometheus/index.ts'
import { qoverySource } from './qovery/index.ts'
import type { Source } from './source.ts'
import { webhookSource } from './webhook/index.ts'

// biome-ignore lint/suspicious/noExplicitAny: each source has options of its own, checked by its own schema
export const sources: Record<string, Source<any>> = {
  [gitSource.id]: gitSource,
  [githubSource.id]: githubSource,
  [gitlabSource.id]: gitlabSource,
  [jenkinsSource.id]: jenkinsSource,
  [kubernetesSource.id]: kubernetesSource,
  [argocdSource.id]: argocdSource,
  [fluxSource.id]: fluxSource,
  [dockerSource.id]: dockerSource,
  [ansibleSource.id]: ansibleSource,
  [qoverySource.id]: qoverySource,
  [prometheusSource.id]: prometheusSource,
  [grafanaSource.id]: grafanaSource,
  [elasticSource.id]: elasticSource,
  [pagerdutySource.id]: pagerdutySource,
  [cdeventsSource.id]: cdeventsSource,
  [webhookSource.id]: webhookSource,
  [demoSource.id]: demoSource,
}
