/** What of this machine Shiplog needs: programs, the folder, the pages. */
import { execFile } from 'node:child_process'
import { accessSync, constants, mkdirSync } from 'node:fs'
import { promisify } from 'node:util'
import { type Finding, fault, good } from '../collector/diagnosis/finding.ts'
import { webIsBuilt } from './build-web.ts'
import type { Session } from './session.ts'

export type MachineCheck = 'node' | 'git' | 'folder' | 'pages'

const oldestNode = [20, 19]
/** The first git that takes its configuration from the environment alone. */
const oldestGit = [2, 32]

export function checkNode(): Finding<MachineCheck> {
  const version = process.versions.node
  if (atLeast(version, oldestNode)) return good('node', 'Node', version)
  return fault('node', 'Node', `${version} is too old.`, `Install Node ${oldestNode.join('.')} or newer.`)
}

export async function checkGit(): Promise<Finding<MachineCheck>> {
  try {
    const { stdout } = await promisify(execFile)('git', ['--version'])
    const version = /\d+(?:\.\d+)+/.exec(stdout)?.[0] ?? ''
    if (atLeast(version, oldestGit)) return good('git', 'git', version)
    return fault('git', 'git', `${version} is too old.`, `Install git ${oldestGit.join('.')} or newer.`)
  } catch {
    return fault('git', 'git', 'It is not installed, or not on the PATH.', 'Install git.')
  }
}

function atLeast(version: string, [major = 0, minor = 0]: number[]): boolean {
  const [a = 0, b = 0] = version.split('.').map(Number)
  return a > major || (a === major && b >= minor)
}

export function checkFolder({ settings }: Session): Finding<MachineCheck> {
  try {
    mkdirSync(settings.dataDir, { recursive: true, mode: 0o700 })
    accessSync(settings.dataDir, constants.W_OK)
    return good('folder', 'Data folder', settings.dataDir)
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    const what = `${settings.dataDir} cannot be written (${code}).`
    return fault('folder', 'Data folder', what, 'Name another folder with --data or SHIPLOG_DATA.')
  }
}

export function checkWeb(): Finding<MachineCheck> {
  return good('pages', 'Pages', webIsBuilt() ? 'built' : 'not built yet; npm start builds them')
}
