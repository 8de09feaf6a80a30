import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Fragment } from 'react'
import { teamsQuery } from '../queries.ts'
import { carried, type Search } from '../search.ts'
import { wayTo } from '../team-tree.ts'

interface Props {
  search: Search
  /** The innermost team that this belongs to. */
  team: string | null
  /** What the page shows; without it the team itself. */
  here?: string
}

/** Where this is: everything, the teams from the top down, the page. */
export function Crumbs({ search, team, here }: Props) {
  const teams = useQuery(teamsQuery()).data?.teams ?? []
  const way = team === null ? [] : wayTo(teams, team)
  const links = [{ id: null, title: 'Everything' }, ...way]
  const last = here ?? links.pop()?.title
  return (
    <nav className="crumbs" aria-label="Where this is">
      {links.map(({ id, title }) => (
        <Fragment key={id}>
          <Link to="/" search={{ ...carried(search), scope: id === null ? undefined : `team:${id}` }}>
            {title}
          </Link>
          <span aria-hidden="true">/</span>
        </Fragment>
      ))}
      <span>{last}</span>
    </nav>
  )
}
