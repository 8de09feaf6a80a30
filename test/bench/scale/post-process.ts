/** Posts batches of facts over several connections for some time, from a process of its own. */
import { createRandom } from '../../fakes/github/random.ts'
import { type Delivery, nextDelivery } from './history.ts'
import { connect } from './http.ts'
import { organisationOf, type ScaleService } from './organisation.ts'
import { wireOf } from './wire.ts'

export interface Posting {
  url: string
  scale: number
  seconds: number
  connections: number
  /** Where the new deployments begin. */
  from: number
  /** In every id, so that a database can be measured again. */
  run: string
}

export interface Posted {
  changes: number
  deployments: number
  seconds: number
}

/** About 500 facts, ten changes to a deployment. */
const batch = { deployments: 45, changes: 455 }

const posting = JSON.parse(process.argv[2] ?? '') as Posting
const { services } = organisationOf(posting.scale)
// A run that repeats another's commits would bring them back.
const random = createRandom(Array.from(posting.run).reduce((seed, letter) => (31 * seed + letter.charCodeAt(0)) | 0, 99))
const reached = services.map(shareSums())
let number = 0

const posted = { changes: 0, deployments: 0 }
const startedAt = performance.now()
const until = startedAt + posting.seconds * 1000
await Promise.all(Array.from({ length: posting.connections }, post))
process.send?.({ ...posted, seconds: (performance.now() - startedAt) / 1000 } satisfies Posted)
process.disconnect()

async function post(): Promise<void> {
  const connection = connect(posting.url)
  while (performance.now() < until) {
    const deliveries = nextBatch()
    const changes = deliveries.flatMap((delivery) => delivery.changes)
    await connection.post('/api/v1/changes', changes.map(wireOf))
    await connection.post(
      '/api/v1/deployments',
      deliveries.map(({ deployment }) => wireOf(deployment)),
    )
    posted.changes += changes.length
    posted.deployments += deliveries.length
  }
  connection.end()
}

function nextBatch(): Delivery[] {
  return Array.from({ length: batch.deployments }, (_, index) => {
    const size = Math.floor(((index + 1) * batch.changes) / batch.deployments) - Math.floor((index * batch.changes) / batch.deployments)
    number++
    return nextDelivery(drawn(), posting.run, number, posting.from + number * 1000, size, random)
  })
}

/** A service, as often as its share of all deployments says. */
function drawn(): ScaleService {
  const at = random.next() * (reached.at(-1) ?? 0)
  let [low, high] = [0, reached.length - 1]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((reached[middle] as number) < at) low = middle + 1
    else high = middle
  }
  return services[low] as ScaleService
}

function shareSums() {
  let sum = 0
  return ({ deployments }: ScaleService) => {
    sum += deployments
    return sum
  }
}
