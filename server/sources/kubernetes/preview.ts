/** What a cluster's workloads would count as, and why not the rest. */

import { tierBy } from '../rules.ts'
import type { Context, Preview, PreviewRow } from '../source.ts'
import { accessOf } from './access.ts'
import { createApi } from './api.ts'
import type { KubernetesOptions } from './options.ts'
import type { Pace } from './pace.ts'
import { type Item, resourcesOf } from './resources.ts'
import { applyListed, whyLeftOut } from './rollouts.ts'
import { environmentOf, isConfig, serviceOf, whyNot } from './to-facts.ts'

const mostRows = 1000

/** Throws SourceError. */
export async function previewKubernetes(options: KubernetesOptions, ctx: Context, pace: Pace): Promise<Preview> {
  const api = createApi(await accessOf(options), ctx, pace)
  const { workloads, revisions } = resourcesOf(options)
  const items: Item[] = []
  const hints: string[] = []
  for (const { what, path, item } of [...workloads, ...revisions]) {
    const listed = await api.list(what, path, item)
    if (listed === null) hints.push(`The cluster knows no ${what}.`)
    items.push(...(listed?.items ?? []))
  }
  const rows: PreviewRow[] = []
  for (const item of items) {
    if (item.is === 'revision') continue
    const { kind, metadata } = item.object
    const reason = whyLeftOut(options, item.object)
    if (reason !== null) rows.push({ name: `${kind} ${metadata.name}`, at: null, counted: false, reason, group: metadata.namespace })
  }
  const { attempts } = applyListed(options, { workloads: {} }, items, ctx.now)
  let isMapped = false
  let hasCommit = false
  for (const attempt of attempts) {
    const { workload, number, content, status, finishedAt } = attempt
    const environment = environmentOf(options, workload, content)
    const isUnmapped = tierBy(options.environments, environment) === null
    isMapped ||= !isUnmapped
    hasCommit ||= content.commit !== null
    const reason =
      whyNot(attempt) ??
      (status === 'failed' ? 'The rollout failed.' : null) ??
      (isConfig(attempt) ? 'Only its configuration was changed.' : null) ??
      (isUnmapped ? `No rule of environments maps ${environment}.` : null)
    const name = `${workload.kind} ${workload.name}, revision ${number}, of ${serviceOf(options, workload, content)}`
    const version = content.version === null ? {} : { version: content.version }
    rows.push({ name, at: finishedAt, counted: reason === null, reason, group: workload.namespace, deploys: { environment, ...version } })
  }
  rows.sort((a, b) => (b.at ?? 0) - (a.at ?? 0))
  if (attempts.length > 0 && !isMapped)
    hints.push("No environment has a tier: write environments, such as { production: '^shop$' }, over the names of namespaces.")
  if (attempts.length > 0 && !hasCommit) {
    hints.push(
      'No image tells its commit: set the annotation org.opencontainers.image.revision on pod templates, or tag images with the full commit id.',
    )
  }
  return {
    rule: `Finished rollouts of ${options.deployments.kinds.join(', ')} whose image is another`,
    rows: rows.slice(0, mostRows),
    hints,
    ...(rows.length > mostRows ? { truncated: rows.length - mostRows } : {}),
  }
}
