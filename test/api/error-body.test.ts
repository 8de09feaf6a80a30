import { HTTPException } from 'hono/http-exception'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { describeError, faultSentence, faultsOf, pathText } from '../../server/api/error-body.ts'
import { ShiplogError, SourceError } from '../../server/errors.ts'

describe('describeError', () => {
  it('tells a ShiplogError as it is', () => {
    const { status, body } = describeError(new ShiplogError('not_found', 'There is no team x.', { known: ['a'] }))
    expect(status).toBe(404)
    expect(body).toEqual({ error: { code: 'not_found', message: 'There is no team x.', details: { known: ['a'] } } })
  })

  it('tells what a source could not do with its mend', () => {
    const { status, body } = describeError(new SourceError('The folder is gone.', 'Mount it.'))
    expect(status).toBe(502)
    expect(body.error.message).toBe('The folder is gone. Mount it.')
  })

  it('keeps the text of an unforeseen error to the log', () => {
    const { status, body, expected } = describeError(new Error('password=hunter2'))
    expect({ status, expected }).toEqual({ status: 500, expected: false })
    expect(JSON.stringify(body)).not.toContain('hunter2')
  })

  it('tells an HTTPException by its status', () => {
    expect(describeError(new HTTPException(415, { message: 'no' })).body.error.code).toBe('unsupported_media_type')
  })
})

describe('faultsOf', () => {
  const Item = z.strictObject({ a: z.string(), when: z.strictObject({ at: z.number() }) })

  it('names fields by their paths, and unknown ones each by itself', () => {
    const result = z.object({ items: z.array(Item) }).safeParse({
      items: [
        { a: 'x', when: { at: 1 } },
        { a: 1, b: 2, c: 3, when: { at: 'x' } },
      ],
    })
    const paths = faultsOf(result.error as z.ZodError).map((fault) => fault.path)
    expect(paths.sort()).toEqual(['items[1].a', 'items[1].b', 'items[1].c', 'items[1].when.at'])
  })

  it('says what must be written, in words of its own', () => {
    const Shape = z.strictObject({
      name: z.string().min(1),
      kind: z.enum(['a', 'b']),
      tags: z.array(z.string()).max(1),
      needed: z.number(),
      own: z.string().regex(/x/, 'must hold an x'),
    })
    const result = Shape.safeParse({ name: '', kind: 'c', tags: ['x', 'y'], own: 'z' })
    expect(faultsOf(result.error as z.ZodError)).toEqual([
      { path: 'name', message: 'must not be empty' },
      { path: 'kind', message: 'must be a or b' },
      { path: 'tags', message: 'must be 1 in number or fewer' },
      { path: 'needed', message: 'is missing' },
      { path: 'own', message: 'must hold an x' },
    ])
  })

  it('writes the first fault as a sentence', () => {
    const faults = [
      { path: 'items[3].finishedAt', message: 'is required' },
      { path: 'x', message: 'y' },
    ]
    expect(faultSentence(faults)).toBe('items[3].finishedAt: is required (and 1 more)')
    expect(faultSentence([{ path: '', message: 'must be an object' }])).toBe('The request: must be an object')
    expect(faultSentence([])).toBe('The request is not valid.')
  })

  it('writes paths as people do', () => {
    expect(pathText(['items', 3, 'changes', 0])).toBe('items[3].changes[0]')
  })
})
