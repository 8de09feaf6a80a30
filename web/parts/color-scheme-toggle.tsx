import { ActionIcon, useMantineColorScheme } from '@mantine/core'
import { Icon } from './icon.tsx'

const next = { auto: 'light', light: 'dark', dark: 'auto' } as const
const icons = { auto: 'auto', light: 'sun', dark: 'moon' } as const
const names = { auto: 'as the system', light: 'light', dark: 'dark' } as const

/** Goes round: as the system, light, dark. */
export function ColorSchemeToggle() {
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  const label = `Colours: ${names[colorScheme]}. Change to ${names[next[colorScheme]]}`
  return (
    <ActionIcon variant="subtle" color="gray" size={32} aria-label={label} title={label} onClick={() => setColorScheme(next[colorScheme])}>
      <Icon name={icons[colorScheme]} />
    </ActionIcon>
  )
}
