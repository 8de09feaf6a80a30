import { Button, SegmentedControl } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { type EvidenceAsk, type EvidencePage, getEvidenceCsv, type Totals } from '../api.ts'
import { counted } from '../format.ts'
import { changesQuery, deploymentsQuery, incidentsQuery } from '../queries.ts'
import type { MetricName, RowFilter, Search } from '../search.ts'
import { useAnchor } from '../use-anchor.ts'
import type { AskedView } from '../use-view.ts'
import { metricWords } from '../words.ts'
import { ChangeTable } from './change-table.tsx'
import { DeploymentTable } from './deployment-table.tsx'
import { EvidenceFilter, ExcludedReasons } from './evidence-filter.tsx'
import { Icon } from './icon.tsx'
import { IncidentTable } from './incident-table.tsx'
import { EmptyState, ErrorPanel, Placeholder } from './state-panels.tsx'

const pageSize = 25

/** The rows behind a metric: those included add up to it, those excluded each say why. */
export function Evidence({ metric, asked }: { metric: MetricName; asked: AskedView }) {
  const ref = useAnchor('evidence')
  const words = metricWords[metric]
  const waiting = metric === 'change_lead_time' && asked.search.rows === 'waiting'
  return (
    <section className="panel anchor" ref={ref} id="evidence" tabIndex={-1} aria-labelledby="evidence-title">
      <div className="panel-head">
        <div>
          <h2 id="evidence-title">Evidence: {words.title.toLowerCase()}</h2>
          <p>{waiting ? 'Merged and not deployed yet.' : 'Every row of the window, with the rule that decided.'}</p>
        </div>
        <div className="row no-print">
          {metric === 'change_lead_time' && (
            <SegmentedControl
              size="xs"
              aria-label="Which changes"
              value={waiting ? 'waiting' : 'delivered'}
              onChange={(value) =>
                asked.change({
                  rows: value === 'waiting' ? (value as RowFilter) : undefined,
                  ...{ include: undefined, reason: undefined, sort: undefined, cursor: undefined, trail: undefined },
                })
              }
              data={[
                { value: 'delivered', label: 'Delivered' },
                { value: 'waiting', label: 'Waiting' },
              ]}
            />
          )}
          <EvidenceFilter metric={metric} waiting={waiting} asked={asked} />
          <CsvButton
            kind={words.evidence}
            asked={{ ...asked.view, ...filterOf(asked, waiting), metric, ...(waiting ? { state: 'waiting' as const } : {}) }}
          />
        </div>
      </div>
      <Rows metric={metric} asked={asked} waiting={waiting} />
    </section>
  )
}

function filterOf({ search: { include, reason, sort } }: AskedView, waiting: boolean): Pick<EvidenceAsk, 'include' | 'reason' | 'sort'> {
  return waiting ? { sort } : { include, reason, sort }
}

function Rows({ metric, asked, waiting }: { metric: MetricName; asked: AskedView; waiting: boolean }) {
  const { cursor } = asked.search
  const question: EvidenceAsk = { ...asked.view, ...filterOf(asked, waiting), metric, limit: pageSize, ...(cursor ? { cursor } : {}) }
  const several = !asked.view.scope.startsWith('service:')
  switch (metricWords[metric].evidence) {
    case 'deployments':
      return <DeploymentRows question={question} metric={metric} several={several} asked={asked} />
    case 'changes':
      return <ChangeRows question={question} waiting={waiting} several={several} asked={asked} />
    default:
      return <IncidentRows question={question} several={several} asked={asked} />
  }
}

interface RowsProps {
  question: EvidenceAsk
  several: boolean
  asked: AskedView
}

function DeploymentRows({ question, metric, several, asked }: RowsProps & { metric: MetricName }) {
  const page = useQuery(deploymentsQuery(question))
  const first = useQuery(deploymentsQuery({ ...question, cursor: undefined }))
  return (
    <PageOf page={page} totals={first.data?.totals ?? null} metric={metric} asked={asked} noun="deployment">
      {(data) => <DeploymentTable rows={data.items} metric={metric} several={several} timeZone={asked.timeZone} />}
    </PageOf>
  )
}

function ChangeRows({ question, waiting, several, asked }: RowsProps & { waiting: boolean }) {
  const state = waiting ? { state: 'waiting' as const } : {}
  const page = useQuery(changesQuery({ ...question, ...state }))
  const first = useQuery(changesQuery({ ...question, ...state, cursor: undefined }))
  return (
    <PageOf
      page={page}
      totals={first.data?.totals ?? null}
      metric="change_lead_time"
      asked={asked}
      noun={waiting ? 'waiting change' : 'change'}
    >
      {(data) => <ChangeTable rows={data.items} waiting={waiting} several={several} timeZone={asked.timeZone} />}
    </PageOf>
  )
}

