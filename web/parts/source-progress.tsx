import { Progress } from '@mantine/core'
import type { RunBody } from '../api.ts'
import { progressWords } from '../source-words.ts'

/** How far a run is: its step, how much of it, how fast, and the time left. */
export function SourceProgress({ run, first }: { run: RunBody; first: boolean }) {
  const { step, amount, pace, share } = progressWords(run.progress)
  return (
    <div className="run-progress numbers">
      <div className="run-progress-words">
        <p>
          <strong>{first ? 'First collection' : 'Collecting'}</strong> <span className="run-step">{step}</span>
        </p>
        <p className="run-amount">
          {amount && <span>{amount}</span>}
          {pace && <span className="dim">{pace}</span>}
        </p>
      </div>
      <Progress
        value={share === null ? 100 : share * 100}
        animated={share === null}
        size={6}
        radius={3}
        color="var(--accent)"
        aria-label={step}
      />
    </div>
  )
}
