/** What shiplog.yaml may say of a webhook source: who sends, and what its bodies mean. */
import { z } from 'zod'
import { EnvironmentRules, pattern } from '../rules.ts'
import { Sender, WebhookSecrets } from '../signatures.ts'
import { type FactName, type Field, fields } from './fields.ts'
import { type Path, parsePath, parseTemplate, pathText, type Template } from './template.ts'

const Header = z.string().regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/, 'must be the name of a header, such as X-Signature')

/** A signature over the bytes of the body. */
const Signed = z.strictObject({
  secret: WebhookSecrets,
  header: Header,
  /** What stands before the signature: `sha256=`. */
  prefix: z.string().max(100).default(''),
  algorithm: z.literal(['sha256', 'sha512', 'sha1']).default('sha256'),
  encoding: z.literal(['hex', 'base64']).default('hex'),
})
export type Signed = z.output<typeof Signed>
const Standard = z.strictObject({ secret: WebhookSecrets, standard: z.literal(true) })

/** One way to fill a field. */
export interface Filling {
  template: Template
  /** The first group of the expression is the value; what does not match gives none. */
  pattern?: string
  map?: Record<string, string>
  otherwise?: string
}
/** Of several the first that gives a value counts; in fields that are lists, all. */
export type Value = Filling[]

const Words = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]).transform(String))
const Mapped = z.strictObject({
  value: z.string().min(1).max(5000),
  pattern: pattern('^refs/heads/(.+)$').optional(),
  map: Words.optional(),
  otherwise: z.union([z.string(), z.number(), z.boolean()]).transform(String).optional(),
})

type Refuse = (message: string, at?: (string | number)[]) => void

function readValue(raw: unknown, field: Field, example: string, refuse: Refuse): Value {
  const several = Array.isArray(raw) ? raw.slice(0, 100) : [raw]
  return several.flatMap((one, index) => {
    const filling = readFilling(one, example, (message, at = []) => refuse(message, Array.isArray(raw) ? [index, ...at] : at))
    if (filling !== null) checkWords(filling, field, refuse)
    return filling ?? []
  })
}

function readFilling(raw: unknown, example: string, refuse: Refuse): Filling | null {
  if (typeof raw === 'number' || typeof raw === 'boolean') return { template: [String(raw)] }
  if (typeof raw === 'string') return readText(raw, example, refuse)
  const keys = typeof raw === 'object' && raw !== null ? Object.keys(raw) : []
  if (keys.length === 1 && (raw as Record<string, unknown>)[keys[0] ?? ''] === null) {
    refuse(`must stand in quotes: write '{${keys[0]}}'`)
    return null
  }
  const parsed = Mapped.safeParse(raw)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    const unknown = issue?.code === 'unrecognized_keys' ? `; ${issue.keys.join(', ')} is not known` : ''
    const inner =
      issue !== undefined && issue.path.length > 0 && issue.code === 'custom' ? `; ${issue.path.join('.')} ${issue.message}` : ''
    refuse(`must be a text such as ${example}, or { value: ${example}, map: { word: word }, otherwise: word }${unknown}${inner}`)
    return null
  }
  const { value, ...rest } = parsed.data
  const filling = readText(value, example, (message) => refuse(message, ['value']))
  return filling === null ? null : { ...filling, ...rest }
}

function readText(text: string, example: string, refuse: Refuse): Filling | null {
  const template = text === '' ? `must not be empty; write a text such as ${example}, or take the key out` : parseTemplate(text)
  if (typeof template !== 'string') return { template }
  refuse(template)
  return null
}

/** Words that a rule writes itself are known now; those of deliveries are not. */
function checkWords({ template, map, otherwise }: Filling, { kind }: Field, refuse: Refuse): void {
  if (typeof kind !== 'object') return
  const constant = template.every((part) => typeof part === 'string') ? [template.join('')] : []
  const written =
    map === undefined ? [...constant, ...(otherwise ?? [])] : [...Object.values(map), ...(otherwise === undefined ? [] : [otherwise])]
  const wrong = (otherwise !== undefined && map === undefined ? [...constant, otherwise] : written).find(
    (word) => !kind.words.includes(word),
  )
  if (wrong !== undefined) refuse(`must become one of ${kind.words.join(', ')}, not ${wrong.slice(0, 100)}`)
}

export type Condition = { path: Path; oneOf: string[]; not: boolean } | { path: Path; matches: string } | { path: Path; exists: boolean }

