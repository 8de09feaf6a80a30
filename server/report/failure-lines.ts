/** The failures of the week: what showed them, what remedied them, how long they lasted. */
import type { Definition } from '../definition.ts'
import { type Instant, type Ref, refKey } from '../facts.ts'
import type { Failure, LinkedDeployment } from '../linked.ts'
import { explainDeployment } from '../metrics/evidence.ts'
import { timeText } from './format.ts'
import type { FailureLine } from './snapshot.ts'

export interface FailureQuestion {
  /** Of the week. */
  deployments: readonly LinkedDeployment[]
  /** The remedies among deployments of any time, by reference. */
  remedies: ReadonlyMap<string, LinkedDeployment>
  asOf: Instant | null
  definition: Definition
  timeZone: string
}

/** Oldest first. A deployment too young to be judged is there too, and says so. */
export function failureLines({ deployments, remedies, asOf, definition, timeZone }: FailureQuestion): FailureLine[] {
  const lines: { at: Instant; line: FailureLine }[] = []
  for (const row of deployments) {
    if (row.failure === null) continue
    const { failure, verdict } = row
    const explained = explainDeployment(row, 'failed_deployment_recovery_time', { asOf, definition })
    if (!explained.included && explained.reason !== 'pending') continue
    const end = failure.recoveredAt ?? asOf
    lines.push({
      at: row.finishedAt ?? failure.beganAt,
      line: {
        key: refKey(row),
        deployment: { name: nameOf(row), url: row.url },
        service: row.service,
        deployedAt: timeOf(row.finishedAt),
        confidence: failure.confidence,
        rule: failure.rule,
        evidence: failure.evidence.map(({ text }) => text),
        remedies: failure.remedies.map((ref) => remedyText(ref, remedies.get(refKey(ref)), timeZone)),
        pending: explained.reason === 'pending',
        saidBy: verdict?.verdict === 'failed' ? verdict.by : null,
        beganAt: new Date(failure.beganAt).toISOString(),
        noticedSeconds: noticedSeconds(failure),
        recoveredAt: timeOf(failure.recoveredAt),
        seconds: end === null ? null : Math.max(0, end - failure.beganAt) / 1000,
      },
    })
  }
  return lines.sort((a, b) => a.at - b.at || (a.line.key < b.line.key ? -1 : 1)).map(({ line }) => line)
}

/** `checkout 1.4.0`, or with the short commit or the source's id where no version is known. */
export function nameOf(row: Pick<LinkedDeployment, 'service' | 'version' | 'commit' | 'id'>): string {
  return `${row.service} ${row.version ?? row.commit?.slice(0, 8) ?? row.id}`
}

export function timeOf(at: Instant | null): string | null {
  return at === null ? null : new Date(at).toISOString()
}

function noticedSeconds({ beganAt, noticedAt }: Failure): number | null {
  return noticedAt === null ? null : Math.max(0, noticedAt - beganAt) / 1000
}

const verbs: Record<NonNullable<LinkedDeployment['rework']>['rule'], string> = {
  rollback: 'rolled back by',
  revert: 'reverted by',
  hotfix: 'hotfix',
  fix: 'fixed by',
  named: 'remedied by',
  unplanned: 'followed by the unplanned',
}

function remedyText(ref: Ref, row: LinkedDeployment | undefined, timeZone: string): string {
  if (row === undefined) return `remedied by deployment ${ref.id}`
  const verb = row.kind === 'rollback' ? verbs.rollback : verbs[row.rework?.rule ?? 'named']
  const at = timeOf(row.finishedAt)
  return `${verb} ${nameOf(row)}${at === null ? '' : `, ${timeText(at, timeZone)}`}`
}
