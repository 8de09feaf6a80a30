import { Button, Select, TextInput } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { ApiError, refreshReport, reportAddress, type StoredReport } from '../api.ts'
import { addDays, dayOf, isoWeekOf, mondayOfWeek } from '../calendar.ts'
import { formatDay, formatInstant } from '../format.ts'
import { Icon } from '../parts/icon.tsx'
import { PageTitle } from '../parts/page-title.tsx'
import { ReportView } from '../parts/report-view.tsx'
import { ScopeSelect } from '../parts/scope-picker.tsx'
import { ErrorPanel, Placeholder } from '../parts/state-panels.tsx'
import { reportQuery } from '../queries.ts'
import { useView } from '../use-view.ts'

const formats = [
  { format: 'md', label: 'Markdown' },
  { format: 'html', label: 'HTML' },
  { format: 'csv', label: 'CSV' },
  { format: 'json', label: 'JSON' },
] as const

/** The week for the retro: made once, stored, and the same whenever it is opened again. */
export function ReportPage() {
  const { search, change, today, timeZone } = useView()
  const scope = search.scope ?? 'org'
  const week = search.week ?? isoWeekOf(addDays(today, -7))
  const report = useQuery(reportQuery(scope, week, search.revision))
  return (
    <>
      <PageTitle page="Weekly report" title="Weekly report" />
      <fieldset className="view-bar" aria-label="Which report">
        <ScopeSelect scope={scope} choose={(next) => change({ scope: next === 'org' ? undefined : next, revision: undefined })} />
        <WeekPicker week={week} today={today} choose={(next) => change({ week: next, revision: undefined })} />
        {report.data && (
          <Actions report={report.data} timeZone={timeZone} scope={scope} week={week} choose={(revision) => change({ revision })} />
        )}
      </fieldset>
      {report.error ? (
        <ErrorPanel error={report.error} retry={() => report.refetch()} />
      ) : report.data ? (
        <ReportView snapshot={report.data.snapshot} />
      ) : (
        <Placeholder height={1000} label="The report" />
      )}
    </>
  )
}

function WeekPicker({ week, today, choose }: { week: string; today: string; choose(week: string): void }) {
  const monday = mondayOfWeek(week) ?? today
  const step = (days: number) => choose(isoWeekOf(addDays(monday, days)))
  return (
    <fieldset className="week-picker" aria-label="Week">
      <Button size="xs" variant="default" aria-label="Week before" px={8} onClick={() => step(-7)}>
        <Icon name="left" size={14} />
      </Button>
      <TextInput
        key={week}
        size="xs"
        w={100}
        aria-label="ISO week"
        defaultValue={week}
        onBlur={(event) => mondayOfWeek(event.currentTarget.value) && choose(event.currentTarget.value)}
        onKeyDown={(event) => event.key === 'Enter' && mondayOfWeek(event.currentTarget.value) && choose(event.currentTarget.value)}
      />
      <Button size="xs" variant="default" aria-label="Week after" px={8} disabled={addDays(monday, 7) > today} onClick={() => step(7)}>
        <Icon name="right" size={14} />
      </Button>
      <span className="dim small numbers">
        {formatDay(monday)} – {formatDay(addDays(monday, 6), true)}
      </span>
    </fieldset>
  )
}

interface ActionsProps {
  report: StoredReport
  timeZone: string
  scope: string
  week: string
  choose(revision: number | undefined): void
}

function Actions({ report, timeZone, scope, week, choose }: ActionsProps) {
  const queries = useQueryClient()
  const refresh = useMutation({
    mutationFn: () => refreshReport(report.id),
    onSuccess: async (newest) => {
      queries.setQueryData(reportQuery(scope, week, undefined).queryKey, newest)
      choose(undefined)
    },
  })
  const unchanged = refresh.data && refresh.data.revision === report.revision && report.revision === report.revisions
  return (
    <>
      <Select
        size="xs"
        w={270}
        aria-label="Revision"
        className="numbers"
        value={String(report.revision)}
        allowDeselect={false}
        data={Array.from({ length: report.revisions }, (_, index) => {
          const revision = report.revisions - index
          const made = revision === report.revision ? `, made ${formatInstant(report.createdAt, timeZone)}` : ''
          return { value: String(revision), label: `Revision ${revision}${made}` }
        })}
        onChange={(value) => choose(value === null || Number(value) === report.revisions ? undefined : Number(value))}
        comboboxProps={{ shadow: 'md' }}
      />
      <Button
        size="xs"
        variant="default"
        leftSection={<Icon name="refresh" size={13} />}
        loading={refresh.isPending}
        onClick={() => refresh.mutate()}
      >
        Refresh
      </Button>
      <fieldset className="row" aria-label="Download">
        {formats.map(({ format, label }) => (
          <Button
            key={format}
            component="a"
            href={reportAddress(report.id, format, report.revision)}
            download
            size="xs"
            variant="default"
            leftSection={<Icon name="download" size={13} />}
          >
            {label}
          </Button>
        ))}
        <Button size="xs" variant="default" leftSection={<Icon name="print" size={13} />} onClick={() => window.print()}>
          Print
        </Button>
      </fieldset>
      <span role="status" className="small dim">
        {refresh.error &&
          (refresh.error instanceof ApiError ? refresh.error.message : 'It could not be refreshed: the server did not answer.')}
        {unchanged && `Nothing changed since ${dayOf(Date.parse(report.createdAt), timeZone)}.`}
      </span>
    </>
  )
}
