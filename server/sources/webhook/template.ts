/** Texts with paths in braces, such as `{run.id}/{item.name}`: how they are written, and what they say of a delivery. */

export interface Path {
  root: 'body' | 'item' | 'header' | 'receivedAt'
  /** Names and positions; `*` is every element. */
  steps: string[]
}
export type Template = (string | Path)[]

/** What paths lead into. */
export interface Scope {
  body: unknown
  /** Names in lower case. */
  headers: Readonly<Record<string, string>>
  /** The element of the list that a rule goes through. */
  item?: unknown
  /** Milliseconds since 1970. */
  receivedAt: number
}

/** The template; or, in words, what is wrong with it. */
export function parseTemplate(text: string): Template | string {
  const parts: Template = []
  const token = /\{\{|\}\}|\{((?:"[^"]*"|[^{}"])*)\}|[{}]|[^{}]+/g
  for (const [whole, inner] of text.matchAll(token)) {
    if (whole === '{{' || whole === '}}') parts.push(whole.charAt(0))
    else if (inner !== undefined) {
      const path = parsePath(inner)
      if (typeof path === 'string') return path
      parts.push(path)
    } else if (whole === '{' || whole === '}') {
      return `must have its braces in pairs, as in '{run.id}'; write ${whole}${whole} for the brace itself`
    } else parts.push(whole)
  }
  return parts
}

/** A path without braces; or, in words, what is wrong with it. */
export function parsePath(text: string): Path | string {
  const steps: string[] = []
  let rest = text.trim()
  while (rest !== '' || steps.length === 0) {
    const found = /^(?:"([^"]+)"|([^."\s{}]+(?:[ ]+[^."\s{}]+)*))(?:\.(?=.)|$)/.exec(rest)
    if (found === null)
      return `must have a path such as run.id in place of ${text.slice(0, 100) || 'nothing'}; names with dots stand in quotes: labels."a.b"`
    steps.push(found[1] ?? found[2] ?? '')
    rest = rest.slice(found[0].length)
  }
  const [first = '', ...others] = steps
  if (first === 'receivedAt' && others.length === 0) return { root: 'receivedAt', steps: [] }
  if (first === 'header')
    return others.length === 1
      ? { root: 'header', steps: others.map((name) => name.toLowerCase()) }
      : 'must name a header, as in header.x-event'
  if (first === 'item' || first === 'body') return { root: first, steps: others }
  return { root: 'body', steps }
}

export function pathText({ root, steps }: Path): string {
  const named = steps.map((step) => (/[.\s"]/.test(step) ? `"${step}"` : step))
  return (
    root === 'body' && steps.length > 0 && !['item', 'header', 'body', 'receivedAt'].includes(steps[0] ?? '') ? named : [root, ...named]
  ).join('.')
}

/** What is there: undefined for nothing and null; with `*` in the path always a list. */
export function valueAt({ root, steps }: Path, scope: Scope): unknown {
  if (root === 'receivedAt') return scope.receivedAt
  if (root === 'header') return scope.headers[steps[0] ?? '']
  let found: unknown[] = [root === 'item' ? scope.item : scope.body]
  for (const step of steps) {
    found = found
      .flatMap((value) => (step === '*' ? elementsOf(value) : [memberOf(value, step)]))
      .filter((value) => value !== undefined && value !== null)
  }
  return steps.includes('*') ? found : (found[0] ?? undefined)
}

/** Of a list its elements, of a block its values. */
export function elementsOf(value: unknown): unknown[] {
  if (Array.isArray(value)) return value
  return typeof value === 'object' && value !== null ? Object.values(value) : []
}

function memberOf(value: unknown, step: string): unknown {
  if (Array.isArray(value)) return /^-?\d{1,9}$/.test(step) ? value.at(Number(step)) : undefined
  if (typeof value !== 'object' || value === null) return undefined
  return Object.hasOwn(value, step) ? (value as Record<string, unknown>)[step] : undefined
}

/** What a template says. A path alone keeps the kind of its value; `missing` names the first path that leads nowhere or to no text. */
export function rendered(template: Template, scope: Scope): { value: unknown } | { missing: string } {
  const [only] = template
  if (template.length === 1 && typeof only === 'object') {
    const value = valueAt(only, scope)
    return value === undefined || value === null ? { missing: pathText(only) } : { value }
  }
  let text = ''
  for (const part of template) {
    const value = typeof part === 'string' ? part : valueAt(part, scope)
    if (typeof value === 'object' || value === undefined) return { missing: pathText(part as Path) }
    text += String(value)
  }
  return { value: text }
}
