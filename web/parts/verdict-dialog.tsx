import { Button, Modal, Radio, Textarea, TextInput } from '@mantine/core'
import { useLocalStorage } from '@mantine/hooks'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { ApiError, type DeploymentRow, setVerdict, withdrawVerdict } from '../api.ts'
import { formatInstant } from '../format.ts'
import { verdictsQuery } from '../queries.ts'

interface Props {
  /** The dialog is open while there is one. */
  deployment: DeploymentRow | null
  timeZone: string
  close(): void
}

/** Lets a person say whether a deployment failed; theirs wins over every rule. */
export function VerdictDialog({ deployment, timeZone, close }: Props) {
  return (
    <Modal
      opened={deployment !== null}
      onClose={close}
      title={deployment && `Verdict on ${deployment.version ?? deployment.id}`}
      size="md"
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      {deployment && (
        <VerdictForm key={`${deployment.source}/${deployment.id}`} deployment={deployment} timeZone={timeZone} close={close} />
      )}
    </Modal>
  )
}

const said = { failed: 'failed', not_failed: 'did not fail', withdrawn: 'withdrew the verdict' } as const

function VerdictForm({ deployment, timeZone, close }: { deployment: DeploymentRow; timeZone: string; close(): void }) {
  const queries = useQueryClient()
  const history = useQuery(verdictsQuery(deployment))
  const [by, setBy] = useLocalStorage({ key: 'shiplog-name', defaultValue: '', getInitialValueInEffect: false })
  const [verdict, setChoice] = useState<'failed' | 'not_failed'>(
    deployment.verdict?.verdict ?? (deployment.failure ? 'not_failed' : 'failed'),
  )
  const [note, setNote] = useState('')
  const [recovered, setRecovered] = useState('')
  const done = async () => {
    await queries.invalidateQueries()
    close()
  }
  const save = useMutation({
    mutationFn: () =>
      setVerdict(deployment, {
        verdict,
        by: by.trim(),
        ...(note.trim() === '' ? {} : { note: note.trim() }),
        ...(verdict === 'failed' && recovered !== '' ? { recoveredAt: new Date(recovered).toISOString() } : {}),
      }),
    onSuccess: done,
  })
  const withdraw = useMutation({ mutationFn: () => withdrawVerdict(deployment, by.trim()), onSuccess: done })
  const error = save.error ?? withdraw.error
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault()
        save.mutate()
      }}
    >
      <p className="dim">What you say wins over every rule and ends the waiting time. It can be withdrawn; the history stays.</p>
      <Radio.Group label="This deployment" value={verdict} onChange={(value) => setChoice(value as typeof verdict)} size="sm">
        <div className="row" style={{ marginTop: 6 }}>
          <Radio value="failed" label="failed" />
          <Radio value="not_failed" label="did not fail" />
        </div>
      </Radio.Group>
      <TextInput label="Your name" required value={by} onChange={(event) => setBy(event.currentTarget.value)} size="sm" maxLength={200} />
      <Textarea
        label="Why (optional)"
        value={note}
        onChange={(event) => setNote(event.currentTarget.value)}
        size="sm"
        maxLength={2000}
        autosize
        minRows={2}
      />
      {verdict === 'failed' && (
        <TextInput
          label="Service restored at (optional, your local time)"
          type="datetime-local"
          value={recovered}
          onChange={(event) => setRecovered(event.currentTarget.value)}
          size="sm"
        />
      )}
      {error && (
        <p role="alert" className="field-error">
          {error instanceof ApiError ? error.message : 'It could not be saved: the server did not answer. Try again.'}
        </p>
      )}
      <div className="row row-between">
        {history.data?.standing ? (
          <Button variant="subtle" color="gray" size="sm" loading={withdraw.isPending} onClick={() => withdraw.mutate()}>
            Withdraw the verdict
          </Button>
        ) : (
          <span />
        )}
        <Button type="submit" size="sm" loading={save.isPending} disabled={by.trim() === ''}>
          Save
        </Button>
      </div>
      {history.data && history.data.history.length > 0 && (
        <div>
          <h3>History</h3>
          <ul className="plain-list history">
            {history.data.history.map((entry) => (
              <li key={`${entry.at}${entry.verdict}`}>
                {formatInstant(entry.at, timeZone)}: {entry.by}{' '}
                {entry.verdict === 'withdrawn' ? said.withdrawn : `said it ${said[entry.verdict]}`}
                {entry.note && `, “${entry.note}”`}
              </li>
            ))}
          </ul>
        </div>
      )}
    </form>
  )
}
