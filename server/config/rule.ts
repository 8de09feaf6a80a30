/** Tries another `deployments` rule on a source, checked as shiplog.yaml is, and writes rules as people paste them. */
import { stringify } from 'yaml'
import type { SourceConfig } from '../config.ts'
import { ShiplogError } from '../errors.ts'
import { sources as sourceTypes } from '../sources/index.ts'
import { type Fault, pathText, readDocument } from './document.ts'
import { faultsOf, withoutEchoes } from './issues.ts'
import { SourceEntry } from './schema.ts'

/** Wider than this a rule is written as a block. */
const lineWidth = 80

/**
 * The source with the rule in the place of its own; nothing is stored, and names of environment variables stay names. The text is what
 * stands after `deployments:`, as JSON or YAML, or with that key before it. Throws ShiplogError `invalid` that lists every fault.
 */
export function withRule(source: SourceConfig, text: string): SourceConfig {
  const type = sourceTypes[source.type]
  if (type === undefined) throw new ShiplogError('invalid', `The source ${source.id} is of the type ${source.type}, which has no rule.`)
  const document = readDocument(text)
  const rule = document.faults.length > 0 ? { faults: document.faults.map(atRule) } : readRule(document.value)
  if ('faults' in rule) throw refusal(rule.faults, document.lineOf)
  const written = { ...(source.written ?? (source.options as Record<string, unknown>)), deployments: rule.value }
  const parsed = type.options.safeParse(written)
  if (parsed.success) return { ...source, options: parsed.data, written }
  throw refusal(faultsOf(parsed.error.issues, type.options, [], Object.keys(SourceEntry.shape)), document.lineOf)
}

/** The source's rule as it stands in shiplog.yaml, with its key; null where the source has none. */
export function ruleText({ options, written }: SourceConfig): string | null {
  const value = written?.deployments ?? (options as Record<string, unknown> | null)?.deployments
  if (value === undefined) return null
  if (typeof value !== 'object' || value === null) return `deployments: ${String(value)}`
  const style = { defaultStringType: 'QUOTE_SINGLE', defaultKeyType: 'PLAIN', lineWidth: 0 } as const
  const line = `deployments: ${stringify(value, { ...style, collectionStyle: 'flow' }).trim()}`
  const fits = !line.includes('\n') && line.length <= lineWidth
  return fits ? line : stringify({ deployments: value }, style).trim()
}

function readRule(value: unknown): { value: unknown } | { faults: Fault[] } {
  const isMap = typeof value === 'object' && value !== null && !Array.isArray(value)
  const keys = isMap ? Object.keys(value) : []
  const rule = keys.length === 1 && keys[0] === 'deployments' ? (value as { deployments: unknown }).deployments : value
  const isEmpty = rule === null || (isMap && keys.length === 0)
  return isEmpty
    ? { faults: [{ path: ['deployments'], message: 'is empty', mend: "write a rule such as { tags: '^v' }" }] }
    : { value: rule }
}

function atRule(fault: Fault): Fault {
  return { ...fault, path: ['deployments'] }
}

function refusal(faults: Fault[], lineOf: (path: Fault['path']) => number): ShiplogError {
  const listed = withoutEchoes(faults).map(({ path, line, message, mend }) => ({
    path: pathText(path),
    line: line ?? lineOf(path[0] === 'deployments' ? path.slice(1) : path),
    message,
    mend,
  }))
  const sentences = listed.map(({ path, message, mend }) => `${path}: ${message}${mend === '' ? '' : `; ${mend}`}`)
  return new ShiplogError('invalid', sentences.join('\n'), listed)
}
