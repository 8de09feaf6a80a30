/** Tells which jobs of the last 90 days the rules would count, and why not the rest. */
import { SourceError } from '../../errors.ts'
import type { Context, Preview, PreviewRow } from '../source.ts'
import { createClient } from './client.ts'
import type { AnsibleOptions, Rule } from './options.ts'
import { judgeRun, ruleFor, toldJob } from './to-facts.ts'

const days = 90
const mostJobs = 600
/** Each takes a question of its own. */
const mostDetails = 50

/** Throws SourceError. */
export async function previewAnsible(options: AnsibleOptions, ctx: Context, retryMs?: number): Promise<Preview> {
  const { url } = options
  if (url === undefined) {
    throw new SourceError('There is nobody to ask: this source has no url.', 'Write url and token, or look at what the notifications told.')
  }
  const client = createClient(options, url, ctx, retryMs)
  const since = new Date(ctx.now.getTime() - days * 86_400_000).toISOString()
  const rows: PreviewRow[] = []
  let details = 0
  for await (const page of client.jobs({ finished__gte: since, order_by: '-finished' })) {
    for (const listed of page) {
      const isTaken = ruleFor(options, toldJob(listed, url).template) !== undefined
      const job = isTaken && details++ < mostDetails ? ((await client.job(listed.id)) ?? listed) : listed
      const { name, at, fact, reason } = judgeRun(toldJob(job, url), options, ctx.sourceId)
      const deploys =
        fact === null ? undefined : { environment: fact.environment, ...(fact.version === undefined ? {} : { version: fact.version }) }
      const group = fact?.service ?? toldJob(job, url).template
      rows.push({ name, at, counted: fact !== null && reason === null, reason, group, ...(deploys === undefined ? {} : { deploys }) })
    }
    if (rows.length >= mostJobs) break
  }
  return { rule: options.deployments.map(inWords).join(' '), rows, hints: hintsOf(rows) }
}

function hintsOf(rows: PreviewRow[]): string[] {
  if (rows.length === 0) return [`AWX shows no job that finished in the last ${days} days: check what the user may see (role Auditor).`]
  if (rows.some(({ counted }) => counted)) return rows.length < mostJobs ? [] : [`These are the ${rows.length} jobs that finished last.`]
  const names = [...new Set(rows.map(({ group }) => group))].slice(0, 5)
  return [`Nothing is counted: the reasons say why. Job templates here are such as ${names.join(', ')}.`]
}

function inWords({ template, environment }: Rule): string {
  return `Each job of the templates in whose name ${template} is found is a deployment${environment === undefined ? '' : ` to ${environment}`}.`
}
