/** The flags of node with which package.json starts the program: what is measured is what people run. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** `databaseUrl`: of the PostgreSQL, null with the embedded database. Throws where the script does not start the program so. */
export function flagsOf(script: 'start' | 'shiplog', databaseUrl: string | null = null): string[] {
  const file = fileURLToPath(new URL('../../package.json', import.meta.url))
  const { scripts } = JSON.parse(readFileSync(file, 'utf8')) as { scripts: Record<string, string> }
  const [, flags] = /^(?:exec )?node (.*?)\s*--import tsx/.exec(scripts[script] ?? '') ?? []
  if (flags === undefined) throw new Error(`the script ${script} of package.json does not start node with flags: ${scripts[script]}`)
  const env = { ...process.env, DATABASE_URL: databaseUrl ?? '' }
  return execFileSync('sh', ['-c', `echo ${flags}`], { env, encoding: 'utf8' })
    .trim()
    .split(' ')
}