function IncidentRows({ question, several, asked }: RowsProps) {
  const page = useQuery(incidentsQuery(question))
  const first = useQuery(incidentsQuery({ ...question, cursor: undefined }))
  return (
    <PageOf page={page} totals={first.data?.totals ?? null} metric="incident_time_to_restore" asked={asked} noun="incident">
      {(data) => <IncidentTable rows={data.items} several={several} timeZone={asked.timeZone} />}
    </PageOf>
  )
}

interface PageOfProps<Row> {
  page: { data: EvidencePage<Row> | undefined; error: unknown; refetch(): unknown; isPlaceholderData: boolean }
  totals: Totals | null
  metric: MetricName
  asked: AskedView
  noun: string
  children: (data: EvidencePage<Row>) => React.ReactNode
}

function PageOf<Row>({ page, totals, metric, asked, noun, children }: PageOfProps<Row>) {
  if (page.error)
    return (
      <div className="panel-body">
        <ErrorPanel error={page.error} retry={() => page.refetch()} />
      </div>
    )
  if (!page.data)
    return (
      <div className="panel-body">
        <Placeholder height={400} label="The evidence" />
      </div>
    )
  const isFiltered = asked.search.include !== undefined || asked.search.reason !== undefined
  if (page.data.items.length === 0 && isFiltered && totals !== null && totals.rows > 0) {
    return (
      <>
        <TotalsLine totals={totals} metric={metric} noun={noun} asked={asked} />
        <EmptyState title={`No such ${noun}`}>{`None of the ${counted(totals.rows, noun)} of this window passes the filter.`}</EmptyState>
      </>
    )
  }
  if (page.data.items.length === 0) {
    return (
      <EmptyState title={`No ${noun} here`}>
        {noun === 'waiting change'
          ? 'Everything merged is live, or no source tells of merged changes.'
          : 'Nothing of this kind was seen in this window and environment. Choose a longer window, or see on the sources page what was collected.'}
      </EmptyState>
    )
  }
  return (
    <>
      {totals && <TotalsLine totals={totals} metric={metric} noun={noun} asked={asked} />}
      <div aria-busy={page.isPlaceholderData} className="evidence-rows">
        {children(page.data)}
      </div>
      <Pager next={page.data.next} asked={asked} />
    </>
  )
}

function TotalsLine({ totals, metric, noun, asked }: { totals: Totals; metric: MetricName; noun: string; asked: AskedView }) {
  const rate = metric === 'change_fail_rate' || metric === 'deployment_rework_rate'
  return (
    <ul className="totals numbers" aria-label="What adds up">
      <li>
        <strong>{counted(totals.included, noun)}</strong> {noun === 'waiting change' ? '' : 'included'}
      </li>
      {rate && (
        <li>
          <strong>{totals.counts.toLocaleString('en-GB')}</strong> of them {metric === 'change_fail_rate' ? 'failed' : 'rework'}
        </li>
      )}
      {totals.rows === totals.included && noun !== 'waiting change' && <li className="dim">none excluded</li>}
      <ExcludedReasons totals={totals} asked={asked} />
    </ul>
  )
}

function Pager({ next, asked }: { next: string | null; asked: AskedView }) {
  const navigate = useNavigate()
  const { cursor, trail } = asked.search
  const before = trail?.split(' ') ?? []
  if (next === null && cursor === undefined) return null
  const go = (change: Pick<Search, 'cursor' | 'trail'>) =>
    navigate({ to: '.', search: (search: Search) => ({ ...search, ...change }), hash: '', resetScroll: false })
  return (
    <nav className="pager no-print" aria-label="Pages of evidence">
      <span className="dim small">Page {before.length + (cursor === undefined ? 1 : 2)}</span>
      <Button
        size="xs"
        variant="default"
        disabled={cursor === undefined}
        leftSection={<Icon name="left" size={13} />}
        onClick={() => go({ cursor: before.at(-1), trail: before.length > 1 ? before.slice(0, -1).join(' ') : undefined })}
      >
        Previous
      </Button>
      <Button
        size="xs"
        variant="default"
        disabled={next === null}
        rightSection={<Icon name="right" size={13} />}
        onClick={() => next && go({ cursor: next, trail: cursor === undefined ? undefined : [...before, cursor].join(' ') })}
      >
        Next
      </Button>
    </nav>
  )
}

function CsvButton({ kind, asked }: { kind: 'deployments' | 'changes' | 'incidents'; asked: EvidenceAsk }) {
  const [state, setState] = useState<'idle' | 'busy' | 'failed'>('idle')
  async function download() {
    setState('busy')
    try {
      const address = URL.createObjectURL(await getEvidenceCsv(kind, asked))
      const link = document.createElement('a')
      link.href = address
      link.download = `${kind}-${asked.scope.replaceAll(/[^A-Za-z0-9-]+/g, '-')}-${asked.from}-${asked.to}.csv`
      link.click()
      URL.revokeObjectURL(address)
      setState('idle')
    } catch {
      setState('failed')
    }
  }
  return (
    <Button size="xs" variant="default" leftSection={<Icon name="download" size={13} />} loading={state === 'busy'} onClick={download}>
      {state === 'failed' ? 'Failed, try again' : 'CSV'}
    </Button>
  )
}
