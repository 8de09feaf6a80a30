/** The flags of node with which package.json starts the program: what is measured is what people run. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Throws where the script does not start the program so. */
export function flagsOf(script: 'start' | 'shiplog'): string[] {
  const file = fileURLToPath(new URL('../../package.json', import.meta.url))
  const { scripts } = JSON.parse(readFileSync(file, 'utf8')) as { scripts: Record<string, string> }
  const [, flags] = /^(?:exec )?node (.*?)\s*--import tsx/.exec(scripts[script] ?? '') ?? []
  if (flags === undefined) throw new Error(`the script ${script} of package.json does not start node with flags: ${scripts[script]}`)
  return flags.split(' ').filter(Boolean)
}
