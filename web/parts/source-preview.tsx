import { Button, CopyButton } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { ApiError, type PreviewBody } from '../api.ts'
import { counted } from '../format.ts'
import { previewQuery } from '../queries.ts'
import { countWords } from '../source-words.ts'
import { useView } from '../use-view.ts'
import { Icon } from './icon.tsx'
import { SourcePreviewRows } from './source-preview-rows.tsx'
import { SourceRuleForm } from './source-rule-form.tsx'
import { ErrorPanel, Placeholder } from './state-panels.tsx'

/** What the source's rule would count, and why not the rest; and the same of another rule. */
export function SourcePreviewPanel({ id, timeZone }: { id: string; timeZone: string }) {
  const { search, change } = useView()
  const rule = search.rule
  const configured = useQuery(previewQuery(id))
  const tried = useQuery({ ...previewQuery(id, rule), enabled: rule !== undefined })
  if (configured.error) return <ErrorPanel error={configured.error} retry={() => configured.refetch()} />
  if (!configured.data) return <Placeholder height={240} label="The preview" />
  const refused = tried.error instanceof ApiError && tried.error.status === 400 ? tried.error.message : null
  const shown = rule === undefined ? configured.data : (tried.data ?? null)
  return (
    <section className="preview" aria-label={`What ${id} counts`}>
      {configured.data.yaml !== null && (
        <SourceRuleForm
          key={id}
          source={id}
          configured={configured.data.yaml}
          tried={rule ?? null}
          error={refused}
          isPending={tried.isFetching}
          change={(next) => change({ rule: next ?? undefined })}
        />
      )}
      {rule !== undefined && tried.error && refused === null && <ErrorPanel error={tried.error} retry={() => tried.refetch()} />}
      {rule !== undefined && tried.isPending && <Placeholder height={240} label="The preview of the rule" />}
      {shown && (
        <>
          <PreviewSummary configured={configured.data} tried={rule === undefined ? null : shown} />
          <SourcePreviewRows id={id} preview={shown} timeZone={timeZone} />
        </>
      )}
    </section>
  )
}

function PreviewSummary({ configured, tried }: { configured: PreviewBody; tried: PreviewBody | null }) {
  const { rule, reasons, truncated, hints } = tried ?? configured
  return (
    <div className="preview-summary">
      <div>
        <p className="preview-count numbers" role="status">
          {countWords(configured, tried)}
        </p>
        <p className="dim">{rule}</p>
        {truncated > 0 && <p className="dim">{counted(truncated, 'more was', 'more were')} not looked at.</p>}
        {hints.length > 0 && (
          <ul className="notes">
            {hints.map((hint) => (
              <li key={hint}>{hint}</li>
            ))}
          </ul>
        )}
        {tried?.yaml && <PasteBlock yaml={tried.yaml} />}
      </div>
      {reasons.length > 0 && (
        <div>
          <h3>Left out</h3>
          <ul className="reasons numbers">
            {reasons.slice(0, 8).map(({ reason, rows }) => (
              <li key={reason}>
                <strong>{rows.toLocaleString('en-GB')}</strong>
                <span>{reason}</span>
              </li>
            ))}
            {reasons.length > 8 && <li className="dim">and {counted(reasons.length - 8, 'other reason')}</li>}
          </ul>
        </div>
      )}
    </div>
  )
}

/** What to write to keep the rule. */
function PasteBlock({ yaml }: { yaml: string }) {
  return (
    <div className="paste">
      <div className="paste-head">
        <span>To keep it, write in shiplog.yaml</span>
        <CopyButton value={yaml}>
          {({ copied, copy }) => (
            <Button size="compact-xs" variant="subtle" leftSection={<Icon name={copied ? 'check' : 'copy'} size={13} />} onClick={copy}>
              {copied ? 'Copied' : 'Copy'}
            </Button>
          )}
        </CopyButton>
      </div>
      <pre className="code">{yaml}</pre>
    </div>
  )
}
