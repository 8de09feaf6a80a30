/** A fake of GitHub in a process of its own, and what it was asked. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Asked } from '../fakes/github/child.ts'
import type { Counts } from '../fakes/github/request-log.ts'

export interface Tally extends Counts {
  /** By what was asked for, such as `graphql RepositoryPage`. */
  kinds: Record<string, number>
}

export interface GithubProcess {
  baseUrl: string
  token: string
  /** Pull requests of its world that were merged. */
  merged: number
  /** What was asked since the last time. */
  tally(): Promise<Tally>
  end(): Promise<void>
}

const child = fileURLToPath(new URL('../fakes/github/child.ts', import.meta.url))

export async function startGithubProcess(asked: Asked): Promise<GithubProcess> {
  const process_ = spawn(process.execPath, ['--import', 'tsx', child, JSON.stringify(asked)], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const answer = async <T>(): Promise<T> => {
    const ended = once(process_, 'exit').then(() => Promise.reject(new Error('the fake of GitHub ended')))
    const [message] = await Promise.race([once(process_, 'message'), ended])
    return message as T
  }
  const begun = await answer<Pick<GithubProcess, 'baseUrl' | 'token' | 'merged'>>()
  return {
    ...begun,
    async tally() {
      process_.send('tally')
      return answer<Tally>()
    },
    async end() {
      const exit = once(process_, 'exit')
      process_.kill()
      await exit
    },
  }
}
