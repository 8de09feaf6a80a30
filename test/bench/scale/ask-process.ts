/** Asks over HTTP from a process of its own, so that whoever measures disturbs neither the server nor itself. Its parent says what by messages. */
import { Agent, request } from 'node:http'

export interface Question {
  path: string
  /** Must stand in the answer. */
  expect: string
}

/** Asks the questions in order, so many at a time, until all are answered or the time is over; or, with `endless`, until `stop` comes. */
export interface Job {
  url: string
  questions: Question[]
  concurrency: number
  mostSeconds: number
  endless?: boolean
}

export interface Outcome {
  /** Of each answer, in milliseconds. */
  times: number[]
  /** What went wrong, the first of it. */
  failure: string | null
}

const answerTimeoutMs = 60_000
let stopped = false

process.on('message', (message: Job | 'stop') => {
  if (message === 'stop') stopped = true
  else void run(message).then((outcome) => process.send?.(outcome))
})
process.on('disconnect', () => process.exit())
process.send?.('ready')

async function run({ url, questions, concurrency, mostSeconds, endless }: Job): Promise<Outcome> {
  stopped = false
  const agent = new Agent({ keepAlive: true, maxSockets: concurrency })
  const outcome: Outcome = { times: [], failure: null }
  const until = performance.now() + mostSeconds * 1000
  let next = 0
  async function work() {
    while (!stopped && performance.now() < until && (endless || next < questions.length)) {
      const question = questions[next++ % questions.length] as Question
      const startedAt = performance.now()
      const failure = await ask(agent, url, question).catch((error: Error) => `${question.path}: ${error.message}`)
      outcome.times.push(performance.now() - startedAt)
      outcome.failure ??= failure
      if (failure !== null && !endless) return
    }
  }
  await Promise.all(Array.from({ length: concurrency }, work))
  agent.destroy()
  return outcome
}

/** Null, or what is wrong with the answer. */
function ask(agent: Agent, url: string, { path, expect }: Question): Promise<string | null> {
  return new Promise((resolve, reject) => {
    const sent = request(`${url}${path}`, { agent, timeout: answerTimeoutMs }, (answer) => {
      const chunks: Buffer[] = []
      answer.on('data', (chunk) => chunks.push(chunk))
      answer.on('error', reject)
      answer.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8')
        if (answer.statusCode !== 200) resolve(`${path}: ${answer.statusCode} ${text.slice(0, 200)}`)
        else resolve(text.includes(expect) ? null : `${path}: the answer has no ${expect}`)
      })
    })
    sent.on('timeout', () => sent.destroy(new Error(`no answer within ${answerTimeoutMs / 1000} s`)))
    sent.on('error', reject)
    sent.end()
  })
}
