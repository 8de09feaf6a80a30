/** The tables: facts are the truth, derived tables are disposable. Instants are integer milliseconds since the epoch. */
import { sql } from 'drizzle-orm'
import { bigint, boolean, customType, index, integer, pgTable, primaryKey, serial, smallint, text, uniqueIndex } from 'drizzle-orm/pg-core'

const bytea = customType<{ data: Uint8Array }>({ dataType: () => 'bytea' })
/** Text in byte order on every server, for ranges. */
const bytewise = customType<{ data: string }>({ dataType: () => 'text collate "C"' })
const instant = () => bigint({ mode: 'number' })

/** One row: what holds for the whole database. */
export const meta = pgTable('meta', {
  id: integer().primaryKey().default(1),
  /** Hashed with each commit author's name; moves with an export. */
  salt: text().notNull(),
  /** Counts the transactions that changed anything. */
  revision: bigint({ mode: 'number' }).notNull().default(0),
  /** Newest successful collection or write. */
  asOf: instant(),
  /** By which rules the derived rows were made. */
  rules: text(),
  /** By which teams, owners and time zone the tallies were made. */
  catalogue: text(),
})

export const facts = pgTable(
  'facts',
  {
    kind: text().notNull(),
    source: text().notNull(),
    id: text().notNull(),
    /** The service as the fact names it; null: the one its source belongs to. */
    serviceName: text(),
    serviceId: integer(),
    repositoryId: integer(),
    updatedAt: instant(),
    /** Position in the fact's life: among versions without a newer time the later one stands. */
    rank: smallint().notNull().default(0),
    /** The standing version as canonical JSON; null where a withdrawal came before the fact. */
    body: text(),
    /** What its source sent, where an artifact completes it: the body is both; null: the body is what was sent. */
    sent: text(),
    withdrawn: boolean().notNull().default(false),
    /** Versions up to this time are withdrawn; null: those without a time. */
    withdrawnThrough: instant(),
    writtenAt: instant().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.kind, table.source, table.id] }),
    index('facts_service').on(table.serviceId, table.kind),
    index('facts_repository').on(table.repositoryId, table.kind, table.serviceId),
  ],
)

/** Names by which an incident may name a deployment (`d:` id, `c:` commit, `v:` version) or a service (`s:`), and images (`i:` digest). */
export const factNames = pgTable(
  'fact_names',
  {
    name: bytewise().notNull(),
    kind: text().notNull(),
    source: text().notNull(),
    id: text().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.kind, table.name, table.source, table.id] }),
    index('fact_names_fact').on(table.id, table.source),
  ],
)

export const services = pgTable('services', {
  id: serial().primaryKey(),
  key: text().notNull().unique(),
  /** The last write that touched it. */
  changedAt: instant(),
  /** JSON array of the signals that its data can show. */
  signals: text().notNull().default('[]'),
  /** JSON array of the repositories it delivers from. */
  repositories: text().notNull().default('[]'),
  /** JSON array of { source, first }: what feeds it, and the first deployment (pushed: the first fact) from there. */
  feeds: text().notNull().default('[]'),
  waitingDigest: text().notNull().default(''),
  /** Changes that wait, and when the first of them was merged. */
  waiting: integer().notNull().default(0),
  waitingSince: instant(),
  /** Of the transaction that wrote it last: a reader asks for what is newer than it knows. */
  revision: bigint({ mode: 'number' }).notNull().default(0),
  /** JSON of what the configuration said of its paths and its authority when it was derived; empty: it has neither. */
  sharing: text().notNull().default(''),
})

/** Where the facts of a source's service went, so that they move when the configuration changes. */
export const identities = pgTable(
  'identities',
  {
    source: text().notNull(),
    /** Empty: facts that name no service. */
    name: text().notNull(),
    serviceId: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.source, table.name] })],
)

export const repositories = pgTable('repositories', {
  id: serial().primaryKey(),
  key: text().notNull().unique(),
  headBranch: text(),
  headSha: text(),
  /** Number of commits; the next position. */
  size: integer().notNull().default(0),
  /** Counts what a reader of appended commits cannot see: commits withdrawn or completed. */
  generation: integer().notNull().default(0),
  /** Counts the batches that brought lists of files for commits that were known. */
  listings: integer().notNull().default(0),
  /** Some change of it listed commits once, so that one change may hold another. */
  commitsListed: boolean().notNull().default(false),
})

export const commits = pgTable(
  'commits',
  {
    repositoryId: integer().notNull(),
    n: integer().notNull(),
    sha: bytea().notNull(),
    /** The parents' ids, one after the other. */
    parents: bytea().notNull(),
    authoredAt: instant().notNull(),
    committedAt: instant().notNull(),
    /** Salted hash. */
    author: text(),
    subject: text().notNull(),
    notes: text(),
    source: text().notNull(),
    /** The source's own id where it is not the commit's. */
    externalId: text(),
    updatedAt: instant(),
    withdrawn: boolean().notNull().default(false),
    /** The files it changed, one a line; null: not known. */
    paths: text(),
  },
  (table) => [primaryKey({ columns: [table.repositoryId, table.n] }), uniqueIndex('commits_sha').on(table.sha, table.repositoryId)],
)

