import { MantineProvider } from '@mantine/core'
import { renderToStaticMarkup } from 'react-dom/server'
import { expect, it } from 'vitest'
import type { DistributionBody } from '../../../web/api.ts'
import { DistributionChart } from '../../../web/charts/distribution-chart.tsx'

const data: DistributionBody = {
  scope: 'service:shop',
  from: '2026-01-01',
  to: '2026-02-01',
  environment: 'production',
  asOf: null,
  n: 2,
  zero: 1,
  median: 1800,
  p90: 3240,
  bins: [{ from: 3000, to: 4000, n: 1 }],
  points: [
    { seconds: 0, deployedAt: '2026-01-10T00:00:00Z', service: 'shop', key: 'a', title: 'At once' },
    { seconds: 3600, deployedAt: '2026-01-11T00:00:00Z', service: 'shop', key: 'b', title: 'Later' },
  ],
}

it('paints the band of zero lead times beneath the dots', () => {
  const markup = renderToStaticMarkup(
    <MantineProvider>
      <DistributionChart data={data} timeZone="UTC" />
    </MantineProvider>,
  )
  const [band, dots] = [markup.indexOf('distribution-zero'), markup.indexOf('distribution-dots')]
  expect(band).toBeGreaterThan(0)
  expect(dots).toBeGreaterThan(band)
})
