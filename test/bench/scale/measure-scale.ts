/** `--scale`: an organisation of a size and one a tenth as large: loaded, asked and fed while the clock runs. */
import { once } from 'node:events'
import { join } from 'node:path'
import { quantile, sorted } from '../../../server/metrics/statistics.ts'
import { type Asked, askAll, canFilter, p95 } from './ask-all.ts'
import { startAsker } from './asker.ts'
import { copyDerived } from './derived-tables.ts'
import { afterAll, postBatches, postUntilShown } from './feed.ts'
import { describeMachine } from './machine.ts'
import { type Organisation, organisationOf } from './organisation.ts'
import { askPlainly } from './plain-sql.ts'
import { loadAndRebuild, openServer, type Prepared, writeConfig } from './prepare.ts'
import { mixedQuestions, windows } from './questions.ts'
import { type Serving, serve } from './serving.ts'
import { judge, type Line, type Measured, type TargetId, tableOf, targets } from './targets.ts'

export interface ScaleOptions {
  /** For the server's files. */
  folder: string
  scale: number
  /** A database that `--keep` left, of the same scale, instead of new ones. */
  database?: string
  json: boolean
  /** Only ratios count: other figures depend on the machine. */
  ratios: boolean
  print(text: string): void
  /** What goes on. */
  note(text: string): void
}

const plainQuestions = 5
const postings = { count: 60, mostSeconds: 120 }
const batches = { seconds: 30, connections: 4 }

/** Prints the table; whether every target is met. */
export async function measureScale(options: ScaleOptions): Promise<boolean> {
  const { scale, json, ratios, print } = options
  const machine = describeMachine()
  const lines = options.database === undefined ? await measureNew(options) : await measureStanding(options, options.database)
  const isMet = (line: Line) => (ratios ? line.ratiosMet : line.met)
  if (json) print(JSON.stringify({ scale, machine, lines }, null, 2))
  else print(`${machine}; scale ${scale}\n\n${tableOf(lines)}`)
  return lines.every(isMet)
}

/** Loads the organisation and leaves it until the process is told to stop. */
export async function keepScale({ folder, scale, print, note }: ScaleOptions): Promise<void> {
  const server = await openServer(folder)
  try {
    const { databaseUrl, config } = await prepare(await server.create('organisation'), folder, scale, note)
    print(`DATABASE_URL=${databaseUrl}\nSHIPLOG_CONFIG=${config}\nIt stands until this process is told to stop.`)
    const waiting = setInterval(() => {}, 60_000)
    await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
    clearInterval(waiting)
  } finally {
    await server.stop()
  }
}

async function measureNew({ folder, scale, note }: ScaleOptions): Promise<Line[]> {
  const server = await openServer(folder)
  try {
    const tenth = await prepare(await server.create('tenth'), join(folder, 'tenth'), scale / 10, note)
    const asked = await withServer(tenth, (serving) => ask(serving, organisationOf(scale / 10), note))
    const prepared = await prepare(await server.create('organisation'), folder, scale, note)
    const { tables, seconds } = await copyDerived(prepared.databaseUrl, folder)
    for (const table of tables) note(`COPY of ${table.rows} ${table.name}: ${table.seconds.toFixed(1)} s`)
    const rebuild = {
      value: prepared.rebuilt.seconds / seconds,
      note: `${prepared.rebuilt.seconds.toFixed(0)} s beside ${seconds.toFixed(0)} s`,
    }
    return await measureServer(prepared, scale, { rebuild }, asked, note)
  } finally {
    await server.stop()
  }
}

async function measureStanding({ folder, scale, note }: ScaleOptions, databaseUrl: string): Promise<Line[]> {
  return measureServer({ databaseUrl, config: writeConfig(folder, organisationOf(scale)) }, scale, {}, {}, note)
}

type Place = Pick<Prepared, 'databaseUrl' | 'config'>
type Note = ScaleOptions['note']

