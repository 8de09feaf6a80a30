/** Each lane takes the next item when it has done one. Throws the first fault, once every lane has ended. */
export async function inLanes<Item>(items: Item[], lanes: ((item: Item) => Promise<void>)[]): Promise<void> {
  const left = items.values()
  const run = async (lane: (item: Item) => Promise<void>): Promise<void> => {
    for (const item of left) await lane(item)
  }
  // None is left behind in a transaction that another's fault ends.
  for (const ended of await Promise.allSettled(lanes.map(run))) if (ended.status === 'rejected') throw ended.reason
}
