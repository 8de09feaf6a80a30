/** Shows how far long work is: a bar in a terminal, plain lines in a pipe. Always on stderr. */
import { SingleBar } from 'cli-progress'
import type { Progress } from '../sources/source.ts'

export interface ProgressView {
  show(progress: Progress): void
  /** Ends the bar; what follows begins on a line of its own. */
  end(): void
}

interface Output {
  isTTY?: boolean
  write(text: string): unknown
}

/** In a pipe at most one line for each step and each tenth of it, or each second where the total is unknown. */
export function progressView(label: string, output: Output, elapsedMs: () => number): ProgressView {
  return output.isTTY ? bar(label, output as NodeJS.WriteStream) : lines(label, output, elapsedMs)
}

function bar(label: string, output: NodeJS.WriteStream): ProgressView {
  const format = (
    _options: unknown,
    params: { value: number; total: number; progress: number },
    payload: { step?: string; open?: boolean },
  ) => {
    const size = 24
    const full = Math.round(Math.min(1, params.progress) * size)
    const done = params.value.toLocaleString('en-US')
    if (payload.open) return `${label}  ${payload.step ?? ''} ${done}`
    const of = params.total.toLocaleString('en-US')
    return `${label}  [${'='.repeat(full)}${' '.repeat(size - full)}] ${payload.step ?? ''} ${done} of ${of}`
  }
  const view = new SingleBar({ format, stream: output, clearOnComplete: true, hideCursor: true, fps: 10, gracefulExit: false })
  let started = false
  return {
    show({ step, done, total }) {
      if (!started) view.start(total ?? 0, done, { step, open: total === null })
      started = true
      view.setTotal(total ?? Math.max(done, 1))
      view.update(done, { step, open: total === null })
    },
    end() {
      if (started) view.stop()
      started = false
    },
  }
}

function lines(label: string, output: Output, elapsedMs: () => number): ProgressView {
  let step = ''
  let tenth = -1
  let last = Number.NEGATIVE_INFINITY
  return {
    show(progress) {
      const now = elapsedMs()
      const { done, total } = progress
      const reached = total === null || total === 0 ? -1 : Math.floor((done / total) * 10)
      const due = progress.step !== step || (total === null ? now - last >= 1000 : reached > tenth)
      if (!due) return
      step = progress.step
      tenth = reached
      last = now
      const of = total === null ? '' : ` of ${total.toLocaleString('en-US')}`
      output.write(`${label}: ${step} ${done.toLocaleString('en-US')}${of}\n`)
    },
    end() {},
  }
}
