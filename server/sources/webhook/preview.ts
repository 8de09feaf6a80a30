/** Shows what the rules make of deliveries that are kept and of samples in files. */
import { readdir, readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import { ShiplogError, SourceError } from '../../errors.ts'
import type { Fact } from '../../facts.ts'
import type { Context, Delivery, Preview, PreviewRow } from '../source.ts'
import type { WebhookOptions } from './options.ts'
import { scopeOf } from './receive.ts'
import { type Made, madeOf, whyNot } from './to-facts.ts'

const mostKept = 100
const mostSamples = 200
const longestSample = 25 * 1024 * 1024

interface Sample extends Delivery {
  name: string
  receivedAt: number
}

/** Throws SourceError where the samples cannot be read. */
export async function previewWebhook(options: WebhookOptions, ctx: Context): Promise<Preview> {
  const kept = (await ctx.kept?.(mostKept)) ?? []
  const deliveries: Sample[] = kept.map(({ key, ...one }) => ({ ...one, name: `delivery ${key.slice(0, 60)}` }))
  const samples = options.samples === undefined ? [] : await readSamples(options.samples, ctx.now.getTime())
  const rows = [...samples, ...deliveries].flatMap((sample) => rowsOf(options, sample, ctx))
  return { rule: ruleInWords(options), rows, hints: hintsOf(options, rows) }
}

function rowsOf(options: WebhookOptions, { name, receivedAt, ...delivery }: Sample, ctx: Context): PreviewRow[] {
  const common = { at: receivedAt, group: name }
  try {
    const scope = scopeOf(delivery, receivedAt)
    const made = madeOf(options, scope, ctx)
    if (made.length > 0) return made.map((one) => ({ ...common, ...rowOf(one) }))
    return [{ ...common, name: 'nothing', counted: false, reason: whyNot(options, scope) }]
  } catch (error) {
    if (!(error instanceof ShiplogError)) throw error
    return [{ ...common, name: 'nothing', counted: false, reason: error.message }]
  }
}

function rowOf({ name, fact, fault, remarks }: Made): Pick<PreviewRow, 'name' | 'counted' | 'reason'> & { at?: number | null } {
  if (fact === null) return { name, counted: false, reason: [fault, ...remarks].join('; ') }
  return {
    name: `${name} ${'id' in fact ? fact.id : ''}`.slice(0, 200),
    at: timeOf(fact),
    counted: true,
    reason: [factText(fact), ...remarks].join('; '),
  }
}

function timeOf(fact: Fact): number | null {
  if (fact.kind === 'deployment') return fact.finishedAt ?? fact.startedAt ?? null
  if (fact.kind === 'incident') return fact.openedAt
  return fact.kind === 'change' ? fact.mergedAt : null
}

/** The fields in short. */
function factText(fact: Fact): string {
  const hidden = ['kind', 'source', 'id', 'reported', 'updatedAt']
  const parts = Object.entries(fact).flatMap(([field, value]) => {
    if (hidden.includes(field) || value === undefined || (Array.isArray(value) && value.length === 0)) return []
    const said =
      /At$/.test(field) && typeof value === 'number'
        ? new Date(value).toISOString()
        : Array.isArray(value)
          ? value.join(' ')
          : String(value)
    return [`${field} ${said.slice(0, 80)}`]
  })
  return parts.join(', ').slice(0, 600)
}

function ruleInWords({ deployments, incidents, changes }: WebhookOptions): string {
  const counts = [
    [deployments.length, 'deployments'],
    [incidents.length, 'incidents'],
    [changes.length, 'changes'],
  ] as const
  const said = counts.filter(([count]) => count > 0).map(([count, of]) => `${count === 1 ? 'a rule' : `${count} rules`} of ${of}`)
  return said.length === 0 ? 'no rule yet' : said.join(', ')
}

function hintsOf({ samples, setup }: WebhookOptions, rows: PreviewRow[]): string[] {
  if (rows.length > 0) return []
  const hints = ['Bodies are kept of deliveries that wait or that failed; those that were read are done with.']
  if (samples === undefined)
    hints.push('Write samples: and the path of a file with a body in JSON, or of a folder of such, beside the rules.')
  if (!setup) hints.push('With setup: true what no rule takes is kept as failed, and shown here.')
  return hints
}

async function readSamples(at: string, now: number): Promise<Sample[]> {
  try {
    const files = (await stat(at)).isDirectory()
      ? (await readdir(at))
          .filter((name) => name.endsWith('.json'))
          .sort()
          .slice(0, mostSamples)
          .map((name) => path.join(at, name))
      : [at]
    return await Promise.all(files.map((file) => readSample(file, now)))
  } catch (error) {
    const { code = 'no JSON' } = error as NodeJS.ErrnoException
    throw new SourceError(
      `The samples at ${at} cannot be read (${code}).`,
      'Write the path of a JSON file, or of a folder of such, from the folder of shiplog.yaml.',
      {
        cause: error,
      },
    )
  }
}

/** A body; or `{ "headers": …, "body": … }` where headers matter. */
async function readSample(file: string, now: number): Promise<Sample> {
  if ((await stat(file)).size > longestSample) throw Object.assign(new Error('too large'), { code: 'larger than 25 MB' })
  const text = await readFile(file, 'utf8')
  const value: unknown = JSON.parse(text)
  const keys = typeof value === 'object' && value !== null ? Object.keys(value).sort().join() : ''
  const { headers, body } = (keys === 'body,headers' ? value : { headers: {}, body: value }) as { headers: unknown; body: unknown }
  const named = Object.entries(headers ?? {}).map(([name, one]) => [name.toLowerCase(), String(one)])
  return {
    name: path.basename(file),
    receivedAt: now,
    headers: Object.fromEntries(named.filter(([name]) => name !== 'content-type')),
    body: Buffer.from(JSON.stringify(body)),
  }
}
