import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { checkSource } from '../../server/cli/check-source.ts'
import type { Session } from '../../server/cli/session.ts'
import { SourceError } from '../../server/errors.ts'
import { sources } from '../../server/sources/index.ts'
import { configOf } from '../support/stores.ts'

interface Options {
  url: string
  refused?: boolean
}

Object.assign(sources, {
  probed: {
    id: 'probed',
    title: 'Probed',
    options: z.any(),
    async check({ refused }: Options) {
      if (refused) throw new SourceError('The system refuses the token.', 'Make a new one.')
      return 'The system lets the token in.'
    },
  },
})

let server: Server
let url = ''
/** Milliseconds by which the system is ahead; null: it tells no time. */
let ahead: number | null = 0

beforeAll(async () => {
  server = createServer((_request, response) => {
    response.sendDate = false
    if (ahead !== null) response.setHeader('date', new Date(Date.now() + ahead).toUTCString())
    response.statusCode = 401
    response.end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => server.close())

const session = { config: configOf(), settings: { dataDir: '/nowhere' }, now: () => new Date() } as Session
const check = (options: Options) => checkSource(session, { id: 'ci', type: 'probed', options, schedule: '0 * * * *' })

describe('a source that checks itself', () => {
  it('is good where it is let in and the clocks agree', async () => {
    ahead = 0
    expect(await check({ url: `${url}/path` })).toMatchObject([
      { check: 'connection', where: 'Source ci', state: 'good', what: 'The system lets the token in.' },
      { check: 'clock', state: 'good' },
    ])
  })

  it('says what is refused, and what to do', async () => {
    expect(await check({ url, refused: true })).toEqual([
      {
        check: 'connection',
        where: 'Source ci',
        state: 'fault',
        what: 'The system refuses the token.',
        mend: 'Make a new one.',
        write: null,
      },
    ])
  })

  it.each([
    [10 * 60_000, /^The clock of 127\.0\.0\.1:\d+ is 10 min ahead of that of this machine\.$/],
    [-3 * 3_600_000, /is 3 h behind that of this machine\.$/],
  ])('tells a clock that is %d ms ahead', async (skew, said) => {
    ahead = skew
    expect(await check({ url })).toMatchObject([{ state: 'good' }, { check: 'clock', state: 'fault', what: expect.stringMatching(said) }])
  })

  it('says nothing of a clock that it cannot see', async () => {
    ahead = null
    expect(await check({ url })).toHaveLength(1)
    expect(await check({ url: 'http://127.0.0.1:1' })).toHaveLength(1)
    expect(await check({ url: 'git@example.org:shop.git' })).toHaveLength(1)
  })
})
