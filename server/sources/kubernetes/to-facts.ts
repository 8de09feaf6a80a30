/** Turns what is known of rollouts into facts. */
import { createHash } from 'node:crypto'
import type { Deployment, Fact } from '../../facts.ts'
import { clip } from '../../git/text.ts'
import { compiled, serviceBy, tierBy } from '../rules.ts'
import { type Attempt, type Content, isSameCode } from './follow.ts'
import { commitIn, imageOf, isMoving } from './image.ts'
import type { KubernetesOptions } from './options.ts'
import type { Workload } from './sighting.ts'
import type { Template } from './template.ts'

/** What a template puts live. Of the workload's own labels only those of the template that runs now can be told. */
export function contentOf(options: KubernetesOptions, name: string, template: Template, workload: Workload | null): Content {
  const container = mainContainer(options, name, template)
  const { name: repository, tag, digest } = imageOf(container?.image ?? '')
  const places = [template.annotations, template.labels, ...(workload === null ? [] : [workload.annotations, workload.labels])]
  const said = places.flatMap((place) => options.commit.flatMap((key) => place[key] ?? []))
  const commit = said.flatMap((text) => commitIn(text) ?? [])[0] ?? commitIn(tag ?? '')
  const labelled = places.slice(0, 2).flatMap((place) => place['app.kubernetes.io/version'] ?? [])[0]
  const fixed = tag !== null && !isMoving(tag) ? tag : null
  return {
    container: container?.name ?? '',
    image: clip(digest === null ? (container?.image ?? '') : `${repository}${tag === null ? '' : `:${tag}`}`, 1000),
    commit,
    version: textOf(fixed ?? labelled ?? null),
    digest,
    mark: template.mark,
  }
}

/** The container that is the service; the others accompany it. */
export function mainContainer({ container: rule }: KubernetesOptions, name: string, { containers, annotations }: Template) {
  const wanted = annotations['kubectl.kubernetes.io/default-container']
  return (
    containers.find((one) => rule !== undefined && compiled(rule).matcher(one.name).find()) ??
    containers.find((one) => one.name === wanted) ??
    containers.find((one) => one.name === name) ??
    containers[0]
  )
}

/** What the rules of a configuration can ask for. */
export function labelsOf(
  options: KubernetesOptions,
  workload: Workload,
  { container, image }: Pick<Content, 'container' | 'image'>,
): Record<string, string | undefined> {
  const prefixed = (kind: string, texts: Record<string, string>) => Object.entries(texts).map(([key, value]) => [`${kind}/${key}`, value])
  return {
    ...workload.annotations,
    ...workload.labels,
    ...Object.fromEntries([...prefixed('annotation', workload.annotations), ...prefixed('label', workload.labels)]),
    namespace: workload.namespace,
    kind: workload.kind,
    workload: workload.name,
    container,
    image: imageOf(image).name,
    ...(workload.labels.name === undefined ? { name: workload.name } : {}),
    ...(options.cluster === undefined ? {} : { cluster: options.cluster }),
  }
}

/** Whether nothing but its configuration differs from what was live. */
export function isConfig({ content, before }: Pick<Attempt, 'content' | 'before'>): boolean {
  return before !== null && isSameCode(content, before) && content.mark !== before.mark
}

/** Why an attempt is none that counts; null: it is one. */
export function whyNot({ restart, content, before }: Attempt): string | null {
  const isSame = before === null || isSameCode(content, before)
  return restart && isSame ? 'The pods were told to restart; nothing was changed.' : null
}

export function attemptFact(options: KubernetesOptions, sourceId: string, attempt: Attempt): Fact {
  const { workload, number, status, startedAt, finishedAt, content, inferred } = attempt
  const environment = environmentOf(options, workload, content)
  const tier = tierBy(options.environments, environment)
  const fact: { kind: 'deployment' } & Deployment = {
    kind: 'deployment',
    source: sourceId,
    id: `${clip(workload.uid, 200)}:${number}`,
    service: serviceOf(options, workload, content),
    environment,
    ...(tier === undefined ? {} : { tier }),
    ...(content.commit === null ? {} : { commit: content.commit }),
    ...(content.version === null ? {} : { version: content.version }),
    status,
    ...(startedAt === null ? {} : { startedAt: Math.min(startedAt, finishedAt) }),
    finishedAt,
    updatedAt: finishedAt,
    ...(isConfig(attempt) ? { config: true } : {}),
    ...(inferred ? { labels: ['inferred'] } : {}),
    reported: 'event',
  }
  return content.digest === null ? fact : withDigest(fact, content.digest)
}

/** An artifact of this digest may tell the commit; without a tag that tells the version, the digest does. */
function withDigest(fact: { kind: 'deployment' } & Deployment, digest: string): Fact {
  return { ...fact, digest, ...(fact.version === undefined && fact.commit === undefined ? { version: digest } : {}) }
}

/** Where no rule gives a name, that of the workload. */
export function serviceOf(options: KubernetesOptions, workload: Workload, content: Pick<Content, 'container' | 'image'>): string {
  return nameOf(serviceBy(options.service, labelsOf(options, workload, content)) ?? workload.name)
}

export function environmentOf(options: KubernetesOptions, workload: Workload, content: Pick<Content, 'container' | 'image'>): string {
  const { cluster, environment } = options
  const named = environment === undefined ? undefined : serviceBy(environment, labelsOf(options, workload, content))
  return nameOf(named ?? (cluster === undefined ? workload.namespace : `${cluster}/${workload.namespace}`))
}

/** Names that PostgreSQL cannot hold, or are too long, are told apart by a hash. */
function nameOf(text: string): string {
  if (text.length > 0 && text.length <= 200 && isStorable(text)) return text
  return `sha256:${createHash('sha256').update(text).digest('hex')}`
}

function textOf(text: string | null): string | null {
  return text === null || text === '' || !isStorable(text) ? null : clip(text, 500)
}

function isStorable(text: string): boolean {
  return !/[\0\p{Cs}]/u.test(text)
}
