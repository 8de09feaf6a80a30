import { Button } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { ApiError, type Inbox, retryDeliveries } from '../api.ts'
import { formatAge } from '../format.ts'
import { inboxWords } from '../source-words.ts'
import { Icon } from './icon.tsx'

/** What the source's system sent by itself, and a way to take in what failed once more. */
export function SourceInbox({ id, inbox }: { id: string; inbox: Inbox }) {
  const queries = useQueryClient()
  const retry = useMutation({
    mutationFn: () => retryDeliveries(id),
    onSettled: () => queries.invalidateQueries({ queryKey: ['sources'] }),
  })
  return (
    <div className="source-line numbers" data-tone={inbox.failed > 0 ? 'bad' : undefined}>
      <Icon name={inbox.failed > 0 ? 'warning' : 'inbox'} />
      <p>
        {inboxWords(inbox)}.{' '}
        <span className="dim">
          {inbox.lastReceivedAt === null
            ? 'Nothing was delivered yet.'
            : `The last one came ${formatAge(Date.parse(inbox.lastReceivedAt), Date.now())}.`}
        </span>
        {retry.error && (
          <span role="alert" className="field-error">
            {' '}
            {retry.error instanceof ApiError ? retry.error.message : 'The server did not answer. Try again.'}
          </span>
        )}
      </p>
      {inbox.failed > 0 && (
        <Button
          size="compact-xs"
          variant="default"
          loading={retry.isPending}
          aria-label={`Retry deliveries of ${id}`}
          onClick={() => retry.mutate()}
        >
          Retry
        </Button>
      )}
    </div>
  )
}
