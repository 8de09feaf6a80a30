import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { formatInstant } from '../format.ts'
import { sourcesQuery } from '../queries.ts'
import { Icon } from './icon.tsx'

interface Props {
  /** Only the sources of these services; null: all. */
  services: string[] | null
  timeZone: string
}

/** Sources that could not be read when last asked: a quiet page may only be one that nobody tells anything. */
export function FailingSources({ services, timeZone }: Props) {
  const sources = useQuery(sourcesQuery()).data?.sources ?? []
  const failing = sources.filter((source) => source.lastError && (services === null || source.services.some((id) => services.includes(id))))
  if (failing.length === 0) return null
  return (
    <ul className="failing-sources numbers">
      {failing.map(({ id, lastError, lastSuccess }) => (
        <li key={id}>
          <Icon name="warning" />
          <span>
            Source <strong>{id}</strong> failed on {lastError && formatInstant(lastError.at, timeZone)}: {lastError?.message}{' '}
            {lastSuccess ? `Its data is as of ${formatInstant(lastSuccess, timeZone)}.` : 'It has never been read.'}{' '}
            <Link to="/sources" search={{ source: id }}>
              Sources
            </Link>
          </span>
        </li>
      ))}
    </ul>
  )
}
