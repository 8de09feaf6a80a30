/** The organisation's question asked straight over the derived rows, as somebody would who had only them. */
import postgres from 'postgres'

/** Weekly and window values of the five metrics, of a window and of the one before. */
export async function askPlainly(databaseUrl: string, windows: { from: string; to: string }[]): Promise<number[]> {
  const client = postgres(databaseUrl, { max: 1, onnotice() {} })
  try {
    const times: number[] = []
    for (const { from, to } of windows) {
      const [now, end] = [Date.parse(from), Date.parse(to)]
      const before = now - (end - now)
      const startedAt = performance.now()
      await client.unsafe(leadTimes, [before, now, end])
      await client.unsafe(deployments, [before, now, end])
      times.push(performance.now() - startedAt)
    }
    return times
  } finally {
    await client.end()
  }
}

/** Medians by week, and the quantiles of both windows. */
const leadTimes = `
  select deployed_at >= $2::bigint as current,
    case when grouping(week) = 0 then week end as week, count(*) as n,
    percentile_cont(array[0.5, 0.75, 0.9, 0.95]) within group (order by (deployed_at - started_at) / 1000.0) as quantiles,
    count(*) filter (where basis = 'opened') as opened
  from (
    select deployed_at, started_at, basis, (deployed_at - $1::bigint) / 604800000 as week
    from changes
    where deployed_at >= $1::bigint and deployed_at < $3::bigint and tier = 'production' and first_in_tier and exclusion is null
      and deployed_at >= started_at
  ) c
  group by grouping sets ((deployed_at >= $2::bigint, week), (deployed_at >= $2::bigint))`

/** Counts by week and window; the few failures alone are read out of their JSON. */
const deployments = `
  select current, case when grouping(week) = 0 then week end as week,
    count(*) filter (where counted) as deployments,
    count(*) filter (where counted or aborted) as judged,
    count(*) filter (where failed) as failed,
    count(*) filter (where counted and reworked) as reworked,
    percentile_cont(0.5) within group (order by size) filter (where counted) as batch_size,
    percentile_cont(0.5) within group (order by recovery) filter (where recovery is not null) as recovery
  from (
    select at >= $2::bigint as current, (at - $1::bigint) / 604800000 as week,
      body like '%"counted":true%' as counted, body like '%"kind":"aborted"%' as aborted,
      body not like '%"failure":null%' as failed, body not like '%"rework":null%' as reworked,
      substring(body from '"changes":(\\d+)')::int as size,
      case when body not like '%"failure":null%'
        then ((body::json -> 'failure' ->> 'recoveredAt')::bigint - (body::json -> 'failure' ->> 'beganAt')::bigint) / 1000.0 end as recovery
    from deployments
    where at >= $1::bigint and at < $3::bigint and tier = 'production'
  ) d
  group by grouping sets ((current, week), (current))`
