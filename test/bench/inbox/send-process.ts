/** Senders with a connection each that stays open, in a process of their own; what is not taken is sent again until it is. */
import { Agent, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { eventOf, hookToken } from './event.ts'

export interface Sending {
  url: string
  run: string
  /** The numbers of the senders. */
  senders: number[]
  /** Events of each of them. */
  perSecond: number
  seconds: number
  /** Later events are no longer sent again: something is broken. */
  mostSeconds: number
}

export interface Sent {
  /** Events that got a 202, or a 200 when they were sent again. */
  taken: number
  /** Milliseconds from the request to the answer of each that was taken at once. */
  answers: number[]
  /** Milliseconds from when it was to be sent: also what an earlier one held up. */
  delays: number[]
  /** Answers of another kind, and connections that broke, each sent again. */
  refusals: Record<string, number>
  lost: number
}

const sending = JSON.parse(process.argv[2] ?? '') as Sending
const sent: Sent = { taken: 0, answers: [], delays: [], refusals: {}, lost: 0 }
const startedAt = performance.now() + 200
await Promise.all(sending.senders.map(send))
process.send?.(sent, () => process.disconnect())

async function send(sender: number, index: number): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const { perSecond, seconds, run, senders } = sending
  const everyMs = 1000 / perSecond
  const count = perSecond * seconds
  for (let number = 0; number < count; number++) {
    // Senders do not beat together.
    const dueAt = startedAt + (number + index / senders.length) * everyMs
    const waitMs = dueAt - performance.now()
    if (waitMs > 1) await sleep(waitMs)
    await sendUntilTaken(agent, eventOf(run, sender, number), Math.max(dueAt, startedAt))
  }
  agent.destroy()
}

async function sendUntilTaken(agent: Agent, body: string, dueAt: number): Promise<void> {
  for (let attempt = 1; performance.now() < startedAt + sending.mostSeconds * 1000; attempt++) {
    const from = performance.now()
    const answer = await post(agent, body)
    if (answer === '202' || (answer === '200' && attempt > 1)) {
      sent.taken += 1
      if (attempt === 1) {
        sent.answers.push(round(performance.now() - from))
        sent.delays.push(round(performance.now() - dueAt))
      }
      return
    }
    sent.refusals[answer] = (sent.refusals[answer] ?? 0) + 1
    // Real senders wait longer; here it only makes more of the time when it is hard.
    await sleep(200)
  }
  sent.lost += 1
}

function round(ms: number): number {
  return Math.round(ms * 10) / 10
}

/** The status, or why there is none. */
function post(agent: Agent, body: string): Promise<string> {
  return new Promise((resolve) => {
    const headers = {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      'accept-encoding': 'gzip, deflate',
      authorization: `Bearer ${hookToken}`,
    }
    const posted = request(`${sending.url}/api/v1/hooks/elastic`, { method: 'POST', agent, headers, timeout: 30_000 }, (answer) => {
      answer.resume()
      answer.on('error', () => resolve('cut'))
      answer.on('end', () => resolve(String(answer.statusCode)))
    })
    posted.on('timeout', () => posted.destroy(new Error('timeout')))
    posted.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
    posted.end(body)
  })
}
