import { Select } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import type { View } from '../api.ts'
import { servicesQuery, teamsQuery } from '../queries.ts'
import { carried, type Search } from '../search.ts'
import { useView } from '../use-view.ts'
import { Icon } from './icon.tsx'

/** Everything, a team or a service; a service has a page of its own. */
export function ScopePicker({ scope }: { scope: string }) {
  const navigate = useNavigate()
  const data = useScopes(scope)
  return (
    <Select
      size="xs"
      w={220}
      searchable
      aria-label="Scope"
      placeholder="Team or service"
      leftSection={<Icon name="search" size={14} />}
      value={scope}
      data={data}
      limit={200}
      maxDropdownHeight={340}
      allowDeselect={false}
      selectFirstOptionOnChange
      nothingFoundMessage="No team or service has this name"
      comboboxProps={{ shadow: 'md' }}
      onChange={(value) => {
        if (value === null) return
        const search = (before: Search) => ({ ...carried(before), scope: undefined })
        if (value.startsWith('service:')) navigate({ to: '/services/$service', params: { service: value.slice(8) }, search })
        else navigate({ to: '/', search: (before: Search) => ({ ...carried(before), scope: value === 'org' ? undefined : value }) })
      }}
    />
  )
}

/** Scopes as a select takes them. */
export function useScopes(current: string) {
  const { weeks } = useView('org')
  const { from, to, environment }: Omit<View, 'scope'> = weeks
  const services = useQuery(servicesQuery({ from, to, environment })).data?.services ?? []
  const teams = useQuery(teamsQuery()).data?.teams ?? []
  const groups = [
    { group: 'Organisation', items: [{ value: 'org', label: 'Everything' }] },
    { group: 'Teams', items: teams.map((team) => ({ value: `team:${team.id}`, label: team.title })) },
    { group: 'Services', items: services.map((service) => ({ value: `service:${service.id}`, label: service.id })) },
  ].filter((group) => group.items.length > 0)
  const known = groups.some((group) => group.items.some((item) => item.value === current))
  if (!known) groups.push({ group: 'Shown now', items: [{ value: current, label: current.replace(/^(?:team|service):/, '') }] })
  return groups
}
