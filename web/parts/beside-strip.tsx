import { Link } from '@tanstack/react-router'
import type { MetricsAnswer } from '../api.ts'
import { counted, formatDuration } from '../format.ts'
import { weeklyAbsence } from '../metric-view.ts'
import type { MetricName } from '../search.ts'
import type { AskedView } from '../use-view.ts'
import { absenceWords } from '../words.ts'
import { type MetricPlace, metricLink } from './metric-tiles.tsx'
import { Verdict } from './verdict.tsx'

/** What explains the five: batch size, waiting changes, failures a week, all incidents. */
export function BesideStrip({ answer, asked, place }: { answer: MetricsAnswer; asked: AskedView; place: MetricPlace | null }) {
  const { batch_size: batch, change_lead_time: lead, change_fail_rate: fails, incident_time_to_restore: restore } = answer.metrics
  const link = (metric: MetricName) => metricLink(metric, asked, place)
  const waiting = link('change_lead_time')
  const isWaitingKnown = answer.coverage.days > 0 || lead.waiting.count > 0
  return (
    <dl className="beside panel numbers">
      <div>
        <dt>
          <Link {...link('batch_size')} hash="evidence">
            Batch size
          </Link>
        </dt>
        <dd>
          <strong>{batch.value === null ? 'No data' : `${number(batch.value)} ${batch.value === 1 ? 'change' : 'changes'}`}</strong>
          <span>
            {batch.value === null
              ? absenceWords[batch.reason ?? 'no_deployments']
              : `median of ${counted(batch.n, 'deployment')}${batch.p90 === null ? '' : `, p90 ${number(batch.p90)}`}`}
          </span>
          {batch.value !== null && batch.comparison && <Verdict comparison={batch.comparison} />}
        </dd>
      </div>
      <div>
        <dt>
          <Link {...waiting} search={{ ...waiting.search, rows: 'waiting' }} hash="evidence">
            Waiting to be deployed
          </Link>
        </dt>
        <dd>
          <strong>{isWaitingKnown ? counted(lead.waiting.count, 'change') : 'No data'}</strong>
          <span>
            {lead.waiting.oldestSeconds === null
              ? isWaitingKnown
                ? 'Nothing merged waits'
                : absenceWords.not_covered
              : `oldest merged ${formatDuration(lead.waiting.oldestSeconds)} ago`}
          </span>
        </dd>
      </div>
      <div>
        <dt>Failures a week</dt>
        <dd>
          <strong>{fails.failuresPerWeek === null ? 'No data' : number(fails.failuresPerWeek)}</strong>
          <span>
            {fails.failuresPerWeek === null
              ? weeklyAbsence(answer.metrics)
              : `${counted(fails.count, 'failed deployment')}${fails.pending > 0 ? `, ${fails.pending} too young to judge` : ''}`}
          </span>
        </dd>
      </div>
      <div>
        <dt>
          <Link {...link('incident_time_to_restore')} hash="evidence">
            Incident time to restore
          </Link>
        </dt>
        <dd>
          <strong>{restore.value === null ? 'No data' : formatDuration(restore.value)}</strong>
          <span>
            {restore.value === null && restore.n === 0
              ? absenceWords[restore.reason ?? 'no_incidents']
              : `median of ${counted(restore.n, 'incident')}${restore.open > 0 ? `, ${restore.open} open` : ''}`}
          </span>
          {restore.value !== null && restore.comparison && <Verdict comparison={restore.comparison} />}
        </dd>
      </div>
    </dl>
  )
}

function number(value: number): string {
  return value.toLocaleString('en-GB', { maximumFractionDigits: value >= 10 ? 0 : 1 })
}
