/** What Shiplog is told to do: the configuration from shiplog.yaml, a repository or the demo, and the settings of this process. */
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { readConfigFile } from './config/file.ts'
import { configOfRepository } from './config/repository.ts'
import { readSettings as settingsFrom } from './config/settings.ts'
import { type Definition, defineMetrics } from './definition.ts'
import { ShiplogError } from './errors.ts'
import { demoConfig } from './sources/demo/organisation.ts'

export interface SourceConfig {
  id: string
  /** The id of its type in the registry of sources. */
  type: string
  /** As the type's own schema gave them; may hold secrets. */
  options: unknown
  /** What was given to that schema; may hold secrets. Absent where nobody wrote it. */
  written?: Record<string, unknown>
  /** Cron expression. */
  schedule: string
}

export interface ExportConfig {
  id: string
  /** The id of its type in the registry of exporters. */
  type: string
  /** As the type's own schema gave them; may hold secrets. */
  options: unknown
  /** Cron expression. */
  schedule: string
}

export interface ServiceConfig {
  id: string
  sources: string[]
  /** Those of its sources' repositories that are this service, where its sources have several. */
  repositories?: string[]
  /** Globs of what is its own in its repositories; what it shares with the other services that have paths there is told apart by them. */
  paths?: string[]
  /** Which of the deployments that it would share are its own: by a pattern of the whole tag, or one found in the environment's name. */
  deployments?: { tags: string } | { environments: string }
  /** The source whose word on its deployments holds: for every environment, or by an environment's name or tier. */
  authority?: string | Readonly<Record<string, string>>
  /** Owners in order; the first from the beginning of time where `from` is null, each until the next. Days of the time zone. */
  teams: { team: string; from: string | null }[]
  /** Former ids. */
  was: string[]
}

export interface TeamConfig {
  id: string
  title: string
  /** Id of the team that it is part of. */
  parent?: string
}

export interface Config {
  /** IANA name. */
  timeZone: string
  definition: Definition
  sources: SourceConfig[]
  /** Empty where none are configured: then each source is one service named by its id, and pushed facts create theirs. */
  services: ServiceConfig[]
  teams: TeamConfig[]
  /** Where facts and metrics are written to; absent where nowhere. */
  exports?: ExportConfig[]
  demo: boolean
  /** Absolute path of the file it came from. */
  file: string | null
}

export interface Settings {
  /** Null: the embedded database in the data folder. */
  databaseUrl: string | null
  /** Absolute path. */
  dataDir: string
  host: string
  port: number
  /** What programs and browsers must show; null: none, which only a loopback address allows. */
  token: string | null
  /** The address that people use where it is another than host and port, such as a proxy's; http or https. */
  publicUrl?: string | null
  logLevel: string
}

export interface ConfigRequest {
  /** Path of shiplog.yaml. */
  file?: string
  /** Path or address of one repository, instead of a file. */
  git?: string
  env?: NodeJS.ProcessEnv
  /** What relative paths given on the command line start from. */
  cwd?: string
}

export interface SettingsRequest extends ConfigRequest {
  config: Config
  data?: string
  host?: string
  port?: string
  /** Where LOG_LEVEL is not set. */
  logLevel?: string
}

/** The configuration; throws one ShiplogError that lists every fault with its line and mend. */
export function loadConfig(request: ConfigRequest = {}): Config {
  const env = request.env ?? process.env
  const cwd = request.cwd ?? callersFolder(env)
  if (request.git !== undefined) {
    if (request.file !== undefined) throw new ShiplogError('invalid', 'Both --git and --config are given. Give one of them.')
    return configOfRepository(request.git, env, cwd)
  }
  const named = request.file ?? (env.SHIPLOG_CONFIG || undefined)
  const file = path.resolve(cwd, named ?? 'shiplog.yaml')
  if (named === undefined && !existsSync(file)) return { ...demoConfig(), definition: defineMetrics(), demo: true, file: null }
  return readConfigFile(file, readText(file), env)
}

/** The settings of this process, from flags and the environment; throws one ShiplogError that lists every fault. */
export function readSettings(request: SettingsRequest): Settings {
  const env = request.env ?? process.env
  return settingsFrom({ ...request, env, cwd: request.cwd ?? callersFolder(env) })
}

/** The configured service that lists the source, else the source's id; what services with paths share has a name that none can have. */
export function serviceOf(config: Pick<Config, 'services'>, sourceId: string): string {
  const services = config.services.filter((service) => service.sources.includes(sourceId))
  if (services.some(({ paths }) => paths !== undefined)) return `${sourceId}/*`
  return services[0]?.id ?? sourceId
}

/** Where the person stands: npm runs scripts in the package's folder and tells the caller's in INIT_CWD. */
function callersFolder(env: NodeJS.ProcessEnv): string {
  const cwd = process.cwd()
  const byNpm = env.npm_package_json !== undefined && path.dirname(env.npm_package_json) === cwd
  return byNpm && env.INIT_CWD ? env.INIT_CWD : cwd
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code
    const what = code === 'ENOENT' ? 'does not exist' : `cannot be read (${code})`
    throw new ShiplogError('invalid', `The configuration ${file} ${what}. Check the path given by --config or SHIPLOG_CONFIG.`, null, {
      cause,
    })
  }
}

/** Whether the person asked for no colour (https://no-color.org), or the terminal has none. */
export function readTerminal(env: NodeJS.ProcessEnv = process.env): { noColor: boolean; dumb: boolean } {
  return { noColor: Boolean(env.NO_COLOR), dumb: env.TERM === 'dumb' }
}
