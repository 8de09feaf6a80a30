import { describe, expect, test } from 'vitest'
import { PrometheusOptions } from '../../../server/sources/prometheus/options.ts'

describe('options', () => {
  test('need little', () => {
    expect(PrometheusOptions.parse({ url: 'http://prometheus:9090/' })).toEqual({
      url: 'http://prometheus:9090',
      alerts: { severity: '(?i)^(?:critical|page)$' },
      except: { alertname: '^(?:Watchdog|DeadMansSwitch|InfoInhibitor)$' },
      service: ['service', 'app', 'job'],
      severity: 'severity',
      externalLabels: {},
      backfillDays: 90,
    })
  })

  test.each([
    [{}, /needs url, to read past alerts, or webhook/],
    [{ url: 'prometheus:9090' }, /must be an address/],
    [{ url: 'http://x', user: 'ada' }, /goes with password/],
    [{ url: 'http://x', token: 't', user: 'a', password: 'b' }, /does not go with user and password/],
    [{ url: 'http://x', step: 600 }, /300 at most/],
    [{ url: 'http://x', alerts: false }, /must be true, or an expression for each of some labels/],
    [{ webhook: 'secret' }, /must be one of \{ token: SECRET \}/],
    [{ url: 'http://x', severities: ['critical'] }, /severities/],
  ])('of %j are refused with the mend', (given, message) => {
    expect(
      PrometheusOptions.safeParse(given)
        .error?.issues.map((issue) => issue.message)
        .join(),
    ).toMatch(message)
  })
})
