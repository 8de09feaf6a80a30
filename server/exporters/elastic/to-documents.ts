/** Deployments and metrics as documents with the field names of the Elastic Common Schema. */
import { createHash } from 'node:crypto'
import type { LinkedDeployment } from '../../linked.ts'
import type { DeploymentDocument, ExportDocument, MetricsDocument } from '../exporter.ts'

export interface ElasticDocument {
  index: string
  id: string
  body: Record<string, unknown>
}

/** An id of a document may have 512 bytes. */
const mostIdBytes = 512

export function elasticDocument(prefix: string, document: ExportDocument): ElasticDocument {
  if (document.kind === 'metrics') return metricsDocument(prefix, document)
  const { deployment } = document
  return { index: `${prefix}-deployments`, id: idOf(`${deployment.source}/${deployment.id}`), body: deploymentBody(deployment) }
}

export function idOf(text: string): string {
  return Buffer.byteLength(text) <= mostIdBytes ? text : `sha256:${createHash('sha256').update(text).digest('hex')}`
}

const outcomes = { succeeded: 'success', failed: 'failure', cancelled: 'unknown', running: 'unknown' } as const

function deploymentBody(deployment: DeploymentDocument['deployment']): Record<string, unknown> {
  const { startedAt, finishedAt, failure } = deployment
  const recoverySeconds = failure === null || failure.recoveredAt === null ? null : (failure.recoveredAt - failure.beganAt) / 1000
  return {
    '@timestamp': iso(finishedAt ?? startedAt),
    event: {
      kind: 'event',
      category: ['configuration'],
      type: ['change'],
      action: 'deployment',
      id: `${deployment.source}/${deployment.id}`,
      outcome: outcomes[deployment.status],
      start: iso(startedAt),
      end: iso(finishedAt),
      // ECS counts durations in nanoseconds.
      duration: startedAt === null || finishedAt === null ? null : (finishedAt - startedAt) * 1_000_000,
      reference: deployment.url,
    },
    service: { name: deployment.service, version: versionOf(deployment), environment: deployment.environment },
    shiplog: {
      source: deployment.source,
      repository: deployment.repository,
      commit: deployment.commit,
      tier: deployment.tier,
      status: deployment.status,
      kind: deployment.kind,
      counted: deployment.counted,
      changes: deployment.changes,
      failed: failure !== null,
      failure_rule: failure?.rule ?? null,
      recovery_seconds: recoverySeconds,
      rework: deployment.rework?.rule ?? null,
    },
  }
}

function metricsDocument(prefix: string, { scope, start, end, startAt, partial, values }: MetricsDocument): ElasticDocument {
  const service = scope.startsWith('service:') ? { service: { name: scope.slice('service:'.length) } } : {}
  return {
    index: `${prefix}-metrics`,
    id: idOf(`${scope}/${start}`),
    body: {
      '@timestamp': iso(startAt),
      event: { kind: 'metric', start: iso(startAt) },
      ...service,
      shiplog: { scope, week: start, end, partial, ...values },
    },
  }
}

export function versionOf({ version, commit }: Pick<LinkedDeployment, 'version' | 'commit'>): string | null {
  return version ?? commit?.slice(0, 12) ?? null
}

function iso(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString()
}