export const deployments = pgTable(
  'deployments',
  {
    serviceId: integer().notNull(),
    n: serial().notNull(),
    source: text().notNull(),
    id: text().notNull(),
    environment: text().notNull(),
    tier: text(),
    /** Its finish, else its start. */
    at: instant(),
    /** Of one that went live: its commit, else its version. */
    identity: text(),
    /** The last instant at which something may change its episode of failure; null: it has none. */
    reach: instant(),
    digest: text().notNull(),
    carriedDigest: text().notNull().default(''),
    /** LinkedDeployment as JSON. */
    body: text().notNull(),
    /** What the metrics see of it (`Judged`): by these its row is found. */
    apart: text(),
    judgeable: boolean().notNull().default(false),
    settled: boolean().notNull().default(false),
    failed: boolean().notNull().default(false),
    beganAt: instant(),
    recoveredAt: instant(),
    size: integer().notNull().default(0),
    /** Longest lead time, in milliseconds, of its changes that are in the lead time of their service and tier; null: none is. */
    longest: bigint({ mode: 'number' }),
    /** Longest of its other changes; null: there is none. */
    longestLeftOut: bigint({ mode: 'number' }),
    /** Why others are not: a bit for each of `changeReasons`. */
    leftOut: smallint().notNull().default(0),
  },
  (table) => [
    primaryKey({ columns: [table.serviceId, table.n] }),
    uniqueIndex('deployments_ref').on(table.serviceId, table.source, table.id),
    index('deployments_at').on(table.serviceId, table.at),
    index('deployments_identity').on(table.serviceId, table.identity).where(sql`identity is not null`),
    index('deployments_reach').on(table.serviceId, table.reach).where(sql`reach is not null`),
    // Of all services; the service at the end lets a team's rows be told from others without reading them.
    index('deployments_time').on(table.tier, table.at, table.n, table.serviceId),
    index('deployments_size').on(table.tier, table.size, table.at, table.n, table.serviceId),
    index('deployments_apart')
      .on(table.tier, table.at, table.n, table.serviceId, table.apart, table.judgeable)
      .where(sql`apart is not null`),
    index('deployments_bare').on(table.tier, table.at, table.n, table.serviceId).where(sql`apart is null and size = 0`),
    index('deployments_failed').on(table.tier, table.at, table.n, table.serviceId).where(sql`failed`),
    index('deployments_longest').on(table.tier, table.longest, table.at, table.n, table.serviceId).where(sql`longest is not null`),
    index('deployments_left_out').on(table.tier, table.at, table.n, table.serviceId, table.leftOut).where(sql`left_out <> 0`),
    index('deployments_longest_left_out')
      .on(table.tier, table.longestLeftOut, table.at, table.n, table.serviceId, table.leftOut)
      .where(sql`left_out <> 0`),
    index('deployments_unmapped').on(table.at).where(sql`tier is null`),
  ],
)

export const changes = pgTable(
  'changes',
  {
    serviceId: integer().notNull(),
    /** The deployment that carried it; 0: it waits. */
    deploymentN: integer().notNull(),
    position: integer().notNull(),
    repository: text().notNull(),
    key: text().notNull(),
    title: text().notNull(),
    url: text(),
    commit: text(),
    environment: text().notNull(),
    tier: text(),
    deployedAt: instant(),
    startedAt: instant().notNull(),
    mergedAt: instant().notNull(),
    basis: text().notNull(),
    exclusion: text(),
    firstInTier: boolean().notNull(),
    commits: integer().notNull(),
    stages: text(),
    /** Nobody knows which files it changed, so that it counts for every service of its repository. */
    filesUnknown: boolean().notNull().default(false),
  },
  (table) => [
    primaryKey({ columns: [table.serviceId, table.deploymentN, table.position] }),
    index('changes_key').on(table.serviceId, table.key),
    index('changes_waiting').on(table.mergedAt, table.serviceId, table.position).where(sql`deployment_n = 0`),
  ],
)

/** Names that deployments speak of and that a fact still to come may bear: which of them it changes. */
export const awaited = pgTable(
  'awaited',
  {
    serviceId: integer().notNull(),
    /** A change as it is named, `#` its number, `m:` the beginning of its merge commit; `d:` a deployment's id. */
    name: bytewise().notNull(),
    source: text().notNull(),
    id: text().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.serviceId, table.name, table.source, table.id] }),
    index('awaited_deployment').on(table.serviceId, table.id, table.source),
  ],
)

