/** Incidents of a PagerDuty account. */
import type { Source } from '../source.ts'
import { PagerdutyOptions } from './options.ts'
import { pagerdutyReceiver } from './receive.ts'

/** `retryMs`: before a request that failed is made again. What speaks to PagerDuty is loaded when it is needed: every command reads the registry. */
export function createPagerdutySource(retryMs = 1000): Source<PagerdutyOptions> {
  return {
    id: 'pagerduty',
    title: 'PagerDuty',
    options: PagerdutyOptions,
    namesServices: true,
    async *collect(options, cursor, ctx) {
      const { collectPagerduty } = await import('./collect.ts')
      yield* collectPagerduty(options, cursor, ctx, retryMs)
    },
    receive: pagerdutyReceiver,
    async *refresh(options, changed, cursor, ctx) {
      const { refreshPagerduty } = await import('./collect.ts')
      yield* refreshPagerduty(options, changed, cursor, ctx, retryMs)
    },
    async preview(options, ctx) {
      const { previewPagerduty } = await import('./preview.ts')
      return previewPagerduty(options, ctx, retryMs)
    },
  }
}

export const pagerdutySource = createPagerdutySource()
