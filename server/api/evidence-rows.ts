/** Linked rows as they go over the wire, with what the metric asked for makes of them. */
import type { LinkedChange, LinkedDeployment, LinkedIncident } from '../linked.ts'
import { type EvidenceContext, type Explained, explainDeployment, leadSeconds } from '../metrics/evidence.ts'
import { incidentEnd } from '../metrics/incident-restore.ts'
import type { ChangeRow, DeploymentRow, IncidentRow } from './evidence-schema.ts'
import { timeText, timeTextOrNull } from './wire-time.ts'

export function deploymentRow(row: LinkedDeployment, explained: Explained<string>, context: EvidenceContext): DeploymentRow {
  const { failure, verdict } = row
  return {
    source: row.source,
    id: row.id,
    service: row.service,
    url: row.url,
    environment: row.environment,
    tier: row.tier,
    repository: row.repository,
    line: row.line,
    commit: row.commit,
    version: row.version,
    status: row.status,
    startedAt: timeTextOrNull(row.startedAt),
    finishedAt: timeTextOrNull(row.finishedAt),
    kind: row.kind,
    counted: row.counted,
    commitUnknown: row.commitUnknown,
    changes: row.changes,
    previous: row.previous,
    pending: explainDeployment(row, 'change_fail_rate', context).reason === 'pending',
    failure: failure && {
      confidence: failure.confidence,
      rule: failure.rule,
      evidence: failure.evidence,
      remedies: failure.remedies,
      incidents: failure.incidents,
      beganAt: timeText(failure.beganAt),
      noticedAt: timeTextOrNull(failure.noticedAt),
      recoveredAt: timeTextOrNull(failure.recoveredAt),
      recoverySeconds: failure.recoveredAt === null ? null : Math.max(0, failure.recoveredAt - failure.beganAt) / 1000,
    },
    verdict: verdict && {
      verdict: verdict.verdict,
      by: verdict.by,
      at: timeText(verdict.at),
      note: verdict.note,
      recoveredAt: timeTextOrNull(verdict.recoveredAt),
    },
    rework: row.rework,
    witness: row.witness,
    ...explained,
  }
}

export function changeRow(row: LinkedChange, explained: Explained<string>, context: EvidenceContext): ChangeRow {
  const waits = row.deployedAt === null
  return {
    service: row.service,
    repository: row.repository,
    key: row.key,
    title: row.title,
    url: row.url,
    commit: row.commit,
    environment: row.environment,
    tier: row.tier,
    deployment: row.deployment,
    deployedAt: timeTextOrNull(row.deployedAt),
    startedAt: timeText(row.startedAt),
    mergedAt: timeText(row.mergedAt),
    basis: row.basis,
    commits: row.commits,
    filesUnknown: row.filesUnknown,
    leadTimeSeconds: waits ? null : leadSeconds(row),
    waitingSeconds: waits && context.asOf !== null ? Math.max(0, context.asOf - row.mergedAt) / 1000 : null,
    stages: row.stages,
    exclusion: row.exclusion,
    ...explained,
  }
}

export function incidentRow(row: LinkedIncident, explained: Explained<string>): IncidentRow {
  const end = incidentEnd(row)
  return {
    source: row.source,
    id: row.id,
    service: row.service,
    url: row.url,
    title: row.title,
    severity: row.severity,
    openedAt: timeText(row.openedAt),
    acknowledgedAt: timeTextOrNull(row.acknowledgedAt),
    mitigatedAt: timeTextOrNull(row.mitigatedAt),
    resolvedAt: timeTextOrNull(row.resolvedAt),
    restoreSeconds: end === null ? null : (end - row.openedAt) / 1000,
    cause: row.cause,
    deployment: row.deployment,
    attribution: row.attribution,
    unattributed: row.reason,
    candidates: row.candidates,
    ...explained,
  }
}
