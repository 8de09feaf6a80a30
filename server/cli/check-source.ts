/** Whether a source is reached and lets Shiplog in, what its rule would count, and whether its clock agrees with this machine's. */
import path from 'node:path'
import { type Finding, fault, good, lasted } from '../collector/diagnosis/finding.ts'
import { mostSkewMs, nameOf } from '../collector/diagnosis/sources.ts'
import { needsFiles } from '../collector/shared-facts.ts'
import type { ExportConfig, SourceConfig } from '../config.ts'
import { serviceOf } from '../config.ts'
import { ShiplogError, SourceError } from '../errors.ts'
import { exporters } from '../exporters/index.ts'
import { sources } from '../sources/index.ts'
import type { Context } from '../sources/source.ts'
import type { Session } from './session.ts'

export type SourceCheck = 'connection' | 'rule' | 'clock'

const longestMs = { check: 60_000, preview: 10 * 60_000, clock: 10_000 }

export async function checkSource(session: Session, source: SourceConfig): Promise<Finding<SourceCheck>[]> {
  const where = nameOf(source.id)
  const { check, preview } = sources[source.type] ?? {}
  const found: Finding<SourceCheck>[] = []
  if (check !== undefined) {
    const checked = await attempt('connection', where, async () =>
      good('connection', where, await check(source.options, contextOf(session, source, longestMs.check))),
    )
    found.push(checked)
    if (checked.state === 'fault') return found
  }
  if (preview !== undefined) {
    found.push(
      await attempt('connection', where, async () => {
        const { rule, rows, hints } = await preview(source.options, contextOf(session, source, longestMs.preview))
        const counted = rows.filter((row) => row.counted).length
        if (counted > 0) return good('rule', where, `${rule} ${counted} of ${rows.length} would count.`)
        const mend = hints.length > 0 ? hints.join(' ') : 'Change its rule; preview shows what it looks at, and why nothing counts.'
        return fault('rule', where, `${rule} None of ${rows.length} would count as a deployment.`, mend)
      }),
    )
  }
  if (found.length === 0) found.push(good('connection', where, `${source.type}; nothing to reach.`))
  return [...found, ...(await checkClock(session, source))]
}

/** Whether what is written to is reached and lets Shiplog in. */
export function checkExport({ now }: Session, { id, type, options }: ExportConfig): Promise<Finding<SourceCheck>> {
  const where = `Export ${id}`
  const context = { signal: AbortSignal.timeout(longestMs.check), now: now(), progress: () => {}, note: () => {} }
  return attempt('connection', where, async () => good('connection', where, (await exporters[type]?.check(options, context)) ?? type))
}

async function attempt(check: SourceCheck, where: string, work: () => Promise<Finding<SourceCheck>>): Promise<Finding<SourceCheck>> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof SourceError) return fault(check, where, error.message.slice(0, -error.mend.length).trim(), error.mend)
    if (error instanceof ShiplogError) return fault(check, where, error.message, 'Mend what it says.')
    return fault(check, where, error instanceof Error ? error.message : String(error), 'See that its address is reached from this machine.')
  }
}

function contextOf({ config, settings, now }: Session, { id }: SourceConfig, limitMs: number): Context {
  return {
    sourceId: id,
    service: serviceOf(config, id),
    needsFiles: (repository) => needsFiles(config, repository),
    dataDir: path.join(settings.dataDir, 'sources', encodeURIComponent(id)),
    signal: AbortSignal.timeout(limitMs),
    now: now(),
    progress: () => {},
    note: () => {},
  }
}

/** By the Date header of its system's answer; nothing where that cannot be had. */
async function checkClock({ now }: Session, source: SourceConfig): Promise<Finding<SourceCheck>[]> {
  const origin = originOf(source.options)
  if (origin === null) return []
  const before = now().getTime()
  const there = await fetch(origin, { method: 'HEAD', redirect: 'manual', signal: AbortSignal.timeout(longestMs.clock) }).then(
    ({ headers }) => Date.parse(headers.get('date') ?? ''),
    () => Number.NaN,
  )
  if (Number.isNaN(there)) return []
  // The header tells whole seconds.
  const skew = there + 500 - (before + now().getTime()) / 2
  if (Math.abs(skew) <= mostSkewMs) return [good('clock', nameOf(source.id), 'Its clock and that of this machine agree.')]
  const what = `The clock of ${new URL(origin).host} is ${lasted(skew)} ${skew > 0 ? 'ahead of' : 'behind'} that of this machine.`
  return [fault('clock', nameOf(source.id), what, 'Let both take their time from a time server (NTP).')]
}

/** Where its system is, without what may be secret in an address. */
function originOf(options: unknown): string | null {
  const { url, baseUrl } = (options ?? {}) as Record<string, unknown>
  for (const address of [url, baseUrl]) {
    if (typeof address === 'string' && /^https?:\/\//.test(address) && URL.canParse(address)) return new URL(address).origin
  }
  return null
}