async function prepare(databaseUrl: string, folder: string, scale: number, note: Note): Promise<Prepared> {
  const organisation = organisationOf(scale)
  const prepared = await loadAndRebuild(databaseUrl, writeConfig(folder, organisation), organisation)
  const { loaded, rebuilt } = prepared
  note(
    `scale ${scale}: ${loaded.facts} facts in ${loaded.seconds.toFixed(1)} s, derived in ${rebuilt.seconds.toFixed(1)} s (${rebuilt.peakMb.toFixed(0)} MB)`,
  )
  return prepared
}

/** Everything that a running server is measured by, and what was measured before it ran. */
async function measureServer(place: Place, scale: number, before: Asked, tenth: Asked, note: Note): Promise<Line[]> {
  const organisation = organisationOf(scale)
  const found = await withServer(place, async (serving) => {
    const asked = await ask(serving, organisation, note)
    const plain = await askPlainly(place.databaseUrl, [...windows(26)].slice(0, plainQuestions))
    if (asked.org) asked.org.plain = quantile(sorted(plain), 0.5) ?? undefined
    note(`plain SQL: ${asked.org?.plain?.toFixed(0)} ms`)
    const shown = await attempt(() => feedOne(serving, organisation, place.databaseUrl))
    note(`shown: ${shown.value?.toFixed(0) ?? '–'} ms ${shown.note ?? ''}`)
    return { ...asked, shown, batches: await attempt(() => feedBatches(serving, scale, place.databaseUrl)) }
  })
  const measured: Asked = { ...before, ...found }
  return (Object.keys(targets) as TargetId[]).flatMap((id) => {
    const own = measured[id]
    return own === undefined ? [] : [judge(id, { ...own, ...(tenth[id] ? { tenth: tenth[id].value } : {}) })]
  })
}

type Servers = () => Promise<Serving>

/** The work with a server that is started anew where it has ended by itself; and the most memory that any of them had. */
async function withServer(place: Place, work: (serving: Servers) => Promise<Asked>): Promise<Asked> {
  const started: Serving[] = []
  const serving = async () => {
    const last = started.at(-1)
    if (last?.isRunning()) return last
    const next = await serve(place.databaseUrl, place.config)
    started.push(next)
    return next
  }
  try {
    const found = await work(serving)
    const memory: Measured = { value: Math.max(...started.map((one) => one.peakMb())) }
    if (started.length > 1) memory.note = `of ${started.length} servers: one that fails to answer is started anew`
    return { ...found, memory }
  } finally {
    await started.at(-1)?.stop()
  }
}

async function ask(serving: Servers, organisation: Organisation, note: Note): Promise<Asked> {
  const filtered = await canFilter((await serving()).url)
  if (!filtered) note('The rows of evidence can neither be filtered nor sorted here: asked without.')
  return askAll({ organisation, serving, filtered, print: note })
}

/** While a reader asks all the time. */
async function feedOne(serving: Servers, organisation: Organisation, databaseUrl: string): Promise<Measured> {
  const { url } = await serving()
  const asker = await startAsker()
  const reading = asker.ask({
    url,
    questions: mixedQuestions(organisation, await canFilter(url)),
    concurrency: 1,
    mostSeconds: 3600,
    endless: true,
  })
  try {
    const from = await afterAll(databaseUrl)
    const times = await postUntilShown(url, organisation, { from, run: runName(), ...postings })
    asker.stop()
    const { times: read } = await reading
    return { value: p95(times), samples: times.length, note: `${times.length} times, beside ${read.length} questions` }
  } finally {
    await asker.end()
    await reading.catch(() => {})
  }
}

async function feedBatches(serving: Servers, scale: number, databaseUrl: string): Promise<Measured> {
  const { url } = await serving()
  const posting = { url, scale, from: await afterAll(databaseUrl), run: runName(), ...batches }
  const { changes, deployments, seconds } = await postBatches(posting)
  return { value: changes / seconds, note: `${changes} changes and ${deployments} deployments in ${seconds.toFixed(0)} s` }
}

/** So that a database can be measured again. */
function runName(): string {
  return Date.now().toString(36)
}

async function attempt(work: () => Promise<Measured>): Promise<Measured> {
  return work().catch((error: Error) => ({ value: null, note: error.message }))
}
