/** An explanation in plain sentences. */
import type { Comparison } from '../metrics/answer.ts'
import type { BacklogRelease } from '../metrics/explain/backlog-releases.ts'
import type { Explanation } from '../metrics/explain/explanation.ts'
import type { ServicePart } from '../metrics/explain/split-by-service.ts'
import { nameOf } from './failure-lines.ts'
import { count, duration, number, percent } from './format.ts'
import { servicePartText, stagePartText, toldWithin, typical } from './why-parts.ts'
import { listed } from './words.ts'

/** What moved first; then, an entry for each matter, what made it. `parts` are those of the split by service. */
export function whySentences(explanation: Explanation, comparison: Comparison | null, parts: readonly ServicePart[]): string[] {
  const moved = explanation.metric === 'change_lead_time' ? leadTime(explanation, comparison) : failRate(explanation)
  const matters = [
    ...services(explanation, parts),
    onlyOnce(explanation),
    [...stages(explanation), ...carrying(explanation)],
    backlog(explanation),
    failures(explanation),
  ]
  return [...moved, ...matters.flatMap((sentences) => (sentences.length === 0 ? [] : [sentences.join(' ')]))]
}

/** `1.4 times slower` of a difference of logarithms. */
function factorText(size: number): string {
  return `${number(Math.exp(Math.abs(size)))} times ${size > 0 ? 'slower' : 'faster'}`
}

/** `4 points higher` of a difference of ratios. */
function pointsText(size: number): string {
  const points = number(Math.abs(100 * size))
  return `${points} ${points === '1' ? 'point' : 'points'} ${size > 0 ? 'higher' : 'lower'}`
}

function leadTime({ mean, seconds }: Explanation, comparison: Comparison | null): string[] {
  const size = mean.after - mean.before
  const told = [`A typical change took ${typical(mean.after)}, before ${typical(mean.before)}: ${factorText(size)} (geometric means).`]
  if (comparison?.factor != null && size !== 0 && comparison.factor > 1 !== size > 0) {
    told.push('The verdict compares changes by rank and says otherwise: a few very short or very long ones move the mean.')
  }
  if (seconds !== null && (seconds.after - seconds.before) * size < 0) {
    const [was, is] = [duration(seconds.before), duration(seconds.after)]
    told.push(`The plain mean moved the other way, from ${was} to ${is}: it follows the few longest changes.`)
  }
  return told
}

function failRate({ mean, n }: Explanation): string[] {
  const failed = (side: 'before' | 'after', noun: string) =>
    `${Math.round(mean[side] * n[side])} of ${noun === '' ? n[side] : count(n[side], noun)} ${noun === '' ? '' : 'failed '}(${percent(mean[side])})`
  return [`${failed('after', 'judged deployment')}, before ${failed('before', '')}: ${pointsText(mean.after - mean.before)}.`]
}

/** Under 1.01 times, or a fifth of a point, a part is said to be none. */
const negligible = { change_lead_time: Math.log(1.01), change_fail_rate: 0.002 }

/** The weightier of mix and within first, with the services that make most of it. */
function services({ metric, services: split }: Explanation, parts: readonly ServicePart[]): string[][] {
  if (split === null) return []
  const { mix, within } = split
  const told = metric === 'change_lead_time' ? timeWords : rateWords
  const isNone = (size: number) => Math.abs(size) < negligible[metric]
  const own = isNone(within) ? 'The services themselves stayed as they were.' : told.within(within)
  const mixed = isNone(mix) ? 'Which services shipped more plays no part.' : told.mix(mix)
  const difference = split.after - split.before
  if (Math.abs(mix) > Math.abs(within)) return [[mixed, ...leaders(parts, 'mix', difference, metric)], [own]]
  return [[own, ...leaders(parts, 'within', difference, metric)], [mixed]]
}

const timeWords = {
  within: (size: number) =>
    `The services themselves became ${size > 0 ? 'slower' : 'faster'}: with the same mix of services it would be ${factorText(size)}.`,
  mix: (size: number) => `More of the changes came from ${size > 0 ? 'slower' : 'faster'} services: that makes it ${factorText(size)}.`,
}
const rateWords = {
  within: (size: number) =>
    `The services themselves failed ${size > 0 ? 'more' : 'less'} often: with the same mix of services the rate would be ${pointsText(size)}.`,
  mix: (size: number) =>
    `More of the deployments were of services that fail ${size > 0 ? 'more' : 'less'} often: that makes it ${pointsText(size)}.`,
}

