/** A small report as it would be stored, to render and to compare. */
import type { FailureLine, MetricLine, ReportContent, ReportSnapshot, WhyLine } from '../../server/report/snapshot.ts'

export function metricLine(given: Partial<MetricLine> & Pick<MetricLine, 'id' | 'unit'>): MetricLine {
  const nothing = { value: null, n: 0, interval: null, reason: null, count: null, pending: 0, provisional: 0, open: 0, clusters: null }
  return { ...nothing, signals: [], before: [], ...given }
}

export function failureLine(given: Partial<FailureLine> = {}): FailureLine {
  return {
    key: 'api/d7',
    deployment: { name: 'shop 1.7.0', url: 'https://example.com/d/7' },
    service: 'shop',
    deployedAt: '2026-11-17T10:00:00.000Z',
    confidence: 'confirmed',
    rule: 'rollback',
    evidence: ['rolled back to 1.6.0'],
    remedies: ['rolled back by shop 1.6.0, Tue 17 Nov 2026, 11:00'],
    pending: false,
    saidBy: null,
    beganAt: '2026-11-17T10:00:00.000Z',
    noticedSeconds: 1800,
    recoveredAt: '2026-11-17T11:00:00.000Z',
    seconds: 3600,
    ...given,
  }
}

export function whyLine(given: Partial<WhyLine> = {}): WhyLine {
  return {
    id: 'change_lead_time',
    sentences: ['A typical change took 2.4 days.', 'Most of that is <till> (3 days, before 1 day).'],
    parts: [
      { split: 'services', unit: 'log_seconds', size: 0.5, text: 'mix, shop: 60 % of the changes, before 40 % of the changes' },
      { split: 'stages', unit: 'seconds', size: -3600, text: 'review: 1 h a change, before 2 h' },
    ],
    ...given,
  }
}

const weeks = ['2026-W43', '2026-W44', '2026-W45', '2026-W46']

export function reportContent(given: Partial<ReportContent> = {}): ReportContent {
  const rate = { unit: 'ratio' as const, value: 1 / 12, n: 12, count: 1, interval: [0.015, 0.354] as [number, number] }
  const lead = { value: 207_360, n: 43, interval: [86_400, 300_000] as [number, number], clusters: { n: 12, unit: 'deployment' } }
  return {
    week: '2026-W47',
    from: '2026-11-16',
    to: '2026-11-23',
    timeZone: 'UTC',
    environment: 'production',
    definition: 'dora@1',
    asOf: '2026-11-24T08:00:00.000Z',
    partial: false,
    coverage: { days: 7, of: 7 },
    pooled: null,
    headline: 'shop was deployed to production 12 times in 7 days.',
    metrics: [
      metricLine({
        id: 'deployment_frequency',
        unit: 'per_week',
        value: 12,
        n: 12,
        interval: [6.2, 21],
        before: weeks.map((week, index) => ({ week, value: 10 + index, n: 10 + index, count: null, reason: null })),
      }),
      metricLine({ id: 'change_lead_time', unit: 'seconds', ...lead }),
      metricLine({ id: 'failed_deployment_recovery_time', unit: 'seconds', value: 3600, n: 1 }),
      metricLine({ id: 'change_fail_rate', ...rate, pending: 1, provisional: 2 }),
      metricLine({ id: 'deployment_rework_rate', ...rate }),
      metricLine({ id: 'batch_size', unit: 'changes', value: 3.5, n: 12 }),
      metricLine({ id: 'incident_time_to_restore', unit: 'seconds', reason: 'no_incidents' }),
    ],
    failures: [failureLine()],
    slowest: [
      {
        key: 'api/c1',
        change: { name: 'Add vouchers', url: null },
        service: 'shop',
        deployedAt: '2026-11-18T10:00:00.000Z',
        leadSeconds: 561_600,
        longest: { stage: 'pickup', seconds: 354_240 },
      },
    ],
    waiting: {
      at: '2026-11-23T00:00:00.000Z',
      count: 4,
      oldest: [
        {
          key: 'api/c9',
          change: { name: 'Split shipments', url: null },
          service: 'shop',
          mergedAt: '2026-11-10T00:00:00.000Z',
          waitSeconds: 1_123_200,
        },
      ],
    },
    health: {
      sources: [{ id: 'api', lastSuccessAt: '2026-11-24T08:00:00.000Z', lagSeconds: 3600, error: null }],
      uncoveredDays: 0,
      uncoveredServices: [],
      unmapped: [],
      commitUnknown: 0,
      unassigned: [],
      pending: 1,
      provisional: 2,
    },
    questions: ['Why did “Add vouchers” wait?'],
    ...given,
  }
}

export function reportSnapshot(given: Partial<ReportSnapshot> = {}): ReportSnapshot {
  return {
    version: 1,
    id: '2026-W47-abc',
    revision: 1,
    madeAt: '2026-11-24T09:00:00.000Z',
    scope: 'service:shop',
    title: 'shop',
    demo: false,
    content: reportContent(),
    changed: null,
    ...given,
  }
}
