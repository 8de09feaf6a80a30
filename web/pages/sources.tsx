import { useQuery } from '@tanstack/react-query'
import { useSearch } from '@tanstack/react-router'
import { PageTitle } from '../parts/page-title.tsx'
import { SourceCard } from '../parts/source-card.tsx'
import { ErrorPanel, NoSource, Placeholder } from '../parts/state-panels.tsx'
import { instanceQuery, sourcesQuery } from '../queries.ts'
import type { Search } from '../search.ts'
import { sourcesLine } from '../source-words.ts'

/** Where the facts come from, how fresh they are, and what to mend. */
export function SourcesPage() {
  const sources = useQuery(sourcesQuery())
  const timeZone = useQuery(instanceQuery()).data?.timeZone ?? 'UTC'
  const search = useSearch({ strict: false }) as Search
  return (
    <>
      <PageTitle page="Sources" title="Sources" />
      <p className="page-lead">
        Every number rests on what these systems told.{' '}
        {sources.data && sources.data.sources.length > 0 && sourcesLine(sources.data.sources)}
      </p>
      <div className="stack" style={{ marginTop: 18 }}>
        {sources.error ? (
          <ErrorPanel error={sources.error} retry={() => sources.refetch()} />
        ) : !sources.data ? (
          <>
            <Placeholder height={150} label="The first source" />
            <Placeholder height={150} label="The second source" />
          </>
        ) : sources.data.sources.length === 0 ? (
          <div className="panel">
            <NoSource />
          </div>
        ) : (
          sources.data.sources.map((source) => (
            <SourceCard
              key={source.id}
              source={source}
              timeZone={timeZone}
              panel={search.source === source.id ? (search.panel ?? null) : null}
            />
          ))
        )}
      </div>
    </>
  )
}
