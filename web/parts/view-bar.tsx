import { Button, Popover, SegmentedControl, Select } from '@mantine/core'
import { useState } from 'react'
import { addDays, daysBetween, isDay, lastDay, presets } from '../calendar.ts'
import { counted, formatDay } from '../format.ts'
import { type BucketName, bucketNames } from '../search.ts'
import type { AskedView } from '../use-view.ts'
import { Icon } from './icon.tsx'
import { ScopePicker } from './scope-picker.tsx'

const tiers = ['production', 'staging', 'testing', 'development']
const bucketLabels: Record<BucketName, string> = { day: 'Day', week: 'Week', month: 'Month', quarter: 'Quarter' }

/** What is looked at: scope, window, bucket, environment; all of it lives in the URL. */
export function ViewBar({ asked }: { asked: AskedView }) {
  const { view, bucket, change, search } = asked
  const environment = view.environment ?? 'production'
  return (
    <fieldset className="view-bar" aria-label="What is shown">
      <ScopePicker scope={view.scope} />
      <WindowPicker key={`${view.from}${view.to}`} asked={asked} />
      <SegmentedControl
        size="xs"
        aria-label="Length of a bucket"
        value={bucket}
        onChange={(value) => change({ bucket: value === 'week' ? undefined : (value as BucketName) })}
        data={bucketNames.map((name) => ({ value: name, label: bucketLabels[name] }))}
      />
      <Select
        size="xs"
        w={136}
        aria-label="Environment"
        value={environment}
        allowDeselect={false}
        data={tiers.includes(environment) ? tiers : [environment, ...tiers]}
        onChange={(value) =>
          change({ environment: value === 'production' || value === null ? undefined : value, cursor: undefined, trail: undefined })
        }
        comboboxProps={{ shadow: 'md' }}
      />
      {search.from && (
        <Button
          size="compact-xs"
          variant="subtle"
          onClick={() => change({ from: undefined, to: undefined, bucket: undefined, cursor: undefined, trail: undefined })}
        >
          Reset
        </Button>
      )}
    </fieldset>
  )
}

function WindowPicker({ asked }: { asked: AskedView }) {
  const { view, today, change } = asked
  const [open, setOpen] = useState(false)
  const [first, setFirst] = useState(view.from)
  const [last, setLast] = useState(lastDay(view.to))
  const known = presets.find((preset) => {
    const period = preset.period(today)
    return period.from === view.from && period.to === view.to
  })
  const valid = isDay(first) && isDay(last) && first <= last

  function choose(from: string, to: string, bucket?: BucketName) {
    const isDefault = known?.id !== '12w' && presets[1]?.period(today).from === from && presets[1]?.period(today).to === to
    change({
      from: isDefault ? undefined : from,
      to: isDefault ? undefined : to,
      cursor: undefined,
      trail: undefined,
      ...(bucket ? { bucket: bucket === 'week' ? undefined : bucket } : {}),
    })
    setOpen(false)
  }

  return (
    <Popover opened={open} onChange={setOpen} position="bottom-start" shadow="md" trapFocus returnFocus>
      <Popover.Target>
        <Button
          size="xs"
          variant="default"
          leftSection={<Icon name="calendar" size={14} />}
          rightSection={<Icon name="chevron" size={14} />}
          onClick={() => setOpen(!open)}
          className="numbers"
        >
          {known?.label ?? windowLabel(view.from, view.to)}
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <div className="window-picker">
          <ul className="plain-list" aria-label="Usual windows">
            {presets.map((preset) => (
              <li key={preset.id}>
                <button
                  type="button"
                  className="choice"
                  aria-pressed={preset.id === known?.id}
                  onClick={() => {
                    const period = preset.period(today)
                    choose(period.from, period.to, preset.bucket)
                  }}
                >
                  {preset.label}
                  {preset.id === known?.id && <Icon name="check" size={14} />}
                </button>
              </li>
            ))}
          </ul>
          <form
            className="window-form"
            onSubmit={(event) => {
              event.preventDefault()
              if (valid) choose(first, addDays(last, 1))
            }}
          >
            <label>
              First day
              <input type="date" value={first} max={last} onChange={(event) => setFirst(event.target.value)} />
            </label>
            <label>
              Last day
              <input type="date" value={last} min={first} onChange={(event) => setLast(event.target.value)} />
            </label>
            <p className="dim small numbers">
              {valid ? counted(daysBetween(first, addDays(last, 1)), 'day') : 'The first day must not come after the last.'}
            </p>
            <Button size="xs" type="submit" disabled={!valid}>
              Show
            </Button>
          </form>
        </div>
      </Popover.Dropdown>
    </Popover>
  )
}

/** `1 Sep – 23 Nov 2026`: both days are shown. */
export function windowLabel(from: string, to: string): string {
  const last = lastDay(to)
  return `${formatDay(from, from.slice(0, 4) !== last.slice(0, 4))} – ${formatDay(last, true)}`
}
