/** A thread of a rebuild: says when it has opened the store, then does one task after the other as they are sent. */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { openStore } from '../store/open.ts'
import { allServices } from '../store/services.ts'
import { outOfTurn } from './in-turn.ts'
import { rebuildGroup } from './rebuild-group.ts'
import { type SummedWeek, sumWeek } from './rebuild-tallies.ts'
import type { ThreadAnswer, ThreadData, ThreadTask } from './rebuild-threads.ts'

const { place, context } = workerData as ThreadData
const port = parentPort as MessagePort
const store = await openStore(place)

port.on('message', (task: ThreadTask) => {
  run(task).then(
    (done) => send({ done }),
    (fault: unknown) => send({ fault }),
  )
})
send({ done: null })

function send(answer: ThreadAnswer): void {
  port.postMessage(answer)
}

async function run(task: ThreadTask): Promise<SummedWeek | null> {
  if ('week' in task) return sumWeek(store.db, task.week, await allServices(store.db), context.config)
  await outOfTurn(store, rebuildGroup(store, task.group, context))
  return null
}
