/** Keeps deliveries: those that arrive together are stored by one statement, and each is answered for itself. */
import type { Db } from '../store/database.ts'
import { type ArrivingDelivery, knownDeliveries, readWaiting, saveDeliveries, type Waiting } from '../store/inbox.ts'
import type { Store } from '../store/store.ts'

/** `known`: it was sent before; `full`: too much waits, to be sent again later. */
export type Kept = 'kept' | 'known' | 'full'

/** What may wait of one source to be read. */
const waitingLimits: Waiting = { deliveries: 50_000, bytes: 512 * 1024 * 1024 }
/** What one statement stores. */
const groupCount = 500
const groupBytes = 8 * 1024 * 1024
/** Senders that wait for their answer in this process: more would wait longer than senders do. */
const mostArriving = 5000
/** Other processes read, and take in, too. */
const recountMs = 1000

interface Arrival {
  arriving: ArrivingDelivery
  resolve(kept: Kept): void
  reject(error: unknown): void
}

/** What waits of a source: as last counted, with what was kept since that count began. */
interface Room {
  counted: Waiting
  since: Waiting
  /** Of `performance.now()`. */
  countedAt: number
  isCounting: boolean
}

interface Intake {
  arrivals: Arrival[]
  isStoring: boolean
  rooms: Map<string, Room>
}

const intakes = new WeakMap<Store, Intake>()

/** Resolves once it is durable, or is not to be kept; rejects where the database cannot be asked. */
export function keepDelivery(store: Store, arriving: ArrivingDelivery): Promise<Kept> {
  let intake = intakes.get(store)
  if (intake === undefined) {
    intake = { arrivals: [], isStoring: false, rooms: new Map() }
    intakes.set(store, intake)
  }
  const { arrivals } = intake
  if (arrivals.length >= mostArriving) return Promise.resolve('full')
  return new Promise((resolve, reject) => {
    arrivals.push({ arriving, resolve, reject })
    if (intake.isStoring) return
    intake.isStoring = true
    // What the same turn of the loop brings belongs to the same group.
    setImmediate(() => void storeAll(store, intake))
  })
}

async function storeAll(store: Store, intake: Intake): Promise<void> {
  while (intake.arrivals.length > 0) await storeGroup(store, intake, nextGroup(intake.arrivals))
  intake.isStoring = false
}

function nextGroup(arrivals: Arrival[]): Arrival[] {
  let [count, bytes] = [0, 0]
  for (const { arriving } of arrivals) {
    bytes += arriving.body.byteLength
    if (count > 0 && (count === groupCount || bytes > groupBytes)) break
    count += 1
  }
  return arrivals.splice(0, count)
}

/** Rejects never. What the database refuses of a group is no matter of the others: then each is stored alone. */
async function storeGroup(store: Store, intake: Intake, group: Arrival[]): Promise<void> {
  try {
    const kept = await store.transaction((tx) => keepAll(tx, intake, group, store))
    for (const [index, one] of group.entries()) one.resolve(kept[index] as Kept)
  } catch (error) {
    if (group.length === 1 || isGone(error)) for (const one of group) one.reject(error)
    else for (const one of group) await storeGroup(store, intake, [one])
  }
}

/** The database cannot be reached: nobody fares better alone. */
function isGone(error: unknown): boolean {
  return (error as { code?: unknown } | null)?.code === 'unavailable'
}

async function keepAll(tx: Db, intake: Intake, group: Arrival[], store: Store): Promise<Kept[]> {
  const outside: Arrival[] = []
  const admitted: Arrival[] = []
  const recounted = new Set<string>()
  for (const arrival of group) {
    const { source, body } = arrival.arriving
    let room = intake.rooms.get(source)
    // Nothing is turned away by a count that is old.
    if (room === undefined || (isFull(room) && !recounted.has(source))) {
      room = newRoom(await readWaiting(tx, source))
      intake.rooms.set(source, room)
      recounted.add(source)
    }
    if (isFull(room)) {
      outside.push(arrival)
      continue
    }
    admitted.push(arrival)
    room.since.deliveries += 1
    room.since.bytes += body.byteLength
    if (performance.now() - room.countedAt > recountMs) recount(store, source, room)
  }
  const saved = await saveDeliveries(
    tx,
    admitted.map(({ arriving }) => arriving),
  )
  const known = await knownDeliveries(
    tx,
    outside.map(({ arriving }) => arriving),
  )
  const kept = new Map<Arrival, Kept>()
  for (const [index, arrival] of admitted.entries()) kept.set(arrival, saved[index] ? 'kept' : 'known')
  for (const [index, arrival] of outside.entries()) kept.set(arrival, known[index] ? 'known' : 'full')
  return group.map((arrival) => kept.get(arrival) as Kept)
}

function newRoom(counted: Waiting): Room {
  return { counted, since: { deliveries: 0, bytes: 0 }, countedAt: performance.now(), isCounting: false }
}

function isFull({ counted, since }: Room): boolean {
  return counted.deliveries + since.deliveries >= waitingLimits.deliveries || counted.bytes + since.bytes >= waitingLimits.bytes
}

/** Beside what is stored: counting takes long where much waits. What is kept meanwhile may be counted twice until the next time. */
function recount(store: Store, source: string, room: Room): void {
  if (room.isCounting) return
  room.isCounting = true
  const before = { ...room.since }
  readWaiting(store.db, source)
    .then((counted) => {
      room.counted = counted
      room.since.deliveries -= before.deliveries
      room.since.bytes -= before.bytes
    })
    // Where it cannot be asked, those that are stored next find it out.
    .catch(() => {})
    .finally(() => {
      room.countedAt = performance.now()
      room.isCounting = false
    })
}
