import { Select } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { type KeyboardEvent, useRef, useState } from 'react'
import type { View } from '../api.ts'
import { servicesQuery, teamsQuery } from '../queries.ts'
import { filterScopes, type ScopeGroup, type ScopeOption, scopeOptions } from '../scope-options.ts'
import { carried, type Search } from '../search.ts'
import { useView } from '../use-view.ts'
import { Icon } from './icon.tsx'

/** Options of a group. */
const mostShown = 200

/** Everything, a team or a service; a service has a page of its own. */
export function ScopePicker({ scope }: { scope: string }) {
  const navigate = useNavigate()
  return (
    <ScopeSelect
      scope={scope}
      choose={(value) => {
        const search = (before: Search) => ({ ...carried(before), scope: undefined })
        if (value.startsWith('service:')) navigate({ to: '/services/$service', params: { service: value.slice(8) }, search })
        else navigate({ to: '/', search: (before: Search) => ({ ...carried(before), scope: value === 'org' ? undefined : value }) })
      }}
    />
  )
}

/** Every scope there is, teams as a tree. */
export function ScopeSelect({ scope, choose }: { scope: string; choose(scope: string): void }) {
  const data = useScopes(scope)
  const [letters, setLetters] = useState('')
  const moved = useRef(false)
  const chosen = data.flatMap(({ items }) => items).find(({ value }) => value === scope)?.label
  /** Enter takes the first of what is found, unless an arrow went elsewhere: the mark on it may come a moment after the list. */
  function takeFirst(event: KeyboardEvent<HTMLDivElement>): void {
    if (event.key.startsWith('Arrow')) moved.current = true
    if (event.key !== 'Enter' || moved.current || letters === '' || letters === chosen) return
    const [first] = filterScopes(data, letters, mostShown).flatMap(({ items }) => items)
    if (first === undefined) return
    event.preventDefault()
    event.stopPropagation()
    if (event.target instanceof HTMLElement) event.target.blur()
    choose(first.value)
  }
  return (
    <Select
      size="xs"
      wrapperProps={{ onKeyDownCapture: takeFirst }}
      w={220}
      searchable
      aria-label="Scope"
      placeholder="Team or service"
      leftSection={<Icon name="search" size={14} />}
      value={scope}
      data={data}
      filter={({ options, search, limit }) => filterScopes(options as ScopeGroup[], search, limit)}
      renderOption={({ option, checked }) => <ScopeLine option={option as ScopeOption} checked={checked ?? false} />}
      limit={mostShown}
      maxDropdownHeight={340}
      allowDeselect={false}
      // Enter takes the first of what is found; before anything is typed it keeps what is chosen.
      selectFirstOptionOnChange={letters !== chosen}
      onSearchChange={(typed) => {
        moved.current = false
        setLetters(typed)
      }}
      nothingFoundMessage="No team or service has this name"
      comboboxProps={{ shadow: 'md', width: 280, position: 'bottom-start' }}
      onChange={(value) => value !== null && choose(value)}
    />
  )
}

/** Indented in the tree; by itself, as a search finds it, with the teams that it is within. */
function ScopeLine({ option, checked }: { option: ScopeOption; checked: boolean }) {
  const { label, depth, within, found } = option
  return (
    <span className="scope-option" style={{ paddingInlineStart: found ? 0 : Math.min(depth, 6) * 16 }}>
      <span className="scope-label">{label}</span>
      {within !== '' && <span className={found ? 'dim scope-within' : 'visually-hidden'}> in {within}</span>}
      {checked && <Icon name="check" size={14} />}
    </span>
  )
}

function useScopes(current: string): ScopeGroup[] {
  const { weeks } = useView('org')
  const { from, to, environment }: Omit<View, 'scope'> = weeks
  const services = useQuery(servicesQuery({ from, to, environment })).data?.services ?? []
  const teams = useQuery(teamsQuery()).data?.teams ?? []
  return scopeOptions(teams, services, current)
}
