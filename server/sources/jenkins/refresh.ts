/** Asks for the builds that notifications named, so that they are the same as when they are polled. */
import type { Batch, Context } from '../source.ts'
import { createClient } from './client.ts'
import { generationOf, readCursor } from './cursor.ts'
import { parentOf } from './job-names.ts'
import { holdsBranches } from './jobs.ts'
import type { JenkinsOptions } from './options.ts'
import { judgeBuild, rulesFor, toldBuild } from './to-facts.ts'

/** `changed`: `NAME#NUMBER` of builds. Throws SourceError. */
export async function* refreshJenkins(
  options: JenkinsOptions,
  changed: string[],
  cursorText: string | null,
  ctx: Context,
  retryMs?: number,
): AsyncGenerator<Pick<Batch, 'facts'>> {
  if (options.url === undefined) return
  const client = createClient(options, ctx, retryMs)
  const cursor = readCursor(cursorText)
  const branches = new Map<string, boolean>()
  for (const { name, number } of changed.flatMap(parseChanged)) {
    const parent = parentOf(name)
    let isBranch = branches.get(parent)
    if (isBranch === undefined) {
      isBranch = parent !== '' && holdsBranches((await client.folder(parent, 'name')) ?? {})
      branches.set(parent, isBranch)
    }
    const job = { name, isBranch }
    const rules = rulesFor(options, job)
    if (rules.length === 0) continue
    const build = await client.build(name, number)
    // It was deleted meanwhile: what is stored stays.
    if (build === null) continue
    const told = toldBuild(build, job, options, generationOf(cursor.jobs[name], build))
    const judged = judgeBuild(told, rules, await client.stages(told, rules), options, ctx.sourceId)
    const facts = judged.flatMap(({ fact }) => fact ?? [])
    if (facts.length > 0) yield { facts }
  }
}

function parseChanged(text: string): { name: string; number: number }[] {
  const [, name = '', number = ''] = /^(.+)#(\d+)$/.exec(text) ?? []
  return name === '' ? [] : [{ name, number: Number(number) }]
}
