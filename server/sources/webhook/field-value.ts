/** Makes the value of a field of what a delivery says. */
import { commitId, idText, told, webAddress } from '../fact-text.ts'
import { matched } from '../rules.ts'
import type { Field } from './fields.ts'
import { isList } from './fields.ts'
import type { Filling, Value } from './options.ts'
import { elementsOf, rendered, type Scope } from './template.ts'

export type Outcome = { value: unknown } | { fault: string }

/** The value as facts have it, times as RFC 3339; or, in words, why there is none. */
export function fieldValue(fillings: Value, field: Field, scope: Scope): Outcome {
  if (isList(field.kind)) return listOf(fillings, field, scope)
  let fault = 'nothing is given'
  for (const filling of fillings) {
    const filled = fill(filling, scope)
    const outcome = 'fault' in filled ? filled : converted(filled.value, field)
    if ('value' in outcome) return outcome
    fault = outcome.fault
  }
  return { fault }
}

function fill({ template, pattern, map, otherwise }: Filling, scope: Scope): Outcome {
  const found = rendered(template, scope)
  let value = 'missing' in found ? undefined : found.value
  let fault = 'missing' in found ? `nothing at ${found.missing}` : ''
  if (pattern !== undefined && isScalar(value)) {
    const text = String(value)
    value = matched(text, pattern) ?? undefined
    if (value === undefined) fault = `${shown(text)} does not match ${pattern}`
  }
  if (map !== undefined && isScalar(value)) {
    const text = String(value)
    value = Object.hasOwn(map, text) ? map[text] : wordOf(map, text)
    if (value === undefined) fault = `${shown(text)} is not in the map; add it, or otherwise:`
  }
  if (value !== undefined) return { value }
  return otherwise === undefined ? { fault } : { value: otherwise }
}

/** Systems change the case of their words more often than the words. */
function wordOf(map: Record<string, string>, text: string): string | undefined {
  const lower = text.toLowerCase()
  return Object.entries(map).find(([word]) => word.toLowerCase() === lower)?.[1]
}

function listOf(fillings: Value, field: Field, scope: Scope): Outcome {
  const found = fillings.flatMap((filling) => {
    const filled = fill(filling, scope)
    return 'fault' in filled ? [] : typeof filled.value === 'object' ? elementsOf(filled.value) : [filled.value]
  })
  const kept = found.filter(isScalar).flatMap((value) => {
    const text = String(value)
    const one = field.kind === 'commits' ? commitId(text) : told(text, field.max ?? 200)
    return one === undefined || one.trim() === '' ? [] : [one]
  })
  return { value: [...new Set(kept)].slice(0, field.max === 200 ? 100 : 10_000) }
}

function isScalar(value: unknown): value is string | number | boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
}

function converted(value: unknown, { kind, max = 500 }: Field): Outcome {
  if (!isScalar(value)) return { fault: `a ${Array.isArray(value) ? 'list' : 'block'} where a text is needed; name one of its parts` }
  const text = String(value)
  if (typeof kind === 'object') return wordIn(text, kind.words)
  switch (kind) {
    case 'time':
      return timeOf(value)
    case 'commit':
      return orFault(commitId(text), `${shown(text)} is not a whole commit id of 40 or 64 digits`)
    case 'address':
      return orFault(webAddress(text), `${shown(text)} is not an address of a web page`)
    case 'flag':
      return orFault(
        /^(?:true|yes|1)$/i.test(text) ? true : /^(?:false|no|0)$/i.test(text) ? false : undefined,
        `${shown(text)} is neither true nor false`,
      )
    case 'count':
      return orFault(/^\d{1,15}$/.test(text) ? Number(text) : undefined, `${shown(text)} is not a whole number`)
    case 'id':
      return orFault(text.trim() === '' ? undefined : idText(text), 'an empty text')
    default:
      return orFault(text.trim() === '' ? undefined : told(text, max), 'an empty text')
  }
}

function wordIn(text: string, words: readonly string[]): Outcome {
  const word = words.find((one) => one === text.toLowerCase())
  return orFault(word, `${shown(text)} is none of ${words.join(', ')}; say by map: which it means`)
}

const zoned = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?) ?(Z|UTC|GMT|[+-]\d\d:?\d\d)$/i
const latest = Date.UTC(9999, 0, 1)
/** Numbers from here on are milliseconds; as seconds they would lie beyond the year 5000. */
const firstMilliseconds = 1e11

/** RFC 3339, or a number since 1970. The zero time of programs (year 1, or 0) is none. */
function timeOf(value: string | number | boolean): Outcome {
  const text = String(value).trim()
  const at = /^\d{1,16}(?:\.\d+)?$/.test(text) ? fromNumber(Number(text)) : fromText(text)
  if (at === undefined)
    return { fault: `${shown(text)} is not a time with an offset, such as 2026-01-31T09:30:00Z, nor seconds or milliseconds since 1970` }
  if (at <= 0) return { fault: `${shown(text)} is no time that anything happened at` }
  return at < latest ? { value: new Date(at).toISOString() } : { fault: `${shown(text)} lies too far in the future` }
}

function fromNumber(number: number): number {
  return Math.round(number >= firstMilliseconds ? number : number * 1000)
}

function fromText(text: string): number | undefined {
  const found = zoned.exec(text)
  if (found === null) return undefined
  const [, day, clock, zone = ''] = found
  const offset = /^[+-]/.test(zone) ? zone.replace(/(\d\d):?(\d\d)$/, '$1:$2') : 'Z'
  const at = Date.parse(`${day}T${clock}${offset}`)
  return Number.isNaN(at) ? undefined : at
}

function orFault(value: unknown, fault: string): Outcome {
  return value === undefined ? { fault } : { value }
}

function shown(text: string): string {
  return JSON.stringify(told(text, 60))
}
