/** The questions the pages ask, under the keys by which their answers are kept. */
import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import * as api from './api.ts'
import type { BucketName } from './search.ts'

/** While nothing is collected yet, the first collection may end at any moment. */
function whileEmpty<T extends { asOf: string | null }>(query: { state: { data: T | undefined } }): number | false {
  return query.state.data?.asOf === null ? 2000 : false
}

export function instanceQuery() {
  return queryOptions({ queryKey: ['instance'], queryFn: api.getInstance, staleTime: Number.POSITIVE_INFINITY })
}

export function metricsQuery(view: api.View, bucket: BucketName) {
  return queryOptions({
    queryKey: ['metrics', view, bucket],
    queryFn: () => api.getMetrics(view, bucket),
    refetchInterval: whileEmpty,
    placeholderData: keepPreviousData,
  })
}

export function explanationQuery(view: api.View, bucket: BucketName, metric: api.ExplainedMetric) {
  return queryOptions({
    queryKey: ['explanation', view, bucket, metric],
    queryFn: () => api.getExplanation(view, bucket, metric),
    placeholderData: keepPreviousData,
  })
}

export function headlineQuery(view: api.View) {
  return queryOptions({
    queryKey: ['headline', view],
    queryFn: () => api.getHeadline(view),
    refetchInterval: whileEmpty,
    placeholderData: keepPreviousData,
  })
}

/** Services with their metrics; without a window that of the last 12 weeks. */
export function servicesQuery({ from, to, environment }: Omit<api.View, 'scope'>) {
  const asked = { from, to, environment }
  return queryOptions({
    queryKey: ['services', asked],
    queryFn: () => api.getServices(asked),
    refetchInterval: whileEmpty,
    placeholderData: keepPreviousData,
  })
}

export function serviceQuery(id: string) {
  return queryOptions({ queryKey: ['service', id], queryFn: () => api.getService(id) })
}

/** The tree alone. */
export function teamsQuery() {
  return queryOptions({ queryKey: ['teams'], queryFn: () => api.getTeams({}), staleTime: 300_000 })
}

/** All teams with their metrics. */
export function teamMetricsQuery({ from, to, environment }: Omit<api.View, 'scope'>) {
  const asked = { from, to, environment }
  return queryOptions({
    queryKey: ['teams', asked],
    queryFn: () => api.getTeams(asked),
    refetchInterval: whileEmpty,
    placeholderData: keepPreviousData,
  })
}

export function deploymentsQuery(asked: api.EvidenceAsk) {
  return queryOptions({ queryKey: ['deployments', asked], queryFn: () => api.getDeployments(asked), placeholderData: keepPreviousData })
}

export function changesQuery(asked: api.EvidenceAsk & { state?: 'waiting' }) {
  return queryOptions({ queryKey: ['changes', asked], queryFn: () => api.getChanges(asked), placeholderData: keepPreviousData })
}

export function incidentsQuery(asked: api.EvidenceAsk) {
  return queryOptions({ queryKey: ['incidents', asked], queryFn: () => api.getIncidents(asked), placeholderData: keepPreviousData })
}

export function distributionQuery(view: api.View) {
  return queryOptions({ queryKey: ['distribution', view], queryFn: () => api.getDistribution(view), placeholderData: keepPreviousData })
}

export function definitionQuery() {
  return queryOptions({ queryKey: ['definition'], queryFn: api.getDefinition, staleTime: 300_000 })
}

/** Asks again every second while anything runs, else every half minute. */
export function sourcesQuery() {
  return queryOptions({
    queryKey: ['sources'],
    queryFn: api.getSources,
    refetchInterval: (query) => (query.state.data?.sources.some((source) => source.running) ? 1000 : 30_000),
  })
}

export function runsQuery(id: string) {
  return queryOptions({ queryKey: ['runs', id], queryFn: () => api.getRuns(id) })
}

/** Of the configured rule where none is given. */
export function previewQuery(id: string, rule?: string) {
  return queryOptions({
    queryKey: ['preview', id, rule],
    queryFn: () => api.getPreview(id, rule),
    staleTime: 60_000,
    refetchOnWindowFocus: false,
    retry: false,
  })
}

export function verdictsQuery(ref: { source: string; id: string }) {
  return queryOptions({ queryKey: ['verdicts', ref.source, ref.id], queryFn: () => api.getVerdicts(ref) })
}

export function reportQuery(scope: string, week: string, revision: number | undefined) {
  return queryOptions({
    queryKey: ['report', scope, week, revision],
    queryFn: async () => {
      const newest = await api.makeReport(scope, week)
      return revision === undefined || revision === newest.revision ? newest : { ...newest, ...(await api.getReport(newest.id, revision)) }
    },
    staleTime: Number.POSITIVE_INFINITY,
  })
}
