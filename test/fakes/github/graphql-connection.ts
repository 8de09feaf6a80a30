/** Connections: pages of a list by cursors that behave as GitHub's do while the list changes. */

export interface PageArguments {
  first?: number | null
  last?: number | null
  after?: string | null
  before?: string | null
}

export interface Connection<Node> {
  totalCount: number
  nodes: Node[]
  edges: { cursor: string; node: Node }[]
  pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string | null; endCursor: string | null }
}

export interface KeyedItem<Node> {
  /** What the list is sorted by, and the id that decides between equals: the cursor holds both. */
  key: string
  id: number
  node: Node
}

/**
 * A cursor says after which values to go on, not after how many items: an item that moved between two pages is
 * seen again or left out, and nothing else shifts.
 */
export function keyedConnection<Node>(items: KeyedItem<Node>[], direction: 'ASC' | 'DESC', page: PageArguments): Connection<Node> {
  const sign = direction === 'ASC' ? 1 : -1
  const compare = (a: { key: string; id: number }, b: { key: string; id: number }) =>
    sign * (a.key < b.key ? -1 : a.key > b.key ? 1 : a.id - b.id)
  const sorted = [...items].sort(compare)
  const after = page.after ? readKey(page.after) : null
  const before = page.before ? readKey(page.before) : null
  const start = after ? firstIndex(sorted, (item) => compare(item, after) > 0) : 0
  const end = before ? firstIndex(sorted, (item) => compare(item, before) >= 0) : sorted.length
  return slice(
    sorted,
    start,
    end,
    page,
    (item) => keyCursor(item),
    (item) => item.node,
  )
}

/** A cursor that is the place in the list, for lists that do not change order; `label` comes first in it. */
export function indexedConnection<Item, Node>(
  items: readonly Item[],
  page: PageArguments,
  node: (item: Item) => Node,
  label = '',
): Connection<Node> {
  const start = page.after ? readIndex(page.after, label) + 1 : 0
  const end = page.before ? readIndex(page.before, label) : items.length
  const cursor = (_: Item, index: number) =>
    label === ''
      ? Buffer.from(String(index + 1))
          .toString('base64')
          .replace(/=+$/, '')
      : `${label} ${index}`
  return slice(items, start, end, page, cursor, node)
}

export class BadCursor extends Error {}

function slice<Item, Node>(
  items: readonly Item[],
  start: number,
  end: number,
  page: PageArguments,
  cursor: (item: Item, index: number) => string,
  node: (item: Item) => Node,
): Connection<Node> {
  let from = start
  let to = Math.max(start, end)
  if (typeof page.first === 'number') to = Math.min(to, from + page.first)
  else if (typeof page.last === 'number') from = Math.max(from, to - page.last)
  const edges = items.slice(from, to).map((item, offset) => ({ cursor: cursor(item, from + offset), node: node(item) }))
  return {
    totalCount: items.length,
    edges,
    nodes: edges.map((edge) => edge.node),
    pageInfo: {
      hasNextPage: to < items.length,
      hasPreviousPage: from > 0,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  }
}

/** The first place from which on `holds` is true, in a list where it stays true. */
function firstIndex<Item>(items: readonly Item[], holds: (item: Item) => boolean): number {
  let low = 0
  let high = items.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (holds(items[middle] as Item)) high = middle
    else low = middle + 1
  }
  return low
}

function keyCursor(item: { key: string; id: number }): string {
  return Buffer.from(`cursor:v2:${JSON.stringify([item.key, item.id])}`).toString('base64')
}

function readKey(cursor: string): { key: string; id: number } {
  const text = Buffer.from(cursor, 'base64').toString()
  if (!text.startsWith('cursor:v2:')) throw new BadCursor(`\`${cursor}\` does not appear to be a valid cursor.`)
  const [key, id] = JSON.parse(text.slice(10)) as [string, number]
  return { key, id }
}

function readIndex(cursor: string, label: string): number {
  const index =
    label === ''
      ? Number(Buffer.from(cursor, 'base64').toString()) - 1
      : Number(cursor.startsWith(`${label} `) ? cursor.slice(label.length + 1) : Number.NaN)
  if (!Number.isInteger(index)) throw new BadCursor(`\`${cursor}\` does not appear to be a valid cursor.`)
  return index
}
