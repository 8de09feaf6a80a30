/** Turns what zod refuses into faults that say what to write. */
import type { z } from 'zod'
import { type Fault, type Path, pathText } from './document.ts'
import { nearest } from './nearest.ts'

type Issue = z.core.$ZodIssue

/** The faults of a value that a schema refused; `base` is where the value stands in the file. */
export function faultsOf(issues: readonly Issue[], schema: z.core.$ZodType, base: Path = []): Fault[] {
  const faults = issues.flatMap((issue) => faultsOfIssue(issue, schema, base))
  const misspelt = new Set(
    faults.flatMap((fault) => (fault.means === undefined ? [] : [pathText([...fault.path.slice(0, -1), fault.means])])),
  )
  return faults.filter((fault) => fault.message !== missing || !misspelt.has(pathText(fault.path)))
}

const missing = 'is missing'

/** A fault, and the key that a misspelt one most likely means: that one is not missing as well. */
type KeyFault = Fault & { means?: string }

function faultsOfIssue(issue: Issue, schema: z.core.$ZodType, base: Path): KeyFault[] {
  const within = issue.path.map((step) => (typeof step === 'number' ? step : String(step)))
  const path = [...base, ...within]
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(key, path, keysAt(schema, within)))
  if (issue.code === 'invalid_union') {
    const branch = likeliest(issue.errors)
    if (branch === null) return [{ path, message: issue.message, mend: 'see the example in README.md' }]
    return branch.flatMap((inner) => faultsOfIssue({ ...inner, path: [...issue.path, ...inner.path] } as Issue, schema, base))
  }
  if (issue.code === 'invalid_type') return [wrongType(issue, path)]
  if (issue.code === 'invalid_value')
    return [{ path, message: 'is not one of the known values', mend: `write one of ${issue.values.join(', ')}` }]
  return [{ path, message: sentence(issue.message), mend: 'change the value' }]
}

/** Of the shapes a value may have, the one that its writer seems to have meant: the one that was refused deepest inside. */
function likeliest(branches: readonly Issue[][]): Issue[] | null {
  let best: Issue[] | null = null
  let depth = -1
  for (const branch of branches) {
    const deepest = Math.max(...branch.map((issue) => issue.path.length + (issue.code === 'invalid_type' ? 0 : 1)))
    if (deepest > depth) {
      best = branch
      depth = deepest
    }
  }
  return best
}

function unknownKey(key: string, path: Path, known: string[]): KeyFault {
  const near = nearest(key, known)
  const mend = near === null ? `remove it; known here: ${known.join(', ')}` : `write ${near}`
  return { path: [...path, key], message: 'is not a known key', mend, ...(near === null ? {} : { means: near }) }
}

const words: Record<string, string> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a block of keys',
  record: 'a block of keys',
}

function wrongType(issue: z.core.$ZodIssueInvalidType, path: Path): Fault {
  const expected = words[issue.expected] ?? issue.expected
  if (/received undefined$/.test(issue.message)) return { path, message: missing, mend: `write ${String(path.at(-1))}: and ${expected}` }
  const quotes = issue.expected === 'string' ? ', in quotes where it looks like something else' : ''
  return { path, message: `must be ${expected}`, mend: `write ${expected}${quotes}` }
}

/** Zod's messages begin with a capital; own ones with `must`. */
function sentence(message: string): string {
  return message.charAt(0).toLowerCase() + message.slice(1)
}

/** The keys that a schema knows at a path. */
export function keysAt(schema: z.core.$ZodType, path: Path): string[] {
  let level = [schema]
  for (const step of path) level = level.flatMap((one) => childrenAt(one, step))
  return [...new Set(level.flatMap(shapesOf).flatMap((shape) => Object.keys(shape)))]
}

function childrenAt(schema: z.core.$ZodType, step: string | number): z.core.$ZodType[] {
  const def = (schema as z.core.$ZodTypes)._zod.def
  switch (def.type) {
    case 'object':
      return def.shape[step] === undefined ? [] : [def.shape[step]]
    case 'array':
      return [def.element]
    case 'record':
      return [def.valueType]
    default:
      return inside(schema).flatMap((one) => childrenAt(one, step))
  }
}

function shapesOf(schema: z.core.$ZodType): z.core.$ZodShape[] {
  const def = (schema as z.core.$ZodTypes)._zod.def
  return def.type === 'object' ? [def.shape] : inside(schema).flatMap(shapesOf)
}

/** What a wrapper such as optional, default or a union holds. */
function inside(schema: z.core.$ZodType): z.core.$ZodType[] {
  const def = (schema as z.core.$ZodTypes)._zod.def
  switch (def.type) {
    case 'union':
      return [...def.options]
    case 'pipe':
      return [def.in]
    case 'optional':
    case 'nullable':
    case 'default':
    case 'prefault':
    case 'readonly':
      return [def.innerType]
    default:
      return []
  }
}
