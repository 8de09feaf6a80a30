/** Turns what zod refuses into faults that say what to write. */
import type { z } from 'zod'
import { type Fault, type Path, pathText } from './document.ts'
import { nearest } from './nearest.ts'

type Issue = z.core.$ZodIssue

/** The faults of a value that a schema refused; `base` is where it stands in the file, `beside` further keys that may stand in it. */
export function faultsOf(issues: readonly Issue[], schema: z.core.$ZodType, base: Path = [], beside: string[] = []): Fault[] {
  return issues.flatMap((issue) => faultsOfIssue(issue, schema, base, beside))
}

const missing = 'is missing'

/** Without what follows from other faults: keys that are missing only because they are misspelt, and what is said of a value put aside. */
export function withoutEchoes(faults: Fault[]): Fault[] {
  const meant = new Set(faults.flatMap(({ path, means }) => (means === undefined ? [] : [pathText([...path.slice(0, -1), means])])))
  const aside = new Set(faults.flatMap(({ path, alone }) => (alone ? [pathText(path)] : [])))
  return faults.filter(({ path, message, alone }) => {
    const at = pathText(path)
    return (message !== missing || !meant.has(at)) && (alone || !aside.has(at))
  })
}

function faultsOfIssue(issue: Issue, schema: z.core.$ZodType, base: Path, beside: string[]): Fault[] {
  const within = issue.path.map((step) => (typeof step === 'number' ? step : String(step)))
  const path = [...base, ...within]
  if (issue.code === 'unrecognized_keys') {
    const known = [...(within.length === 0 ? beside : []), ...keysAt(schema, within)]
    return issue.keys.map((key) => unknownKey(key, path, known))
  }
  if (issue.code === 'invalid_union') {
    if (isMissing(issue) && issue.message === 'Invalid input') return [{ path, message: missing, mend: `write ${String(path.at(-1))}:` }]
    const branch = likeliest(issue.errors)
    const own = issue.message !== 'Invalid input'
    if (branch === null || (own && branch.every((inner) => inner.path.length === 0 && inner.code !== 'unrecognized_keys')))
      return [said(issue, path)]
    return branch.flatMap((inner) => faultsOfIssue({ ...inner, path: [...issue.path, ...inner.path] } as Issue, schema, base, beside))
  }
  if (issue.code === 'invalid_type' && issue.message.startsWith('Invalid input')) return [wrongType(issue, path)]
  if (issue.code === 'invalid_value')
    return [{ path, message: 'is not one of the known values', mend: `write ${issue.values.join(' or ')}` }]
  return [said(issue, path)]
}

/** In the words of the schema. */
function said(issue: Issue, path: Path): Fault {
  const message = sentence(issue.message)
  return { path, message, mend: /^must |write |take it out|take the key out/.test(message) ? '' : 'change the value' }
}

/** Of the shapes a value may have, the one that its writer seems to have meant: the one that was refused deepest inside. */
function likeliest(branches: readonly Issue[][]): Issue[] | null {
  let best: Issue[] | null = null
  let depth = -1
  for (const branch of branches) {
    const deepest = Math.max(...branch.map((issue) => issue.path.length + (issue.code === 'invalid_type' || isMissing(issue) ? 0 : 1)))
    const reached = deepest + (misspelt(branch) ? 0.5 : 0)
    if (reached > depth) {
      best = branch
      depth = reached
    }
  }
  return best
}

/** Whether the value is not there at all, whichever of several shapes it should have. */
function isMissing(issue: Issue): boolean {
  if (issue.code === 'invalid_union')
    return issue.errors.some((shape) => shape.some((inner) => inner.path.length === 0 && isMissing(inner)))
  return issue.code === 'invalid_type' && /received undefined$/.test(issue.message)
}

/** Whether an unknown key is most likely one that the shape misses. */
function misspelt(branch: readonly Issue[]): boolean {
  const absent = branch.filter(isMissing).map((issue) => String(issue.path.at(-1)))
  return branch.some((issue) => issue.code === 'unrecognized_keys' && issue.keys.some((key) => nearest(key, absent) !== null))
}

function unknownKey(key: string, path: Path, known: string[]): Fault {
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

/** The keys that a schema knows at a path, without those that are there only to be refused. */
function keysAt(schema: z.core.$ZodType, path: Path): string[] {
  let level = [schema]
  for (const step of path) level = level.flatMap((one) => childrenAt(one, step))
  return [...new Set(level.flatMap(shapesOf).flatMap(keysOf))]
}

function childrenAt(schema: z.core.$ZodType, step: string | number): z.core.$ZodType[] {
  const def = (schema as z.core.$ZodTypes)._zod.def
  switch (def.type) {
    case 'object':
      return def.shape[step] === undefined ? [] : [def.shape[step]]
    case 'array':
      return typeof step === 'number' ? [def.element] : []
    case 'record':
      return [def.valueType]
    default:
      return inside(schema).flatMap((one) => childrenAt(one, step))
  }
}

function shapesOf(schema: z.core.$ZodType): z.core.$ZodShape[] {
  const def = (schema as z.core.$ZodTypes)._zod.def
  if (def.type === 'object') return [def.shape]
  if (def.type === 'record') {
    const keys = (def.keyType as z.core.$ZodTypes)._zod.def
    return keys.type === 'enum' ? [Object.fromEntries(Object.keys(keys.entries).map((key) => [key, def.valueType as z.core.$ZodType]))] : []
  }
  return inside(schema).flatMap(shapesOf)
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

function keysOf(shape: z.core.$ZodShape): string[] {
  return Object.keys(shape).filter((key) => !/^(?:unknown|never)$/.test(innermost(shape[key] as z.core.$ZodType)))
}

function innermost(schema: z.core.$ZodType): string {
  const [held] = inside(schema)
  return held === undefined ? schema._zod.def.type : innermost(held)
}
