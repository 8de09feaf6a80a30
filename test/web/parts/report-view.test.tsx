import { MantineProvider } from '@mantine/core'
import { renderToStaticMarkup } from 'react-dom/server'
import { expect, it } from 'vitest'
import { ReportView } from '../../../web/parts/report-view.tsx'
import { reportContent, reportSnapshot, whyLine } from '../../report/snapshot-fixture.ts'

function shown(content: Parameters<typeof reportContent>[0]): string {
  return renderToStaticMarkup(
    <MantineProvider>
      <ReportView snapshot={reportSnapshot({ content: reportContent(content) })} />
    </MantineProvider>,
  )
}

const nothing = { slowest: [], waiting: { at: '2026-11-23T00:00:00.000Z', count: 0, oldest: [] } }

it('tells nothing as nothing where the week is covered', () => {
  expect(shown(nothing)).toContain('No merged change waits.')
})

it('tells nothing of a week without data', () => {
  const text = shown({ ...nothing, coverage: { days: 0, of: 7 } })
  expect(text.match(/Not known: no data covers this week\./g)).toHaveLength(2)
  expect(text).not.toMatch(/No merged change|No change was delivered|None is known|The five metrics/)
})

it('tells why metrics moved, where the report knows', () => {
  expect(shown({ why: [whyLine()] })).toMatch(/Why it moved<\/h3>.*Change lead time<\/strong> A typical change took 2\.4 days\./)
  expect(shown({ why: [] })).not.toContain('Why it moved')
  expect(shown({})).not.toContain('Why it moved')
})