/** A named part is told where it is at least this share of the whole difference. */
const tellingShare = 0.2

function leaders(parts: readonly ServicePart[], kind: ServicePart['kind'], difference: number, metric: Explanation['metric']): string[] {
  const large = parts.filter((part) => part.kind === kind && part.service !== null && part.size / difference >= tellingShare)
  if (large.length === 0) return ['No single service makes much of that.']
  const unit = metric === 'change_lead_time' ? 'log_seconds' : 'ratio'
  return [`Most of that is ${listed(large.map((part) => toldWithin(servicePartText(part, unit))))}.`]
}

/** Services of only one of the windows have nothing to be compared with. */
function onlyOnce({ services: split, metric }: Explanation): string[] {
  if (split === null) return []
  const noun = metric === 'change_lead_time' ? 'changes' : 'judged deployments'
  const told = (side: 'before' | 'after', when: string) => {
    const names = split.services.filter((each) => each[side] === null).map(({ service }) => service)
    if (names.length === 0) return []
    const shown = names.length > 3 ? count(names.length, 'service') : listed(names)
    return [`${shown} had ${noun} only ${when} and ${names.length === 1 ? 'counts' : 'count'} as mix.`]
  }
  return [...told('before', 'in this window'), ...told('after', 'before')]
}

function stages({ stages: split, n, seconds }: Explanation): string[] {
  if (seconds === null) return []
  const told = `The mean went from ${duration(seconds.before)} to ${duration(seconds.after)}`
  if (split === null) return [`${told}.`]
  const difference = split.after - split.before
  const large = split.parts.filter(({ size }) => size / difference >= tellingShare).sort((a, b) => Math.abs(b.size) - Math.abs(a.size))
  if (large.length === 0) return [`${told}; no stage makes much of it.`]
  return [`${told}, most of it by ${listed(large.map((part) => toldWithin(stagePartText(part, n))))}.`]
}

function carrying({ carrying: few, seconds }: Explanation): string[] {
  if (few === null || seconds === null) return []
  const { changes, of, share, window, meanWithout } = few
  const one = changes.length === 1
  if (!few.most) {
    const longest = one ? 'the longest change carries' : `the ${changes.length} longest carry`
    return [`That is spread over many changes: ${longest} ${percent(Math.max(0, share))} of it.`]
  }
  const names = listed(changes.map(({ title, seconds: lead }) => `“${title}” (${duration(lead)})`))
  const which = window === 'after' ? '' : ' before'
  return [
    `Most of it is carried by ${changes.length} of the ${count(of, 'change')}${which}: ${names}.`,
    `Without ${one ? 'it' : 'them'} that mean would be ${duration(meanWithout)}, not ${duration(seconds[window])}.`,
  ]
}

function backlog({ backlog: known, mean }: Explanation): string[] {
  if (known === null) return []
  const { releases, window, logMeanWithout } = known
  const which = window === 'after' ? '' : ' before'
  const [first] = releases
  const one = releases.length === 1 && first !== undefined
  const told = one
    ? `${nameOf(first.deployment)}${which} released a backlog: its ${count(first.n, 'change')} typically waited ${duration(first.wait)} from merge to live, where ${duration(first.usualWait)} is usual.`
    : `${releases.length} deployments${which} released a backlog, ${count(sumOf(releases), 'change')} that had waited far longer than usual from merge to live: ${namesOf(releases)}.`
  const without = `Without ${one ? 'it' : 'them'} a typical change would have taken ${typical(logMeanWithout)}, not ${typical(mean[window])}.`
  return [told, without]
}

function sumOf(releases: readonly BacklogRelease[]): number {
  return releases.reduce((sum, { n }) => sum + n, 0)
}

/** Three of them by name. */
function namesOf(releases: readonly BacklogRelease[]): string {
  const names = releases.map(({ deployment }) => nameOf(deployment))
  return listed(names.length > 4 ? [...names.slice(0, 3), `${names.length - 3} others`] : names)
}

function failures({ failures: rows, mean }: Explanation): string[] {
  if (rows.length === 0) return []
  const which = mean.after > mean.before ? 'Among the failures' : 'Among the failures before'
  return [`${which}: ${listed(rows.map(({ deployment }) => nameOf(deployment)))}.`]
}
