/** The handle of a process that asks. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Job, Outcome } from './ask-process.ts'

export interface Asker {
  ask(job: Job): Promise<Outcome>
  /** Ends an endless job. */
  stop(): void
  end(): Promise<void>
}

const program = fileURLToPath(new URL('ask-process.ts', import.meta.url))

export async function startAsker(): Promise<Asker> {
  const child = spawn(process.execPath, ['--import', 'tsx', program], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  const exit = once(child, 'exit')
  const answer = async () => {
    const [message] = await Promise.race([once(child, 'message'), exit.then(() => Promise.reject(new Error('the asking process ended')))])
    return message as Outcome
  }
  await answer()
  return {
    ask(job) {
      const outcome = answer()
      child.send(job)
      return outcome
    },
    stop: () => void child.send('stop'),
    async end() {
      child.kill()
      await exit
    },
  }
}
