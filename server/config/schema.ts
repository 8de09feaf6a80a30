/** The shape of shiplog.yaml; a source's own options are checked by its source. */
import { z } from 'zod'

const Id = (pattern: RegExp, words: string) => z.string().max(100).regex(pattern, words)

/** Also the name of a folder. */
const SourceId = Id(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, 'must be letters, digits, dots, dashes and underscores, such as shop or web-app')
const Name = Id(/^[A-Za-z0-9][A-Za-z0-9._/-]*$/, 'must be letters, digits, dots, dashes, underscores and slashes, such as checkout')

const Day = z.string().refine(isDay, 'must be a day such as 2026-01-31')

const Ownership = z.strictObject({ team: Name, from: Day.optional() })

/** Keys that come with a later version are known here, so that their refusal can say so. */
export const ServiceEntry = z.strictObject({
  id: Name,
  source: SourceId.optional(),
  sources: z.array(SourceId).min(1).optional(),
  repository: Name.optional(),
  repositories: z.array(Name).min(1).optional(),
  team: z.union([Name, z.array(Ownership).min(1)]).optional(),
  was: z.union([Name, z.array(Name)]).optional(),
  paths: z.unknown().optional(),
})
export type ServiceEntry = z.output<typeof ServiceEntry>

export const TeamEntry = z.strictObject({
  id: Name,
  title: z.string().min(1).max(200).optional(),
  parent: Name.optional(),
})
export type TeamEntry = z.output<typeof TeamEntry>

/** The keys of a source that are not its own options. */
export const SourceEntry = z.looseObject({
  id: SourceId,
  type: z.string(),
  schedule: z.string().optional(),
})

export const ConfigFile = z.strictObject({
  timeZone: z.string().default('UTC'),
  sources: z.array(SourceEntry).default([]),
  services: z.array(ServiceEntry).default([]),
  teams: z.array(TeamEntry).optional(),
  definition: z.record(z.string(), z.unknown()).optional(),
})
export type ConfigFile = z.output<typeof ConfigFile>

function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false
  const at = Date.parse(`${text}T00:00:00Z`)
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(text)
}
