/** What every command starts from: the configuration, the settings, the log and where to write. */
import { type DestinationStream, type Logger, pino } from 'pino'
import { type Config, loadConfig, readSettings, readTerminal, type Settings } from '../config.ts'
import { type Paint, paintFor } from './paint.ts'

/** The options that each command takes. */
export interface CommonOptions {
  config?: string
  data?: string
  git?: string
}

export interface Session {
  config: Config
  settings: Settings
  log: Logger
  paint: Paint
  now(): Date
  /** What was asked for: stdout. */
  out(text: string): void
  /** Everything else: stderr. */
  note(text: string): void
}

export interface SessionOptions extends CommonOptions {
  host?: string
  port?: string
}

/** Throws ShiplogError `invalid` listing what is wrong with the configuration or the settings; `logLevel` holds where LOG_LEVEL says nothing. */
export function openSession(options: SessionOptions, logLevel = 'silent'): Session {
  const config = loadConfig({ file: options.config, git: options.git })
  const settings = readSettings({ config, git: options.git, data: options.data, host: options.host, port: options.port, logLevel })
  return {
    config,
    settings,
    log: openLog(settings.logLevel),
    paint: paintFor(process.stdout.isTTY === true, readTerminal()),
    now: () => new Date(),
    out: (text) => void process.stdout.write(`${text}\n`),
    note: (text) => void process.stderr.write(`${text}\n`),
  }
}

/** The log goes to stderr, so that stdout holds only what was asked for. */
function openLog(level: string): Logger {
  const destination: DestinationStream = pino.destination({ dest: 2, sync: true })
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, destination)
}
