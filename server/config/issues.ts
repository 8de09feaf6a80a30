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
    const deepest = Math.max(...branch.map((issue) => issue.path.length + (issue.code === 'invalid_type' ? 0 : 1)))
    if (deepest > depth) {
      best = branch
      depth = deepest
    }
  }
  return best
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

function keysOf(shape: z.core.$ZodShape): string[] {
  return Object.keys(shape).filter((key) => !/^(?:unknown|never)$/.test(innermost(shape[key] as z.core.$ZodType)))
}

function innermost(schema: z.core.$ZodType): string {
  const [held] = inside(schema)
  return held === undefined ? schema._zod.def.type : innermost(held)
}
