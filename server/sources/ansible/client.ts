/** The questions that AWX is asked. */
import { createHttpClient } from '../http-client.ts'
import type { Context } from '../source.ts'
import type { AnsibleOptions } from './options.ts'
import { Job, Jobs } from './payloads.ts'

export interface Client {
  /** Page by page. */
  jobs(query: Record<string, string | number>): AsyncGenerator<Job[]>
  /** With what lists leave out; null: there is no such job. */
  job(id: number): Promise<Job | null>
}

/** `url` is that of the options. */
export function createClient(options: AnsibleOptions, url: string, ctx: Pick<Context, 'signal' | 'progress'>, retryMs?: number): Client {
  const { token, user, password } = options
  const root = url.endsWith('/api/controller') ? '/v2' : '/api/v2'
  const basic = Buffer.from(`${user}:${password}`).toString('base64')
  const http = createHttpClient(
    {
      system: 'AWX',
      baseUrl: url,
      headers: { authorization: token === undefined ? `Basic ${basic}` : `Bearer ${token}` },
      credentials:
        token === undefined
          ? 'Check user and password in shiplog.yaml; the user needs the role Auditor, or Read on the job templates.'
          : 'Make a new token with the scope Read (menu of the user, Tokens) for a user with the role Auditor, or Read on the job templates.',
      ...(retryMs === undefined ? {} : { retryMs }),
    },
    ctx,
  )
  return {
    async *jobs(query) {
      let path = `${root}/jobs/`
      let request = { query: { page_size: 200, ...query } }
      for (;;) {
        const { data } = await http.ask('jobs', path, Jobs, request)
        yield data.results
        if (!data.next) return
        path = new URL(data.next, url).href
        request = { query: {} as typeof request.query }
      }
    },
    async job(id) {
      const answer = await http.find(`job ${id}`, `${root}/jobs/${id}/`, Job)
      return answer === null ? null : answer.data
    },
  }
}
