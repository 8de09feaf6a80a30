/** Questions for the retro, told by rules from what the week shows; each names the service, deployment or change that it is about. */
import type { LinkedDeployment } from '../linked.ts'
import { type MetricsAnswer, metricIds } from '../metrics/answer.ts'
import { nameOf } from './failure-lines.ts'
import { count, duration, percent } from './format.ts'
import type { ChangeLine, FailureLine, Health, WaitingLine } from './snapshot.ts'
import { listed, metricTitles, signalWords, stageWords } from './words.ts'

export interface WeekFacts {
  title: string
  answer: MetricsAnswer
  deployments: readonly LinkedDeployment[]
  failures: FailureLine[]
  slowest: ChangeLine[]
  waiting: { count: number; oldest: WaitingLine[] }
  health: Health
  /** Services of the scope that are covered and had no counted deployment. */
  idle: string[]
}

const most = 5
const day = 86_400

/** Three to five, the most pressing first. */
export function questionsOf(facts: WeekFacts): string[] {
  if (facts.answer.coverage.days === 0) return uncovered(facts)
  const rules = [openFailures, lateNotice, sameService, doubtful, slowest, oldestWaiting, largeBatch, unassigned, attempts, uncovered]
  const pressing = rules.flatMap((rule) => rule(facts))
  const quiet = [longestStage, slowestOfAll, idle, share, signals, basis, delivered]
  const further = pressing.length >= 3 ? [] : quiet.flatMap((rule) => rule(facts))
  return [...pressing, ...further.slice(0, 3 - Math.min(pressing.length, 3))].slice(0, most)
}

function openFailures({ failures }: WeekFacts): string[] {
  const open = failures.filter((line) => line.recoveredAt === null)
  if (open.length === 0) return []
  const names = listed(open.slice(0, 3).map((line) => line.deployment.name))
  const more = open.length > 3 ? ` and ${open.length - 3} more` : ''
  const one = open.length === 1
  return [
    `${names}${more} failed and ${one ? 'has' : 'have'} no recorded recovery: ${one ? 'is it' : 'are they'} still degraded, or is the remedy not recorded?`,
  ]
}

function lateNotice({ failures }: WeekFacts): string[] {
  const late = failures
    .filter((line) => line.recoveredAt !== null && line.seconds !== null && line.noticedSeconds !== null)
    .filter((line) => (line.noticedSeconds as number) >= 1800 && (line.noticedSeconds as number) * 2 >= (line.seconds as number))
    .sort((a, b) => (b.noticedSeconds as number) - (a.noticedSeconds as number))[0]
  if (late === undefined) return []
  const span = duration(late.noticedSeconds as number)
  return [
    `The failure of ${late.deployment.name} went ${span} unnoticed of ${duration(late.seconds as number)} in all: what would have shown it sooner?`,
  ]
}

function sameService({ failures, answer }: WeekFacts): string[] {
  if (answer.scope.startsWith('service:')) {
    return failures.length < 2
      ? []
      : [
          `${count(failures.length, 'deployment')} failed in one week: have ${listed(failures.slice(0, 3).map((line) => line.deployment.name))} a cause in common?`,
        ]
  }
  const tally = new Map<string, number>()
  for (const { service } of failures) tally.set(service, (tally.get(service) ?? 0) + 1)
  const [service, n] = [...tally].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))[0] ?? ['', 0]
  return n < 2 ? [] : [`${n} of the ${failures.length} failures were in ${service}: do they have a cause in common?`]
}

function doubtful({ failures }: WeekFacts): string[] {
  const line = failures.find(({ confidence, saidBy }) => confidence === 'possible' && saidBy === null)
  if (line === undefined) return []
  return [`That ${line.deployment.name} failed is only told by time (${signalWords[line.rule]}): was it the cause? Confirm or dispute it.`]
}

function slowest({ slowest }: WeekFacts): string[] {
  const [line] = slowest
  if (line === undefined || line.leadSeconds < 2 * day) return []
  const lead = `“${line.change.name}” (${line.service}) took ${duration(line.leadSeconds)}`
  if (line.longest === null) return [`${lead}: where did it wait? Its stages are unknown, for git alone does not show them.`]
  return [`${lead}, ${duration(line.longest.seconds)} of it ${stageWords[line.longest.stage]}: what held it there?`]
}

function oldestWaiting({ waiting }: WeekFacts): string[] {
  const [line] = waiting.oldest
  if (line === undefined || line.waitSeconds < 3 * day) return []
  const of = waiting.count === 1 ? '' : `, the oldest of ${waiting.count} that wait,`
  return [
    `“${line.change.name}” (${line.service})${of} has been merged for ${duration(line.waitSeconds)} and is not live: what does it wait for?`,
  ]
}

function largeBatch({ deployments, answer }: WeekFacts): string[] {
  const largest = deployments.filter((row) => row.counted).sort((a, b) => b.changes - a.changes)[0]
  const usual = answer.metrics.batch_size.value
  if (largest === undefined || usual === null || largest.changes < 8 || largest.changes < 2 * usual) {
    return largest !== undefined && largest.changes > 10 ? [batchQuestion(largest, '')] : []
  }
  return [batchQuestion(largest, `, where the median was ${usual}`)]
}

