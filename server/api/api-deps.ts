/** What the API needs from the process that serves it. */
import type { Logger } from 'pino'
import type { Inbox } from '../collector/inbox.ts'
import type { Schedule } from '../collector/schedule.ts'
import type { ruleText, withRule } from '../config/rule.ts'
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
  /** Reads and writes the rule of a source as shiplog.yaml has it. */
  rules: { ruleText: typeof ruleText; withRule: typeof withRule }
  /** The built web pages; null where they are served by something else. */
  webDir: string | null
}
