/** Rules that the options of several sources have: expressions, the tier of an environment, the service that a thing belongs to. */
import { RE2JS } from 're2js'
import { z } from 'zod'
import { Tier } from '../facts.ts'

/** A regular expression in RE2 syntax, found anywhere in the text unless it is anchored. */
export const pattern = (example: string) =>
  z
    .string()
    .min(1, `must not be empty; write a regular expression such as ${example}`)
    .max(1000)
    .superRefine((text, ctx) => {
      try {
        RE2JS.compile(text)
      } catch (error) {
        const fault = error instanceof Error ? error.message.replace(/^error parsing regexp: /, '') : String(error)
        const message = `is not a regular expression that can be used (${fault}); write RE2 syntax, without look-around and back-references`
        ctx.addIssue({ code: 'custom', message })
      }
    })

const expressions = new Map<string, RE2JS>()

export function compiled(text: string): RE2JS {
  let expression = expressions.get(text)
  if (expression === undefined) {
    if (expressions.size > 1000) expressions.clear()
    expression = RE2JS.compile(text)
    expressions.set(text, expression)
  }
  return expression
}

/** The first group that holds anything, else the whole text; null where nothing matches. */
export function matched(text: string, expression: string): string | null {
  const matcher = compiled(expression).matcher(text)
  if (!matcher.find()) return null
  const groups = Array.from({ length: matcher.groupCount() }, (_, index) => matcher.group(index + 1))
  return groups.find((group) => group !== null && group !== '') ?? text
}

/** By tier, in the order in which they are tried; true: the tier is told by the name of the environment. */
export const EnvironmentRules = z.union([
  z.literal(true),
  z
    .partialRecord(Tier, pattern('^prod'))
    .refine((rules) => Object.keys(rules).length > 0, 'must map at least one tier, such as production: ^prod'),
])
export type EnvironmentRules = z.output<typeof EnvironmentRules>

/** Null: no rule maps it; undefined: its name tells. */
export function tierBy(rules: EnvironmentRules, environment: string): Tier | null | undefined {
  if (rules === true) return undefined
  for (const [tier, expression] of Object.entries(rules)) if (compiled(expression).matcher(environment).find()) return tier as Tier
  return null
}

const Label = z.string().min(1).max(300)
const ServiceRule = z.union([
  Label,
  z.strictObject({
    label: Label,
    /** Its first group is the service, without a group the whole label; one that does not match is of none by this rule. */
    pattern: pattern('^(.+)-production$').optional(),
    /** The name of the service where the label matches. */
    service: z.string().min(1).max(100).optional(),
  }),
])

/** The first rule that gives a name holds; a plain word names the label whose value it is. */
export const ServiceRules = z
  .union(
    [ServiceRule, z.array(ServiceRule).min(1).max(100)],
    "must be a label such as app, { label: app, pattern: '^(.+)-prod$' }, or a list of these",
  )
  .transform((rules) => [rules].flat())
export type ServiceRules = z.output<typeof ServiceRules>

/** The service by what a source says of a thing, under the names that its page lists; undefined: no rule gives one. */
export function serviceBy(rules: ServiceRules, labels: Readonly<Record<string, string | undefined>>): string | undefined {
  for (const rule of rules) {
    const { label, pattern: expression = undefined, service = undefined } = typeof rule === 'string' ? { label: rule } : rule
    const value = labels[label]
    if (value === undefined || value === '') continue
    const found = expression === undefined ? value : matched(value, expression)
    if (found !== null && found !== '') return (service ?? found).slice(0, 200)
  }
  return undefined
}
