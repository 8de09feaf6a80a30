/** How patiently a cluster is asked, in milliseconds. */
export interface Pace {
  /** A watch that says nothing for so long has told what there was. */
  idleMs: number
  /** A watch is read no longer than this in one round. */
  watchMs: number
  /** Before a request is made again. */
  retryMs: number
  timeoutMs: number
  /** Objects of one page of a list. */
  pageSize: number
  /** Events that one round takes of a watch. */
  roundEvents: number
}

export const usualPace: Pace = { idleMs: 1500, watchMs: 30_000, retryMs: 1000, timeoutMs: 30_000, pageSize: 250, roundEvents: 20_000 }
