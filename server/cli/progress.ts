/** Shows how far long work is: a bar in a terminal, plain lines in a pipe. Always on stderr. */
import { SingleBar } from 'cli-progress'
import { duration, number } from '../report/format.ts'
import type { RunProgress } from '../store/runs.ts'

export interface ProgressView {
  show(progress: RunProgress): void
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

/** `reading commits 1,200 of 9,000, 340 a second, 23 s left`; a step that counts nothing is its name alone. */
export function progressText({ step, done, total, ratePerSecond, secondsLeft }: RunProgress): string {
  if (total === null && done === 0) return step
  const of = total === null ? '' : ` of ${total.toLocaleString('en-US')}`
  const rate = ratePerSecond === null ? '' : `, ${rateText(ratePerSecond)}`
  const left = secondsLeft === null || total === done ? '' : `, ${duration(secondsLeft)} left`
  return `${step} ${done.toLocaleString('en-US')}${of}${rate}${left}`
}

/** Per second, minute or hour: the first that gives at least one. */
function rateText(perSecond: number): string {
  const [amount, unit] =
    perSecond >= 1 ? [perSecond, 'a second'] : perSecond * 60 >= 1 ? [perSecond * 60, 'a minute'] : [perSecond * 3600, 'an hour']
  return `${number(amount >= 10 ? Math.round(amount) : Math.round(amount * 10) / 10)} ${unit}`
}

function bar(label: string, output: NodeJS.WriteStream): ProgressView {
  const format = (
    _options: unknown,
    params: { value: number; total: number; progress: number },
    { progress }: { progress?: RunProgress },
  ) => {
    if (progress === undefined) return label
    const size = 24
    const full = Math.round(Math.min(1, params.progress) * size)
    const filled = progress.total === null ? '' : `[${'='.repeat(full)}${' '.repeat(size - full)}] `
    return `${label}  ${filled}${progressText(progress)}`
  }
  const view = new SingleBar({ format, stream: output, clearOnComplete: true, hideCursor: true, fps: 10, gracefulExit: false })
  let started = false
  return {
    show(progress) {
      const { done, total } = progress
      if (!started) view.start(total ?? 0, done, { progress })
      started = true
      view.setTotal(total ?? Math.max(done, 1))
      view.update(done, { progress })
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
      output.write(`${label}: ${progressText(progress)}\n`)
    },
    end() {},
  }
}
