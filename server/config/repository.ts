/** The configuration for one repository that is named on the command line. */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import path from 'node:path'
import type { Config } from '../config.ts'
import { defineMetrics } from '../definition.ts'
import { ShiplogError } from '../errors.ts'
import { sources } from '../sources/index.ts'
import { defaultSchedule } from './file.ts'
import { secretInAddress } from './secrets.ts'

/** One git source, and so one service, named by the repository. */
export function configOfRepository(git: string, env: NodeJS.ProcessEnv, cwd: string): Config {
  if (git === '') throw new ShiplogError('invalid', '--git needs the path or the address of a repository.')
  const secret = secretInAddress(git)
  if (secret !== null) {
    const mend = `Take ${secret === 'token' ? 'it' : 'them'} out and set the environment variable GIT_TOKEN.`
    throw new ShiplogError('invalid', `The address given by --git holds a ${secret}. ${mend}`)
  }
  const own = isAddress(git, cwd)
    ? { url: git, ...(env.GIT_TOKEN && /^https:/i.test(git) ? { token: env.GIT_TOKEN } : {}) }
    : { path: path.resolve(cwd, git) }
  const type = 'git'
  const parsed = sources[type]?.options.safeParse(own)
  if (!parsed?.success) {
    const faults = parsed?.error?.issues.map((issue) => issue.message).join('; ')
    throw new ShiplogError(
      'invalid',
      `--git cannot take ${git}: ${faults}. Give the path of a repository, or an https, ssh or file address.`,
    )
  }
  return {
    timeZone: 'UTC',
    definition: defineMetrics(),
    sources: [{ id: repositoryId(own.path ?? own.url ?? ''), type, options: parsed.data, schedule: defaultSchedule }],
    services: [],
    teams: [],
    demo: false,
    file: null,
  }
}

/** The name of the data folder of a repository: readable, and its own for each place. */
export function repositoryFolder(git: string, cwd: string): string {
  const place = isAddress(git, cwd) ? git : path.resolve(cwd, git)
  return `${repositoryId(place)}-${createHash('sha256').update(place).digest('hex').slice(0, 8)}`
}

/** `https://host/acme/shop.git` -> `shop`; a bare `.git` folder takes the name of the folder around it. */
function repositoryId(place: string): string {
  const steps = place.split(/[/\\:]+/).filter((step) => step !== '' && step !== '.git')
  const name = (steps.at(-1) ?? '').replace(/\.git$/, '')
  const id = name.replace(/[^A-Za-z0-9._-]+/g, '-').replace(/^[^A-Za-z0-9]+/, '')
  return id === '' || id === 'api' ? 'repository' : id.slice(0, 100)
}

/** An address with a scheme, or the short form of ssh, unless a folder of that name is there. */
function isAddress(git: string, cwd: string): boolean {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(git)) return true
  return /^[^/\\\s]{2,}:/.test(git) && !existsSync(path.resolve(cwd, git))
}
