/** From the samples of `ALERTS` to the times that each alert fired, with the starts that Prometheus itself told Alertmanager. */
import type { Instant } from '../../facts.ts'
import { fingerprintOf, type Labels } from '../alert-incident.ts'
import type { Series } from './payloads.ts'

export interface Episode {
  fingerprint: string
  labels: Labels
  openedAt: Instant
  /** Time of the newest sample that shows it firing. */
  seenAt: Instant
  /** Null: it fires at the last step that was read. */
  resolvedAt: Instant | null
  /** The first and the last step at which it fires. */
  steps: { from: Instant; to: Instant }
}

/** Steps that were read, in milliseconds: the first, the last, and the distance between two. */
export interface Steps {
  first: Instant
  last: Instant
  stepMs: number
}

/** When the alerts that fire at one step had begun to, by fingerprint. */
export type Firing = Readonly<Record<string, Instant>>

export interface Told {
  /** Alerts that fire at the first step. */
  firing: Firing
  externalLabels: Labels
  /** Milliseconds between two evaluations of the alert of this name; undefined: not known. */
  evaluationMs(alertname: string): number | undefined
}

/**
 * The series are of `timestamp(ALERTS{alertstate="firing"})`: a step has a value where the alert fires, and the value is the time of the
 * evaluation that said so. That of the first step of a run is when it began to fire, which Prometheus sends as `startsAt`. A step without a
 * value says that it ended; a missed evaluation leaves none out.
 */
export function episodesIn(series: readonly Series[], steps: Steps, { firing, externalLabels, evaluationMs }: Told): Episode[] {
  return series.flatMap(({ metric, values }) => {
    const { __name__: _name, alertstate: _state, ...own } = metric
    const labels = { ...externalLabels, ...own }
    const fingerprint = fingerprintOf(labels)
    return runsOf(values, steps.stepMs).map(({ from, to, beganAt, seenAt }) => {
      const known = from <= steps.first && Object.hasOwn(firing, fingerprint) ? firing[fingerprint] : undefined
      // It ended between two steps, at the evaluation that no longer gave it.
      const endedAt = Math.min(Math.max(seenAt + (evaluationMs(labels.alertname ?? '') ?? steps.stepMs), to), to + steps.stepMs)
      return {
        fingerprint,
        labels,
        openedAt: known ?? beganAt,
        seenAt,
        resolvedAt: to >= steps.last ? null : endedAt,
        steps: { from, to },
      }
    })
  })
}

/** Those that fire at a step, for what is read after it. */
export function firingAt(episodes: readonly Episode[], step: Instant): Firing {
  const firing = episodes.filter(({ steps: { from, to } }) => from <= step && step <= to)
  return Object.fromEntries(firing.map(({ fingerprint, openedAt }) => [fingerprint, openedAt]))
}

/** Times come in seconds, exact to the millisecond. */
const instant = (seconds: number) => Math.round(seconds * 1000)

function runsOf(values: Series['values'], stepMs: number) {
  const runs: { from: Instant; to: Instant; beganAt: Instant; seenAt: Instant }[] = []
  for (const [step, sample] of values) {
    const [at, seenAt] = [instant(step), instant(sample)]
    const last = runs.at(-1)
    if (last !== undefined && at - last.to < stepMs * 1.5) Object.assign(last, { to: at, seenAt })
    else runs.push({ from: at, to: at, beganAt: seenAt, seenAt })
  }
  return runs
}
