/** Reads shiplog.yaml into plain values and remembers the line of each. */
import { type Document, isMap, isNode, isScalar, isSeq, LineCounter, type Node, type Pair, parseDocument } from 'yaml'

export type Path = readonly (string | number)[]

export interface Fault {
  path: Path
  /** What is wrong. */
  message: string
  /** What to write instead; empty where the message says it. */
  mend: string
  /** Known where the fault is one of syntax; else the line of the path. */
  line?: number
  /** The key that a misspelt one most likely means. */
  means?: string
  /** The value was put aside: what else is said of it is not true of what was written. */
  alone?: boolean
}

export interface ConfigDocument {
  value: unknown
  /** Faults of syntax; with any, the value is not to be used. */
  faults: Fault[]
  /** The line of a path, of its key where it has one, else of the nearest thing around it. */
  lineOf(path: Path): number
}

export function readDocument(text: string): ConfigDocument {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const faults = [...document.errors, ...document.warnings].map((error) => ({
    path: [],
    line: lines.linePos(error.pos[0]).line,
    message: syntaxMessage(error.message),
    mend: 'check the indentation, the quotes and the colons around this line',
  }))
  return {
    value: faults.length > 0 ? null : plainValue(document, faults),
    faults,
    lineOf(path) {
      const offset = offsetOf(document.contents, path)
      return offset === null ? 1 : lines.linePos(offset).line
    },
  }
}

/** Aliases that would unfold into something huge are refused. */
function plainValue(document: Document, faults: Fault[]): unknown {
  try {
    return document.toJS() ?? {}
  } catch {
    faults.push({ path: [], line: 1, message: 'its aliases (&name, *name) cannot be followed', mend: 'write the values out' })
    return null
  }
}

/** The first line only, without the excerpt that may hold a secret. */
function syntaxMessage(message: string): string {
  return message.split('\n', 1)[0] ?? message
}

function offsetOf(root: unknown, path: Path): number | null {
  let node: unknown = root
  let offset = startOf(root)
  for (const step of path) {
    if (isMap(node)) {
      const pair: Pair | undefined = node.items.find((item) => String(isScalar(item.key) ? item.key.value : item.key) === String(step))
      if (pair === undefined) return offset
      offset = startOf(pair.key) ?? offset
      node = pair.value
    } else if (isSeq(node) && typeof step === 'number') {
      node = node.items[step]
      offset = startOf(node) ?? offset
    } else {
      return offset
    }
  }
  return offset
}

function startOf(node: unknown): number | null {
  return isNode(node) ? ((node as Node).range?.[0] ?? null) : null
}

/** `sources[0].deployments.tags`. */
export function pathText(path: Path): string {
  let text = ''
  for (const step of path) text += typeof step === 'number' ? `[${step}]` : text === '' ? step : `.${step}`
  return text
}
