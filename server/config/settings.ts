/** Reads the settings of this process from flags and the environment. */
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Settings, SettingsRequest } from '../config.ts'
import { ShiplogError } from '../errors.ts'
import { repositoryFolder } from './repository.ts'

const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']

type Request = SettingsRequest & { env: NodeJS.ProcessEnv; cwd: string }

/** Throws one ShiplogError that lists every fault with its mend. */
export function readSettings(request: Request): Settings {
  const { env, config } = request
  const faults: string[] = []
  const databaseUrl = env.DATABASE_URL || null
  if (databaseUrl !== null && !/^postgres(?:ql)?:\/\//i.test(databaseUrl)) {
    faults.push('DATABASE_URL is not the address of a PostgreSQL; write postgres://user:password@host:5432/database.')
  }
  if (databaseUrl !== null && config.demo) {
    faults.push(
      'DATABASE_URL is set and nothing is configured: the demo never goes into a database of yours. ' +
        'Give --config FILE or --git PATH_OR_URL, or unset DATABASE_URL to see the demo.',
    )
  }
  const port = request.port ?? (env.PORT || '4400')
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) faults.push(`The port ${port} is not a number from 0 to 65535; set PORT=4400.`)
  const logLevel = env.LOG_LEVEL || (request.logLevel ?? 'info')
  if (!logLevels.includes(logLevel)) faults.push(`LOG_LEVEL ${logLevel} is not known; set one of ${logLevels.join(', ')}.`)
  const publicUrl = env.SHIPLOG_URL || null
  if (publicUrl !== null && !/^https?:\/\/[^/?#\s]+\/?$/.test(publicUrl)) {
    faults.push('SHIPLOG_URL is not the address of a server; write https://shiplog.example.org, without a path.')
  }
  if (faults.length > 0) throw new ShiplogError('invalid', faults.join('\n'), faults)
  return {
    databaseUrl,
    dataDir: dataFolder(request),
    host: request.host ?? (env.HOST || '127.0.0.1'),
    port: Number(port),
    token: env.SHIPLOG_TOKEN || null,
    ...(publicUrl === null ? {} : { publicUrl }),
    logLevel,
  }
}

/** A folder for each configuration, so that the demo, a repository and a team's own facts never mix. */
function dataFolder({ data, env, cwd, config, git }: Request): string {
  const named = data ?? (env.SHIPLOG_DATA || undefined)
  if (named !== undefined) return path.resolve(cwd, named)
  if (config.file !== null) return path.join(path.dirname(config.file), 'data', path.parse(config.file).name)
  const home = fileURLToPath(new URL('../../data', import.meta.url))
  if (config.demo) return path.join(home, 'demo')
  return path.join(home, 'git', repositoryFolder(git ?? '', cwd))
}