function batchQuestion(row: LinkedDeployment, comparison: string): string {
  return `${nameOf(row)} carried ${row.changes} changes at once${comparison}: could they have gone out in smaller parts?`
}

function unassigned({ health }: WeekFacts): string[] {
  const [first] = health.unassigned
  if (first === undefined) return []
  const rest = health.unassigned.length - 1
  const more = rest === 0 ? '' : ` and ${count(rest, 'other incident')}`
  return [
    `“${first.name}”${more} ${rest === 0 ? 'names' : 'name'} no service, so no metric counts ${rest === 0 ? 'it' : 'them'}: where did it happen?`,
  ]
}

function attempts({ deployments }: WeekFacts): string[] {
  const tally = new Map<string, { failed: number; all: number }>()
  for (const row of deployments) {
    const known = tally.get(row.service) ?? { failed: 0, all: 0 }
    known.all += 1
    if (row.status === 'failed') known.failed += 1
    tally.set(row.service, known)
  }
  const [service, worst] = [...tally].sort((a, b) => b[1].failed - a[1].failed || (a[0] < b[0] ? -1 : 1))[0] ?? ['', { failed: 0, all: 0 }]
  return worst.failed < 2
    ? []
    : [`${worst.failed} of ${worst.all} attempts to deploy ${service} failed before they were live: what stopped them?`]
}

function uncovered({ health, answer, title }: WeekFacts): string[] {
  if (answer.coverage.days === 0) {
    return [`No data covers ${title} in this week: is there a source that should have reported it, and does it still deliver?`]
  }
  const failing = health.sources.filter((source) => source.error !== null)
  return failing.length === 0 ? [] : [`The source ${failing[0]?.id} reports an error: are the numbers of this week complete?`]
}

function longestStage({ answer }: WeekFacts): string[] {
  const known = Object.entries(answer.metrics.change_lead_time.stages).filter(([, { n }]) => n >= 3)
  const [stage, median] = known.sort((a, b) => b[1].value - a[1].value)[0] ?? []
  if (stage === undefined || median === undefined) return []
  const words = stageWords[stage as keyof typeof stageWords]
  return [
    `Of the stages, ${words} took longest (median ${duration(median.value)} over ${count(median.n, 'change')}): is that as it should be?`,
  ]
}

function idle({ idle, answer }: WeekFacts): string[] {
  if (idle.length === 0 || answer.coverage.days < 5) return []
  const names = idle.length > 4 ? `${idle.slice(0, 4).join(', ')} and ${idle.length - 4} more` : listed(idle)
  return [`${names} had no deployment that counts: was nothing ready, or did something hold it back?`]
}

function share({ answer }: WeekFacts): string[] {
  const { pooled } = answer
  if (pooled?.largest == null || pooled.largestShare === null || pooled.services < 2 || pooled.largestShare < 0.3) return []
  return [
    `${pooled.largest} made ${percent(pooled.largestShare)} of the deployments: what do the pooled numbers hide about the other services?`,
  ]
}

function signals({ answer, title }: WeekFacts): string[] {
  const { change_fail_rate: fail } = answer.metrics
  if (fail.reason === 'no_signal') return [`No source could show a failure of ${title}: where would one be recorded?`]
  if (fail.signals.length > 2) return []
  return [
    `Failures of ${title} show only as ${listed(fail.signals.map((signal) => `“${signalWords[signal]}”`))}: which ones of this week would not?`,
  ]
}

function basis({ answer, title }: WeekFacts): string[] {
  const { basis: starts, n } = answer.metrics.change_lead_time
  if (n === 0 || starts.merge * 2 < n) return []
  return [`Lead time of ${title} begins at the merge for ${starts.merge} of ${count(n, 'change')}: how long was the work before it?`]
}

function slowestOfAll({ slowest }: WeekFacts): string[] {
  const [line] = slowest
  if (line === undefined || line.leadSeconds >= 2 * day) return []
  const stage = line.longest === null ? '' : `, ${duration(line.longest.seconds)} of it ${stageWords[line.longest.stage]}`
  return [`“${line.change.name}” (${line.service}) took longest, ${duration(line.leadSeconds)}${stage}: is there time to gain?`]
}

function delivered({ answer, title, waiting }: WeekFacts): string[] {
  const values = answer.metrics
  if (values.deployment_frequency.n === 0) {
    const waits = waiting.count
    const ready = waits === 0 ? 'nothing that is merged waits' : `${count(waits, 'merged change')} ${waits === 1 ? 'waits' : 'wait'}`
    return [
      `${title} delivered nothing and ${ready}: was that the plan?`,
      `What does ${title} deliver next, and when is the first part of it ready?`,
      `Would a failure of ${title} in such a week be noticed and recorded?`,
    ]
  }
  const absent = metricIds.filter((id) => values[id].value === null).map((id) => metricTitles[id].toLowerCase())
  const questions = [
    `What made the ${count(values.deployment_frequency.n, 'deployment')} of ${title} go as they did, and is it worth keeping?`,
  ]
  if (absent.length > 0) questions.push(`There is no value for ${listed(absent)} of ${title}: would one help, and what would give it?`)
  return [...questions, `Which change of ${title} would have been easier to deliver in two parts?`]
}
