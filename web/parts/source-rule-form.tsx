import { Button, Textarea } from '@mantine/core'
import { useState } from 'react'

interface Props {
  source: string
  /** What stands in shiplog.yaml. */
  configured: string
  /** What is tried; null: the configured rule. */
  tried: string | null
  /** What is wrong with what is tried. */
  error: string | null
  isPending: boolean
  /** Null goes back to the configured rule. */
  change(rule: string | null): void
}

/** Takes another rule, as it would stand in shiplog.yaml. */
export function SourceRuleForm({ source, configured, tried, error, isPending, change }: Props) {
  const [draft, setDraft] = useState(tried ?? configured)
  const submit = () => change(draft.trim() === configured ? null : draft)
  return (
    <form
      className="rule-form"
      onSubmit={(event) => {
        event.preventDefault()
        submit()
      }}
    >
      <Textarea
        label="Try another rule"
        description="YAML or JSON of the option deployments. Nothing is saved and nothing is collected."
        aria-label={`Try another rule on ${source}`}
        classNames={{ input: 'rule-input', error: 'rule-error', description: 'rule-description' }}
        value={draft}
        onChange={(event) => setDraft(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return
          event.preventDefault()
          submit()
        }}
        error={error}
        spellCheck={false}
        autoCapitalize="off"
        autoComplete="off"
        autosize
        minRows={1}
        maxRows={12}
        maxLength={2000}
        size="sm"
      />
      <div className="row">
        <Button type="submit" size="xs" aria-busy={isPending}>
          {isPending ? 'Trying' : 'Try it'}
        </Button>
        {(tried !== null || draft !== configured) && (
          <Button
            size="xs"
            variant="default"
            onClick={() => {
              setDraft(configured)
              change(null)
            }}
          >
            Back to the configured rule
          </Button>
        )}
      </div>
    </form>
  )
}
