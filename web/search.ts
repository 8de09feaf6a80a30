/** What the URL says: everything a page shows follows from it. */
import { isDay, mondayOfWeek } from './calendar.ts'

export const bucketNames = ['day', 'week', 'month', 'quarter'] as const
export type BucketName = (typeof bucketNames)[number]

export const metricNames = [
  'deployment_frequency',
  'change_lead_time',
  'failed_deployment_recovery_time',
  'change_fail_rate',
  'deployment_rework_rate',
  'batch_size',
  'incident_time_to_restore',
] as const
export type MetricName = (typeof metricNames)[number]

export const rowFilters = ['delivered', 'waiting'] as const
export type RowFilter = (typeof rowFilters)[number]

export const inclusions = ['included', 'excluded'] as const
export type Inclusion = (typeof inclusions)[number]

/** Newest first where absent; of changes that wait, oldest first. */
export const rowOrders = ['newest', 'oldest', 'longest'] as const
export type RowOrder = (typeof rowOrders)[number]

/** Absent means the default, which stays out of the URL. */
export interface Search {
  /** `org`, `team:ID` or `service:ID`. */
  scope?: string
  from?: string
  to?: string
  bucket?: BucketName
  /** A tier or an environment. */
  environment?: string
  metric?: MetricName
  /** Text that filters the services. */
  q?: string
  /** Changes that were delivered, or those that wait. */
  rows?: RowFilter
  /** Only rows of evidence that are in the number, or only those that are not. */
  include?: Inclusion
  /** Only those that are excluded for it. */
  reason?: string
  sort?: RowOrder
  /** Where the page of evidence starts, and those before it, newest last, for going back. */
  cursor?: string
  trail?: string
  /** Charts shown as tables. */
  table?: string
  /** ISO week and revision of the report. */
  week?: string
  revision?: number
  /** The source whose runs or preview are open. */
  source?: string
  panel?: 'runs' | 'preview'
  /** The rule that the open preview tries. */
  rule?: string
}

function oneOf<T extends string>(values: readonly T[], value: unknown): T | undefined {
  return values.find((known) => known === value)
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' && value.length <= 2000 ? value : undefined
}

/** A word of a closed list, which the server knows. */
function reasonOf(value: unknown): string | undefined {
  return typeof value === 'string' && /^[a-z_]{1,40}$/.test(value) ? value : undefined
}

/** Keeps what is valid; anything else falls back to its default rather than to an error. */
export function readSearch(raw: Record<string, unknown>): Search {
  const search: Search = {}
  const scope = textOf(raw.scope)
  if (scope !== undefined && (scope === 'org' || /^(?:team|service):./.test(scope))) search.scope = scope
  if (isDay(raw.from) && isDay(raw.to) && raw.from < raw.to) {
    search.from = raw.from
    search.to = raw.to
  }
  search.bucket = oneOf(bucketNames, raw.bucket)
  search.environment = textOf(raw.environment)
  search.metric = oneOf(metricNames, raw.metric)
  search.q = textOf(raw.q)
  search.rows = oneOf(rowFilters, raw.rows)
  search.reason = reasonOf(raw.reason)
  search.include = search.reason === undefined ? oneOf(inclusions, raw.include) : undefined
  search.sort = oneOf(rowOrders, raw.sort)
  search.cursor = textOf(raw.cursor)
  search.trail = textOf(raw.trail)
  search.table = textOf(raw.table)
  const week = textOf(raw.week)
  if (week !== undefined && mondayOfWeek(week) !== null) search.week = week
  const revision = Number(raw.revision)
  if (Number.isInteger(revision) && revision > 0) search.revision = revision
  search.source = textOf(raw.source)
  search.panel = oneOf(['runs', 'preview'] as const, raw.panel)
  if (search.panel === 'preview') search.rule = textOf(raw.rule)
  for (const key of Object.keys(search) as (keyof Search)[]) if (search[key] === undefined) delete search[key]
  return search
}

/** What goes along from page to page: scope, window, bucket and environment. */
export function carried(search: Search): Search {
  const { scope, from, to, bucket, environment } = search
  return readSearch({ scope, from, to, bucket, environment })
}

export function parseQuery(query: string): Record<string, unknown> {
  return Object.fromEntries(new URLSearchParams(query))
}

export function writeQuery(search: Record<string, unknown>): string {
  const query = new URLSearchParams()
  for (const [key, value] of Object.entries(search)) if (value !== undefined && value !== null) query.set(key, String(value))
  const text = query.toString().replaceAll('%3A', ':')
  return text === '' ? '' : `?${text}`
}

/** Charts whose table is open, by name. */
export function openTables(search: Search): Set<string> {
  return new Set(search.table?.split('.') ?? [])
}

export function withTable(search: Search, name: string, open: boolean): Search {
  const tables = openTables(search)
  if (open) tables.add(name)
  else tables.delete(name)
  return { ...search, table: tables.size === 0 ? undefined : [...tables].join('.') }
}
