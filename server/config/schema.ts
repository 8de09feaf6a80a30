/** The shape of shiplog.yaml; a source's own options are checked by its source. */
import { RE2JS } from 're2js'
import { z } from 'zod'
import { globFault } from '../path-globs.ts'

const Id = (pattern: RegExp, words: string) => z.string().max(100).regex(pattern, words)

/** Also the name of a folder. */
const SourceId = Id(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, 'must be letters, digits, dots, dashes and underscores, such as shop or web-app')
const Name = Id(/^[A-Za-z0-9][A-Za-z0-9._/-]*$/, 'must be letters, digits, dots, dashes, underscores and slashes, such as checkout')

const Day = z.string().refine(isDay, 'must be a day such as 2026-01-31')

const Ownership = z.strictObject({ team: Name, from: Day.optional() })

const Glob = z
  .string()
  .max(500)
  .superRefine((glob, ctx) => {
    const message = globFault(glob)
    if (message !== null) ctx.addIssue({ code: 'custom', message })
  })

const Pattern = z
  .string()
  .min(1, 'must not be empty; write a regular expression such as ^checkout-v')
  .max(1000)
  .refine(isPattern, 'must be a regular expression of RE2 syntax, without look-around and back-references, such as ^checkout-v')

/** Which deployments of the sources are the service's, by the tag or the environment they name. */
const OwnDeployments = z.union(
  [z.strictObject({ tags: Pattern }), z.strictObject({ environments: Pattern })],
  "must be { tags: 'regular expression' } or { environments: 'regular expression' }: the rule itself stands with the source",
)

/** The source whose word on deployments holds: for every environment, or by an environment's name or tier. */
const Authority = z.union(
  [SourceId, z.record(z.string().min(1).max(200), SourceId)],
  'must be the id of a source, or one for each environment or tier such as { production: argo, staging: ci }',
)

export const ServiceEntry = z.strictObject({
  id: Name,
  source: SourceId.optional(),
  sources: z.array(SourceId).min(1).optional(),
  repository: Name.optional(),
  repositories: z.array(Name).min(1).optional(),
  team: z.union([Name, z.array(Ownership).min(1)]).optional(),
  was: z.union([Name, z.array(Name)]).optional(),
  paths: z.union([Glob, z.array(Glob).min(1).max(200)], 'must be a glob such as apps/checkout/**, or a list of globs').optional(),
  deployments: OwnDeployments.optional(),
  authority: Authority.optional(),
})
export type ServiceEntry = z.output<typeof ServiceEntry>

export const TeamEntry = z.strictObject({
  id: Name,
  title: z.string().min(1).max(200).optional(),
  parent: Name.optional(),
})
export type TeamEntry = z.output<typeof TeamEntry>

/** The keys of a source, or of an export, that are not its own options. */
export const SourceEntry = z.looseObject({
  id: SourceId,
  type: z.string(),
  schedule: z.string().optional(),
})

export const ConfigFile = z.strictObject({
  timeZone: z.string().default('UTC'),
  sources: z.array(SourceEntry).default([]),
  services: z.array(ServiceEntry).default([]),
  exports: z.array(SourceEntry).default([]),
  teams: z.array(TeamEntry).optional(),
  definition: z.record(z.string(), z.unknown()).optional(),
})
export type ConfigFile = z.output<typeof ConfigFile>

function isPattern(text: string): boolean {
  try {
    RE2JS.compile(text)
    return true
  } catch {
    return false
  }
}

function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false
  const at = Date.parse(`${text}T00:00:00Z`)
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(text)
}
