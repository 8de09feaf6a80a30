/** Reads the body of a request with a limit, and as JSON. */
import type { IncomingMessage } from 'node:http'
import type { Context, MiddlewareHandler } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { ShiplogError } from '../errors.ts'
import type { AppEnv } from './router.ts'

export const maxBodyBytes = 5 * 1024 * 1024

/** The body as it came; throws `too_large` as soon as the limit is passed. Each part is told of before it is kept. */
export async function readBytes(
  c: Context<AppEnv>,
  maxBytes: number,
  advice: string,
  onPart: (bytes: number) => void = () => {},
): Promise<Uint8Array> {
  if (Number(c.req.header('Content-Length') ?? 0) > maxBytes) throw tooLarge(maxBytes, advice)
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of bodyOf(c)) {
    size += chunk.byteLength
    if (size > maxBytes) throw tooLarge(maxBytes, advice)
    onPart(chunk.byteLength)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** As node has it, where it does: a web stream around it takes longer than all else that is done with a short body. */
function bodyOf(c: Context<AppEnv>): AsyncIterable<Uint8Array> {
  const { incoming } = (c.env ?? {}) as { incoming?: IncomingMessage }
  // What is not read to its end must not cost the sender its answer.
  return incoming?.iterator({ destroyOnReturn: false }) ?? ((c.req.raw.body ?? []) as AsyncIterable<Uint8Array>)
}

/** The body as text; throws `too_large` as soon as the limit is passed, `invalid` where it is not UTF-8. */
export async function readText(c: Context<AppEnv>, maxBytes: number): Promise<string> {
  const bytes = await readBytes(c, maxBytes, 'Send it in several requests.')
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new ShiplogError('invalid', 'The body is not valid UTF-8. Send JSON in UTF-8.')
  }
}

/** The body as JSON, whatever it holds; throws what names the fault: the type (415), the size (413), the syntax (400). */
export async function readJson(c: Context<AppEnv>, maxBytes = maxBodyBytes): Promise<unknown> {
  const { value } = await readJsonText(c, maxBytes)
  return value
}

/** For routes whose body zod checks: the limits come first, and the validator finds the text already read. */
export const jsonBody: MiddlewareHandler<AppEnv> = async (c, next) => {
  const { text } = await readJsonText(c, maxBodyBytes)
  c.req.bodyCache.text = Promise.resolve(text) as never
  await next()
}

async function readJsonText(c: Context<AppEnv>, maxBytes: number): Promise<{ text: string; value: unknown }> {
  const type = (c.req.header('Content-Type') ?? '').split(';')[0]?.trim().toLowerCase() ?? ''
  if (!/^application\/(?:[a-z0-9.-]+\+)?json$/.test(type)) {
    throw new HTTPException(415, {
      message: `The body is ${type === '' ? 'of no stated type' : type}. Send JSON, with Content-Type: application/json.`,
    })
  }
  refuseCompressed(c)
  const text = await readText(c, maxBytes)
  if (text.trim() === '') throw new ShiplogError('invalid', 'The body is empty. Send one JSON object.')
  try {
    return { text, value: JSON.parse(text) }
  } catch (error) {
    throw new ShiplogError('invalid', `The body is not valid JSON: ${error instanceof Error ? error.message : 'it cannot be read'}`)
  }
}

export function refuseCompressed(c: Context<AppEnv>): void {
  const encoding = c.req.header('Content-Encoding') ?? 'identity'
  if (encoding !== 'identity')
    throw new HTTPException(415, { message: 'The body is compressed. Send it as it is, without Content-Encoding.' })
}

function tooLarge(maxBytes: number, advice: string): ShiplogError {
  const limit = maxBytes >= 1024 * 1024 ? `${maxBytes / 1024 / 1024} MB` : `${maxBytes} bytes`
  return new ShiplogError('too_large', `The body is larger than ${limit}. ${advice}`)
}
