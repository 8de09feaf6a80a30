import { describe, expect, test } from 'vitest'
import { GrafanaOptions } from '../../../server/sources/grafana/options.ts'

describe('options', () => {
  test('need what Grafana shows', () => {
    expect(GrafanaOptions.parse({ webhook: { secret: 'agreed' } })).toEqual({
      webhook: { secret: 'agreed', header: 'X-Grafana-Alerting-Signature' },
      alerts: true,
      except: { alertname: '^(?:DatasourceError|DatasourceNoData|TestAlert)$' },
      service: ['service', 'service_name', 'app', 'job'],
      severity: 'severity',
    })
  })

  test.each([
    [{}, /must be one of \{ secret: SECRET \}/],
    [{ webhook: 'agreed' }, /must be one of \{ secret: SECRET \}/],
    [{ webhook: { secret: '' } }, /must be one of|must not be empty/],
    [{ webhook: { token: 'x' }, alerts: {} }, /must name at least one label|must be true/],
    [{ webhook: { token: 'x' }, url: 'http://grafana' }, /url/],
  ])('of %j are refused with the mend', (given, message) => {
    expect(
      GrafanaOptions.safeParse(given)
        .error?.issues.map((issue) => issue.message)
        .join(),
    ).toMatch(message)
  })
})
