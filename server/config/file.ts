/** Checks the text of a shiplog.yaml and makes the configuration of it. */
import path from 'node:path'
import { validate as isCron } from 'node-cron'
import { RE2JS } from 're2js'
import type { z } from 'zod'
import type { Config, SourceConfig } from '../config.ts'
import { DefinitionOptions, defineMetrics } from '../definition.ts'
import { ShiplogError } from '../errors.ts'
import { sources as sourceTypes } from '../sources/index.ts'
import { type ConfigDocument, type Fault, type Path, pathText, readDocument } from './document.ts'
import { faultsOf, withoutEchoes } from './issues.ts'
import { nearest } from './nearest.ts'
import { ConfigFile, ServiceEntry, SourceEntry, TeamEntry } from './schema.ts'
import { resolveSecrets } from './secrets.ts'
import { checkServices } from './services.ts'

export const defaultSchedule = '*/15 * * * *'

/** Throws one ShiplogError that lists every fault with its line and mend. */
export function readConfigFile(file: string, text: string, env: NodeJS.ProcessEnv): Config {
  const document = readDocument(text)
  const faults: Fault[] = [...document.faults]
  const config = faults.length === 0 ? check(document.value, path.dirname(file), env, faults) : null
  if (config === null || faults.length > 0) throw refusal(file, document, faults)
  return { ...config, file }
}

function check(raw: unknown, folder: string, env: NodeJS.ProcessEnv, faults: Fault[]): Config | null {
  const value = resolveSecrets(raw, env, faults)
  const parsed = ConfigFile.safeParse(value)
  if (!parsed.success) {
    faults.push(...faultsOf(parsed.error.issues, ConfigFile))
    checkWhatIsReadable(value, folder, faults)
    return null
  }
  const { timeZone, definition } = parsed.data
  checkTimeZone(timeZone, faults)
  const sources = parsed.data.sources.map((entry, index) => checkSource(entry, index, folder, faults))
  checkSourceIds(sources, faults)
  const { services, teams } = checkServices(parsed.data, faults)
  return { timeZone, definition: checkDefinition(definition, faults), sources, services, teams, demo: false, file: null }
}

/** Where the outline is refused, the faults inside the parts that can be read belong in the same list. */
function checkWhatIsReadable(value: unknown, folder: string, faults: Fault[]) {
  if (value === null || typeof value !== 'object') return
  const { timeZone, sources = [], services = [], teams, definition } = value as Record<string, unknown>
  if (typeof timeZone === 'string') checkTimeZone(timeZone, faults)
  checkDefinition(definition, faults)
  if (!Array.isArray(sources)) return
  sources.forEach((entry, index) => {
    if (typeof entry?.type === 'string') checkSource(entry, index, folder, faults)
  })
  const named = readableEntries(SourceEntry, sources)
  checkSourceIds(named, faults)
  const owners = teams === undefined ? undefined : readableEntries(TeamEntry, teams)
  // What nobody can read may be what others refer to.
  if (named.length < sources.length || !Array.isArray(services) || (Array.isArray(teams) && owners?.length !== teams.length)) return
  const readable = readableEntries(ServiceEntry, services)
  if (readable.length === services.length)
    checkServices({ timeZone: 'UTC', sources: named, services: readable, teams: owners, definition: undefined }, faults)
}

/** The entries of a list as far as they can be read; ends before the first that has no id. */
function readableEntries<T extends z.ZodObject>(schema: T, list: unknown): z.output<T>[] {
  const entries: z.output<T>[] = []
  for (const entry of Array.isArray(list) ? list : []) {
    const kept = Object.entries(schema.shape).flatMap(([key, field]) => {
      const parsed = (field as z.ZodType).safeParse(entry?.[key])
      return parsed.success && parsed.data !== undefined ? [[key, parsed.data] as const] : []
    })
    const read = Object.fromEntries(kept)
    if (read.id === undefined) break
    entries.push(read as z.output<T>)
  }
  return entries
}

