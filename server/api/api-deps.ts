/** What the API needs from the process that serves it. */
import type { Logger } from 'pino'
import type { Inbox } from '../collector/inbox.ts'
import type { Schedule } from '../collector/schedule.ts'
import type { Config, Settings } from '../config.ts'
import type { Store } from '../store/open.ts'

export interface ApiDeps {
  store: Store
  config: Config
  settings: Settings
  now: () => Date
  schedule: Schedule
  inbox: Inbox
  log: Logger
  /** The built web pages; null where they are served by something else. */
  webDir: string | null
}