export const incidents = pgTable(
  'incidents',
  {
    /** 0: of no service. */
    serviceId: integer().notNull(),
    source: text().notNull(),
    id: text().notNull(),
    openedAt: instant().notNull(),
    /** Mitigated or resolved, whichever came first. */
    endedAt: instant(),
    /** Another service may have a row of it, so that a roll-up must look at the rows themselves. */
    isShared: boolean().notNull().default(false),
    digest: text().notNull(),
    /** LinkedIncident as JSON. */
    body: text().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.serviceId, table.source, table.id] }),
    index('incidents_opened').on(table.serviceId, table.openedAt),
    index('incidents_time').on(table.openedAt, table.serviceId),
    index('incidents_shared').on(table.openedAt, table.serviceId).where(sql`is_shared`),
  ],
)

/** What the metrics need of one service's deployments and changes, packed: one row for each tier and ISO week that has any. */
export const blocks = pgTable(
  'blocks',
  {
    serviceId: integer().notNull(),
    tier: text().notNull(),
    /** Its Monday, in days since 1970-01-01. */
    week: integer().notNull(),
    data: bytea().notNull(),
  },
  (table) => [primaryKey({ columns: [table.serviceId, table.tier, table.week] }), index('blocks_week').on(table.tier, table.week)],
)

/** Sums of a team or the organisation; of services that share no repository with another. */
export const tallies = pgTable(
  'tallies',
  {
    /** `team:ID` or `org`. */
    scope: text().notNull(),
    tier: text().notNull(),
    /** `day` or `week`. */
    unit: text().notNull(),
    /** Its first day, in days since 1970-01-01. */
    period: integer().notNull(),
    /** Of the transaction that wrote it last. */
    revision: bigint({ mode: 'number' }).notNull(),
    main: bytea().notNull(),
    stages: bytea().notNull(),
    moments: bytea().notNull(),
    /** Empty of a week. */
    timeline: bytea().notNull(),
  },
  (table) => [primaryKey({ columns: [table.scope, table.tier, table.unit, table.period] }), index('tallies_revision').on(table.revision)],
)

/** Services that share a repository with another: the same change may be an observation of several of them, so that no tally holds them. */
export const overlappingServices = pgTable('overlapping_services', { serviceId: integer().primaryKey() })

/** What people said, append only. */
export const verdicts = pgTable(
  'verdicts',
  {
    n: serial().primaryKey(),
    source: text().notNull(),
    id: text().notNull(),
    verdict: text().notNull(),
    by: text().notNull(),
    at: instant().notNull(),
    note: text(),
    recoveredAt: instant(),
  },
  (table) => [index('verdicts_deployment').on(table.source, table.id)],
)

export const sources = pgTable('sources', {
  id: text().primaryKey(),
  /** Facts come in by themselves; else a run collects them. */
  pushed: boolean().notNull().default(false),
  cursor: text(),
  coveredFrom: instant(),
  lastSuccessAt: instant(),
  /** JSON { message, mend, at }. */
  lastError: text(),
  /** A person said that it is not to be collected. */
  paused: boolean().notNull().default(false),
})

/** What systems sent. Pending: `nextAttemptAt` is set; done: `doneAt` is; failed: neither. */
export const inbox = pgTable(
  'inbox',
  {
    n: serial().primaryKey(),
    source: text().notNull(),
    key: text().notNull(),
    receivedAt: instant().notNull(),
    /** JSON object, without what only served the transport or shows a secret. */
    headers: text().notNull(),
    /** As it came; null once it is done. */
    body: bytea(),
    /** Bytes of the body as it came. */
    size: integer().notNull(),
    attempts: smallint().notNull().default(0),
    nextAttemptAt: instant(),
    doneAt: instant(),
    /** JSON { message, mend }: why the last attempt failed. */
    error: text(),
  },
  (table) => [
    uniqueIndex('inbox_key').on(table.source, table.key),
    index('inbox_source').on(table.source, table.n),
    index('inbox_open').on(table.source, table.attempts, table.n).where(sql`done_at is null`),
  ],
)

export const runs = pgTable(
  'runs',
  {
    id: serial().primaryKey(),
    source: text().notNull(),
    startedAt: instant().notNull(),
    finishedAt: instant(),
    outcome: text().notNull(),
    counts: text().notNull(),
    error: text(),
    notes: text().notNull(),
    progress: text(),
  },
  (table) => [index('runs_source').on(table.source, table.id)],
)

export const reports = pgTable(
  'reports',
  {
    id: text().notNull(),
    revision: integer().notNull(),
    scope: text().notNull(),
    week: text().notNull(),
    madeAt: instant().notNull(),
    /** The JSON text as it was made, byte for byte. */
    snapshot: text().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.id, table.revision] }),
    uniqueIndex('reports_scope').on(table.scope, table.week, table.revision),
  ],
)