function checkTimeZone(timeZone: string, faults: Fault[]) {
  if (isTimeZone(timeZone)) return
  const near = nearest(timeZone, Intl.supportedValuesOf('timeZone'))
  const mend = `write an IANA name such as ${near ?? 'Europe/Berlin'} or UTC`
  faults.push({ path: ['timeZone'], message: `${timeZone} is not a time zone`, mend })
}

function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch {
    return false
  }
}

function checkDefinition(value: unknown, faults: Fault[]) {
  if (value === undefined) return defineMetrics()
  const parsed = DefinitionOptions.safeParse(value)
  if (!parsed.success) {
    faults.push(...faultsOf(parsed.error.issues, DefinitionOptions, ['definition']))
    return defineMetrics()
  }
  parsed.data.reverts.forEach(({ pattern }, index) => {
    if (isPattern(pattern)) return
    const mend = 'write a regular expression of RE2 syntax: no look-around and no back-references'
    faults.push({ path: ['definition', 'reverts', index, 'pattern'], message: 'is not a regular expression that can be used', mend })
  })
  return defineMetrics(value as z.input<typeof DefinitionOptions>)
}

function isPattern(pattern: string): boolean {
  try {
    RE2JS.compile(pattern)
    return true
  } catch {
    return false
  }
}

function checkSource(entry: ConfigFile['sources'][number], index: number, folder: string, faults: Fault[]): SourceConfig {
  const { id, type, schedule, ...own } = entry
  const at: Path = ['sources', index]
  if (schedule !== undefined && !(typeof schedule === 'string' && isCron(schedule))) {
    faults.push({ path: [...at, 'schedule'], message: 'is not a cron expression', mend: `write five fields such as ${defaultSchedule}` })
  }
  const kept = { id, type, schedule: schedule ?? defaultSchedule }
  const source = Object.hasOwn(sourceTypes, type) ? sourceTypes[type] : undefined
  if (source === undefined) {
    const near = nearest(type, Object.keys(sourceTypes))
    const mend = near === null ? `write ${configurable().join(' or ')}` : `write ${near}`
    faults.push({ path: [...at, 'type'], message: `${type} is not a known type of source`, mend })
    return { ...kept, options: null }
  }
  for (const key of ['path', 'samples']) if (typeof own[key] === 'string') own[key] = path.resolve(folder, own[key])
  const parsed = source.options.safeParse(own)
  if (parsed.success) return { ...kept, options: parsed.data, written: own }
  faults.push(...faultsOf(parsed.error.issues, source.options, at, Object.keys(SourceEntry.shape)))
  return { ...kept, options: null }
}

/** The demo's facts stay out of a real configuration's sight. */
function configurable(): string[] {
  return Object.keys(sourceTypes).filter((type) => type !== 'demo')
}

function checkSourceIds(sources: { id: string }[], faults: Fault[]) {
  const seen = new Map<string, number>()
  sources.forEach(({ id }, index) => {
    const path: Path = ['sources', index, 'id']
    const first = seen.get(id.toLowerCase())
    if (first !== undefined)
      faults.push({ path, message: `${id} is the id of sources[${first}] too`, mend: 'give each source an id of its own' })
    if (id === 'api') faults.push({ path, message: 'api is the name of facts that arrive over HTTP', mend: 'choose another id' })
    seen.set(id.toLowerCase(), first ?? index)
  })
}

function refusal(file: string, document: ConfigDocument, faults: Fault[]): ShiplogError {
  const listed = withoutEchoes(faults)
    .map((fault) => ({
      line: fault.line ?? document.lineOf(fault.path),
      path: pathText(fault.path),
      message: fault.message,
      mend: fault.mend,
    }))
    .sort((a, b) => a.line - b.line)
  const name = path.basename(file)
  const lines = listed.map(
    ({ line, path: at, message, mend }) => `${name}:${line}: ${at === '' ? '' : `${at}: `}${message}${mend === '' ? '' : `; ${mend}`}`,
  )
  const count = listed.length === 1 ? 'one fault' : `${listed.length} faults`
  return new ShiplogError('invalid', `${file} has ${count}:\n${lines.map((line) => `  ${line}`).join('\n')}`, listed)
}