const Scalar = z.union([z.string(), z.number(), z.boolean()]).transform(String)
const Scalars = z.union([Scalar, z.array(Scalar).min(1).max(200)]).transform((one) => [one].flat())
const When = z
  .record(
    z.string(),
    z.union(
      [
        Scalars.transform((oneOf) => ({ oneOf, not: false })),
        z.strictObject({ not: Scalars }).transform(({ not }) => ({ oneOf: not, not: true })),
        z.strictObject({ matches: pattern('^deploy') }),
        z.strictObject({ exists: z.boolean() }),
      ],
      "must be a word, a list of words, { not: word }, { matches: '^expression' } or { exists: true }",
    ),
  )
  .transform((conditions, ctx): Condition[] =>
    Object.entries(conditions).flatMap(([name, condition]) => {
      const path = parsePath(name.replace(/^\{(.*)\}$/, '$1'))
      if (typeof path !== 'string') return [{ path, ...condition } as Condition]
      ctx.addIssue({ code: 'custom', path: [name], message: path })
      return []
    }),
  )

const Each = z.string().transform((text, ctx): Path => {
  const path = parsePath(text.replace(/^\{(.*)\}$/, '$1'))
  if (typeof path !== 'string') return path
  ctx.addIssue({ code: 'custom', message: path })
  return z.NEVER
})

export interface Rule {
  when: Condition[]
  /** The list whose every element is a thing of its own. */
  each?: Path
  values: Record<string, Value>
}

function ruleOf(name: FactName) {
  const known: Record<string, Field> = fields[name]
  const shape = Object.fromEntries(Object.keys(known).map((field) => [field, z.any().optional()]))
  return z.strictObject({ when: When.default([]), each: Each.optional(), ...shape }).transform((given, ctx): Rule => {
    const values: Record<string, Value> = {}
    for (const [field, about] of Object.entries(known)) {
      const raw = (given as Record<string, unknown>)[field]
      const example = `'{${field}}'`
      const refuse: Refuse = (message, at = []) => void ctx.addIssue({ code: 'custom', path: [field, ...at], message })
      if (raw !== undefined && raw !== null) values[field] = readValue(raw, about, example, refuse)
      else if (about.required) refuse(`is missing; write ${field}: ${example} with its path in the body, or a word that always holds`)
    }
    checkItems(given.each, given.when, values, ctx)
    return { when: given.when, ...(given.each === undefined ? {} : { each: given.each }), values }
  })
}

function checkItems(each: Path | undefined, when: Condition[], values: Record<string, Value>, ctx: z.RefinementCtx): void {
  if (each?.root === 'item') ctx.addIssue({ code: 'custom', path: ['each'], message: 'must be a path from the body, such as services' })
  if (each !== undefined) return
  const mend = 'must not say item without each: write each: and the path of the list'
  const ofItem = (path: Path) => path.root === 'item'
  for (const { path } of when) if (ofItem(path)) ctx.addIssue({ code: 'custom', path: ['when', pathText(path)], message: mend })
  for (const [field, value] of Object.entries(values)) {
    const paths = value.flatMap(({ template }) => template.filter((part): part is Path => typeof part === 'object'))
    if (paths.some(ofItem)) ctx.addIssue({ code: 'custom', path: [field], message: mend })
  }
}

/** One rule or several, each of which may take a delivery. */
function rulesOf(name: FactName) {
  const rule = ruleOf(name)
  const several = z.array(rule).min(1, 'must not be empty; take the key out, or write a rule').max(100)
  return z.union([rule, several]).transform((rules) => [rules].flat())
}

export const WebhookOptions = z
  .strictObject({
    /** What the sender shows, or signs with. */
    webhook: z.union([Signed, Standard, Sender]).optional(),
    /** What names a delivery, such as '{header.x-delivery-id}': equal ones are the same. Without it equal bodies are. */
    key: z
      .string()
      .transform((text, ctx): Template => {
        const template = parseTemplate(text)
        if (typeof template !== 'string') return template
        ctx.addIssue({ code: 'custom', message: template })
        return z.NEVER
      })
      .optional(),
    /** Which tier an environment is of, where a rule does not say. */
    environments: EnvironmentRules.default(true),
    deployments: rulesOf('deployment').default([]),
    incidents: rulesOf('incident').default([]),
    changes: rulesOf('change').default([]),
    /** While rules are written: what no rule takes is kept as failed, for `preview` to show. */
    setup: z.boolean().default(false),
    /** A file with a body in JSON, or a folder of such, for `preview`. */
    samples: z.string().min(1).max(4000).optional(),
  })
  .superRefine((options, ctx) => {
    const { deployments, incidents, changes, setup } = options
    if (setup || deployments.length + incidents.length + changes.length > 0) return
    ctx.addIssue({
      code: 'custom',
      path: ['deployments'],
      message: 'is missing, and so are incidents and changes: write a rule for one of them, or setup: true to look at what is sent first',
    })
  })
export type WebhookOptions = z.output<typeof WebhookOptions>
