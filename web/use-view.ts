/** The view that the URL asks for, with its defaults filled in. */
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import type { View } from './api.ts'
import { dayOf, lastTwelveWeeks, type Period } from './calendar.ts'
import { instanceQuery } from './queries.ts'
import type { BucketName, Search } from './search.ts'

export interface AskedView {
  view: View & Period
  /** The last 12 weeks of the same scope and environment: what sparklines show whatever the window. */
  weeks: View & Period
  bucket: BucketName
  search: Search
  today: string
  timeZone: string
  /** Changes the URL; undefined takes a parameter out of it. */
  change(next: Partial<Search>): void
}

export function useView(scope?: string): AskedView {
  const search = useSearch({ strict: false }) as Search
  const navigate = useNavigate()
  const timeZone = useQuery(instanceQuery()).data?.timeZone ?? 'UTC'
  const today = dayOf(Date.now(), timeZone)
  const recent = lastTwelveWeeks(today)
  const environment = search.environment ?? 'production'
  const asked = { scope: scope ?? search.scope ?? 'org', environment }
  return {
    view: { ...asked, from: search.from ?? recent.from, to: search.to ?? recent.to },
    weeks: { ...asked, ...recent },
    bucket: search.bucket ?? 'week',
    search,
    today,
    timeZone,
    change: (next) => navigate({ to: '.', search: (before: Search) => ({ ...before, ...next }), replace: true, resetScroll: false }),
  }
}
