import { Button, Skeleton } from '@mantine/core'
import type { ReactNode } from 'react'
import { ApiError } from '../api.ts'
import { Icon } from './icon.tsx'

/** What there is to say, and to do, where there is nothing to show. */
export function EmptyState({ title, children, action }: { title: string; children: ReactNode; action?: ReactNode }) {
  return (
    <div className="empty">
      <p className="empty-title">{title}</p>
      <div className="empty-text">{children}</div>
      {action}
    </div>
  )
}

/** Where a new installation gets its facts from. */
export function NoSource() {
  return (
    <EmptyState title="No source is configured">
      Start Shiplog with <code>npm start -- --git PATH_OR_URL</code>, write a <code>shiplog.yaml</code>, or send facts to{' '}
      <code>POST /api/v1/deployments</code>.
    </EmptyState>
  )
}

/** A failed request: what happened, what to do, and a way to try again. */
export function ErrorPanel({ error, retry }: { error: unknown; retry?: () => void }) {
  const known = error instanceof ApiError
  return (
    <div className="panel error-panel" role="alert">
      <Icon name="warning" size={18} />
      <div>
        <p className="empty-title">{known && error.status === 404 ? 'Not found' : 'This could not be loaded'}</p>
        <p className="empty-text">{known ? error.message : 'The server did not answer. See that it is running, then try again.'}</p>
        {retry && (
          <Button size="xs" variant="default" onClick={retry} mt={10}>
            Try again
          </Button>
        )}
      </div>
    </div>
  )
}

/** Holds the place of something that loads, at its height. */
export function Placeholder({ height, label }: { height: number; label: string }) {
  return (
    <div role="status" aria-label={`${label} is loading`}>
      <Skeleton height={height} radius={10} />
    </div>
  )
}
