import { Button } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { ApiError, pauseSource, resumeSource, type SourceBody, startRun } from '../api.ts'
import { useView } from '../use-view.ts'
import { Icon } from './icon.tsx'

export type SourcePanel = 'runs' | 'preview'

const commands = { run: startRun, pause: pauseSource, resume: resumeSource }
type Command = keyof typeof commands

export interface SourceCommands {
  send(command: Command): void
  /** The one that is not answered yet. */
  pending: Command | null
  /** What the last one met, in words. */
  error: string | null
}

/** What can be done with a source; the page is asked anew after each. */
export function useSourceCommands(id: string): SourceCommands {
  const queries = useQueryClient()
  const { mutate, isPending, variables, error } = useMutation({
    mutationFn: async (command: Command) => {
      await commands[command](id)
    },
    onSettled: () =>
      Promise.all([queries.invalidateQueries({ queryKey: ['sources'] }), queries.invalidateQueries({ queryKey: ['runs', id] })]),
  })
  return {
    send: mutate,
    pending: isPending ? variables : null,
    error: error && (error instanceof ApiError ? error.message : 'The server did not answer. Try again.'),
  }
}

interface Props extends Pick<SourceCommands, 'send' | 'pending'> {
  source: SourceBody
  panel: SourcePanel | null
}

/** The buttons of a source: what it counts, its runs, pause or resume, and a run now. */
export function SourceActions({ source, panel, send, pending }: Props) {
  const { id, paused } = source
  if (source.schedule === null && source.lastRun === null) return null
  return (
    <div className="source-actions">
      {source.schedule !== null && (
        <PanelButton source={id} panel="preview" open={panel === 'preview'}>
          {source.counts.deployments ? 'What it counts' : 'Why is this empty?'}
        </PanelButton>
      )}
      <PanelButton source={id} panel="runs" open={panel === 'runs'}>
        Run log
      </PanelButton>
      {source.schedule !== null && (
        <>
          <Button
            size="xs"
            variant={paused ? 'filled' : 'default'}
            leftSection={<Icon name={paused ? 'run' : 'pause'} size={13} />}
            aria-busy={pending === 'pause' || pending === 'resume'}
            aria-label={paused ? `Resume ${id}` : `Pause ${id}`}
            // Disabled while it is sent it would lose the focus.
            onClick={() => pending === null && send(paused ? 'resume' : 'pause')}
          >
            {paused ? 'Resume' : 'Pause'}
          </Button>
          {!paused && (
            <Button
              size="xs"
              variant="default"
              leftSection={<Icon name="run" size={13} />}
              loading={pending === 'run'}
              disabled={source.running !== null}
              aria-label={`Run now: ${id}`}
              onClick={() => send('run')}
            >
              Run now
            </Button>
          )}
        </>
      )}
    </div>
  )
}

function PanelButton({ source, panel, open, children }: { source: string; panel: SourcePanel; open: boolean; children: ReactNode }) {
  const { change } = useView()
  return (
    <Button
      size="xs"
      variant={open ? 'light' : 'default'}
      aria-expanded={open}
      onClick={() => change({ source: open ? undefined : source, panel: open ? undefined : panel, rule: undefined })}
    >
      {children}
    </Button>
  )
}
