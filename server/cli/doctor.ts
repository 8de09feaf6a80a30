/** `doctor`: checks everything that Shiplog needs, and says how to mend what is not right. */
import { existsSync } from 'node:fs'
import path from 'node:path'
import { type Finding as AnyFinding, advice, type Check as DataCheck, fault, good } from '../collector/diagnosis/finding.ts'
import { ShiplogError } from '../errors.ts'
import { holderOf } from '../store/folder-lock.ts'
import { type Api, openApi } from './api.ts'
import { checkFolder, checkGit, checkNode, checkWeb, type MachineCheck } from './check-machine.ts'
import { checkExport, checkSource, type SourceCheck } from './check-source.ts'
import { type CommonOptions, openSession, type Session } from './session.ts'

type Finding = AnyFinding<DataCheck | MachineCheck | SourceCheck | 'configuration' | 'database'>

export interface DoctorOptions extends CommonOptions {
  json?: boolean
}

/** Throws ShiplogError `unavailable` after all checks, where one found what must be mended. */
export async function doctor(options: DoctorOptions): Promise<void> {
  const found: Finding[] = [checkNode(), await checkGit()]
  const session = sessionOr(options, found)
  if (session !== null) {
    found.push(checkFolder(session), checkWeb())
    const data = await checkData(session)
    found.push(...data.filter(({ check }) => check === 'database'))
    for (const source of session.config.sources) found.push(...(await checkSource(session, source)))
    for (const target of session.config.exports ?? []) found.push(await checkExport(session, target))
    found.push(...data.filter(({ check }) => check !== 'database'))
  }
  process.stdout.write(options.json === true ? `${JSON.stringify({ findings: found }, null, 2)}\n` : table(found))
  const faults = found.filter(({ state }) => state === 'fault').length
  if (faults > 0) throw new ShiplogError('unavailable', `${faults} of ${found.length} checks found what must be mended.`)
}

const words = { good: 'ok', advice: 'note', fault: 'FAULT' } as const
/** Checks of one thing each, whose name says what is checked. */
const alone = new Set<Finding['check']>(['node', 'git', 'folder', 'pages', 'configuration', 'database'])

function table(found: Finding[]): string {
  const named = found.map((finding) => ({
    ...finding,
    name: alone.has(finding.check) ? finding.where : `${finding.where}: ${finding.check.replace('_', ' ')}`,
  }))
  const width = Math.max(...named.map(({ name }) => name.length))
  return named
    .map(({ state, name, what, mend, write }) => {
      const lines = [`${words[state].padEnd(5)}  ${name.padEnd(width)}  ${[what, mend].filter(Boolean).join(' ')}`]
      if (write !== null) lines.push(`${' '.repeat(width + 9)}write: ${write}`)
      return `${lines.join('\n')}\n`
    })
    .join('')
}

function sessionOr(options: CommonOptions, found: Finding[]): Session | null {
  try {
    const session = openSession(options)
    const { config } = session
    const from = config.file ?? (config.demo ? 'none: the demo' : `the repository ${options.git}`)
    found.push(good('configuration', 'Configuration', from))
    return session
  } catch (error) {
    found.push(fault('configuration', 'Configuration', messageOf(error), 'Correct it, and check again.'))
    return null
  }
}

/** Whether the database opens, and what its data shows. */
async function checkData(session: Session): Promise<Finding[]> {
  const name = 'Database'
  const { settings } = session
  let api: Api | null = null
  try {
    const holder = settings.databaseUrl === null ? holderOf(settings.dataDir) : null
    if (holder !== null && holder.url === null) {
      const what = `embedded, in use: process ${holder.pid} works on it, so its data was not looked at.`
      return [advice('database', name, what, 'Check again when that has ended.')]
    }
    if (settings.databaseUrl === null && !existsSync(path.join(settings.dataDir, 'database'))) {
      return [good('database', name, 'embedded; the first collection creates it')]
    }
    api = await openApi(session)
    const { findings } = JSON.parse(await api.text('doctor')) as { findings: AnyFinding[] }
    const isServed = api.server !== null || settings.databaseUrl !== null
    const how = settings.databaseUrl !== null ? 'PostgreSQL of DATABASE_URL, opens' : 'embedded, opens'
    const told = api.server === null ? how : `embedded, in use: the server at ${api.server} has it open (process ${holder?.pid})`
    return [good('database', name, told), ...(isServed ? findings : findings.map(withoutServer))]
  } catch (error) {
    return [fault('database', name, messageOf(error), 'Mend what it says, and check again.')]
  } finally {
    await api?.close()
  }
}

/** Nothing collects by itself where no server runs: that is late only for somebody who expects it. */
function withoutServer(finding: AnyFinding): AnyFinding {
  if (finding.check !== 'lag' || finding.state !== 'fault') return finding
  return { ...finding, state: 'advice', mend: 'No server runs on this folder: start one, or run `npm run shiplog -- collect`.' }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
