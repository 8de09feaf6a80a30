/** Why a metric moved, with its words: what the API answers and the report tells. Pure. */
import type { Stage } from '../linked.ts'
import type { Comparison } from '../metrics/answer.ts'
import type { NamedDeployment } from '../metrics/explain/backlog-releases.ts'
import type { ExplainedMetric, Explanation } from '../metrics/explain/explanation.ts'
import { type ServicePart, type ServiceSplit, serviceParts } from '../metrics/explain/split-by-service.ts'
import type { StageSplit } from '../metrics/explain/split-by-stage.ts'
import { nameOf } from './failure-lines.ts'
import type { WhyLine } from './snapshot.ts'
import { servicePartText, stagePartText } from './why-parts.ts'
import { whySentences } from './why-sentences.ts'

/** One part of a difference. */
export interface WhyPart {
  kind: 'mix' | 'within' | 'stage' | 'unobserved'
  /** Null: services that are not named, or a part that is of no service. */
  service: string | null
  /** How many services it stands for; 0 for a stage. */
  services: number
  stage: Stage | null
  size: number
  /** What it is called. */
  name: string
  /** What it rests on; empty for services that are not named. */
  detail: string
}

export interface WhySplit {
  /** Logarithms of 1 + seconds, whose parts multiply; seconds and ratios add up. */
  unit: 'log_seconds' | 'seconds' | 'ratio'
  before: number
  after: number
  /** They add up to `after - before`. */
  parts: WhyPart[]
}

type Side = 'before' | 'after'

export interface Why {
  /** Only a clear change is explained. */
  clear: boolean
  /** What moved in one sentence, or why there is nothing to explain. */
  text: string
  /** The explanation in plain words, the weightiest first. */
  sentences: string[]
  /** Changes, or judged deployments, that were compared. */
  n: { before: number; after: number } | null
  /** Null where the scope has one service. */
  services: WhySplit | null
  /** Lead time, where stages were observed. */
  stages: WhySplit | null
  /** Lead time: the few changes that carry most of the difference of the means. */
  changes: {
    window: Side
    of: number
    share: number
    most: boolean
    meanWithoutSeconds: number
    items: { service: string; key: string; title: string; url: string | null; deployedAt: string; seconds: number; size: number }[]
  } | null
  /** Lead time: deployments that brought many changes live that had waited for long. */
  backlog: {
    window: Side
    /** A typical change without theirs, geometric mean. */
    typicalWithoutSeconds: number
    items: (NamedRow & { changes: number; usualChanges: number; waitSeconds: number; usualWaitSeconds: number })[]
  } | null
  /** Fail rate: failures of the services that add most to the higher rate. */
  failures: (NamedRow & { window: Side; evidence: string | null })[]
}

interface NamedRow {
  service: string
  source: string
  id: string
  name: string
  url: string | null
  at: string
}

/** How many services are named in each kind of part. */
const named = { mix: 3, within: 5 }
const maxReleases = 5

/** The window with the higher value holds the failures. */
function higher({ before, after }: Explanation['mean']): Side {
  return after > before ? 'after' : 'before'
}

/** An explanation in words; `explanation` is null where the comparison is not clear, or one of the windows holds nothing. */
export function whyOf(explanation: Explanation | null, comparison: Comparison | null): Why {
  if (explanation === null) return nothing(comparison)
  const { carrying, backlog, failures, services, stages, metric } = explanation
  const parts = services === null ? [] : serviceParts(services, named)
  const [text = '', ...sentences] = whySentences(explanation, comparison, parts)
  return {
    clear: true,
    text,
    sentences,
    n: explanation.n,
    services: services && serviceSplit(services, parts, metric === 'change_lead_time' ? 'log_seconds' : 'ratio'),
    stages: stages && stageSplit(stages, explanation.n),
    changes: carrying && {
      window: carrying.window,
      of: carrying.of,
      share: carrying.share,
      most: carrying.most,
      meanWithoutSeconds: carrying.meanWithout,
      items: carrying.changes.map(({ service, key, title, url, deployedAt, seconds, size }) => {
        return { service, key, title, url, deployedAt: timeOf(deployedAt), seconds, size }
      }),
    },
    backlog: backlog && {
      window: backlog.window,
      typicalWithoutSeconds: Math.expm1(backlog.logMeanWithout),
      items: backlog.releases.slice(0, maxReleases).map(({ deployment, n, usualChanges, wait, usualWait }) => {
        return { ...namedRow(deployment), changes: n, usualChanges, waitSeconds: wait, usualWaitSeconds: usualWait }
      }),
    },
    failures: failures.map(({ deployment, evidence }) => ({ ...namedRow(deployment), window: higher(explanation.mean), evidence })),
  }
}

/** What a report keeps of it. */
export function whyLine(id: ExplainedMetric, why: Why): WhyLine {
  const parts = (['services', 'stages'] as const).flatMap((split) => {
    const { unit, parts: own } = why[split] ?? { unit: 'ratio' as const, parts: [] }
    return own.map(({ kind, size, name, detail }) => {
      return { split, unit, size, text: `${kind === 'mix' ? 'mix, ' : ''}${name}${detail === '' ? '' : `: ${detail}`}` }
    })
  })
  return { id, sentences: [why.text, ...why.sentences], parts }
}

function nothing(comparison: Comparison | null): Why {
  const rest = { sentences: [], n: null, services: null, stages: null, changes: null, backlog: null, failures: [] }
  return { clear: false, text: nothingText(comparison), ...rest }
}

function nothingText(comparison: Comparison | null): string {
  if (comparison === null) return 'There is nothing to explain: there is no window before this one.'
  if (comparison.verdict === 'clear') return 'There is nothing to split: one of the windows holds nothing.'
  if (comparison.verdict === 'not enough data') return `There is nothing to explain yet: ${comparison.text}.`
  return comparison.reason === 'too_small'
    ? 'There is nothing to explain: the difference from the window before is certain, and too small to matter.'
    : 'There is nothing to explain: the difference from the window before may be chance.'
}

function serviceSplit({ before, after }: ServiceSplit, parts: readonly ServicePart[], unit: 'log_seconds' | 'ratio'): WhySplit {
  return {
    unit,
    before,
    after,
    parts: parts.map((part) => {
      const { kind, service, services, size } = part
      return { kind, service, services, stage: null, size, ...servicePartText(part, unit) }
    }),
  }
}

function stageSplit({ before, after, parts }: StageSplit, n: Explanation['n']): WhySplit {
  return {
    unit: 'seconds',
    before,
    after,
    parts: parts.map((part) => {
      const kind = part.stage === null ? ('unobserved' as const) : ('stage' as const)
      return { kind, service: null, services: 0, stage: part.stage, size: part.size, ...stagePartText(part, n) }
    }),
  }
}

function namedRow(row: NamedDeployment): NamedRow {
  return { service: row.service, source: row.source, id: row.id, name: nameOf(row), url: row.url, at: timeOf(row.finishedAt ?? 0) }
}

function timeOf(at: number): string {
  return new Date(at).toISOString().replace('.000Z', 'Z')
}
