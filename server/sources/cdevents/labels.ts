/** What an event says of a thing, as a flat map: for the rules that tell its service and its commit. */

import { parsePackageUrl } from './package-url.ts'
import type { CdEvent } from './specification.ts'

const mostLabels = 200
const deepest = 3

export type Labels = Readonly<Record<string, string | undefined>>

export function labelsOf(event: CdEvent): Labels {
  const { context, subject, kind } = event
  const { content } = subject
  const artifact = content.artifactId === undefined ? null : parsePackageUrl(content.artifactId)
  const [about = ''] = (kind ?? '').split('.')
  const labels: Record<string, string | undefined> = Object.create(null)
  Object.assign(labels, customLabels(event.customData), {
    source: context.source,
    subject: subject.id,
    'subject.source': subject.source,
    service: about === 'service' ? subject.id : content.service?.id,
    environment: content.environment?.id,
    repository: content.repository?.id,
    change: about === 'change' ? subject.id : undefined,
    pipeline: content.pipelineName,
    task: content.taskName,
    artifact: content.artifactId,
    'artifact.type': artifact?.type,
    'artifact.namespace': artifact?.namespace,
    'artifact.name': artifact?.name,
    'artifact.version': artifact?.version,
    'artifact.commit': artifact?.commit,
  })
  return labels
}

/** The event's own data as an object; undefined where it is none. */
export function customObject(data: CdEvent['customData']): Record<string, unknown> | undefined {
  if (typeof data !== 'string') return data
  try {
    const value: unknown = JSON.parse(Buffer.from(data, 'base64').toString('utf8'))
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

/** Texts, numbers and booleans of the event's own data, `customData.` before their path. */
function customLabels(data: CdEvent['customData']): Record<string, string> {
  const labels: Record<string, string> = Object.create(null)
  let count = 0
  const add = (path: string, value: unknown, depth: number) => {
    if (count >= mostLabels) return
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
      labels[path] = String(value)
      count++
    } else if (typeof value === 'object' && value !== null && !Array.isArray(value) && depth < deepest) {
      for (const [name, inner] of Object.entries(value)) add(`${path}.${name}`, inner, depth + 1)
    }
  }
  add('customData', customObject(data), 0)
  return labels
}
