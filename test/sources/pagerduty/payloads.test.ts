/** Answers that were recorded at PagerDuty; the folder with them is no part of the project. */
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { Incident, LogEntry } from '../../../server/sources/pagerduty/payloads.ts'
import { factOf } from '../../../server/sources/pagerduty/to-facts.ts'
import { optionsOf, sound } from '../../support/pagerduty-things.ts'

const file = fileURLToPath(new URL('../../../../shared/payloads/pagerduty/rest_incidents.json', import.meta.url))
const isThere = existsSync(file)
if (!isThere) console.info('No recorded payloads beside the repository at ../shared/payloads/pagerduty: their tests are left out.')

describe.runIf(isThere)('recorded incidents', () => {
  const time = (text: string) => Date.parse(`2022-11-03T${text}Z`)

  test('triggered, acknowledged and resolved', () => {
    const facts = JSON.parse(readFileSync(file, 'utf8')).map(({ body }: { body: { log_entries: unknown[] } }) =>
      sound(
        factOf(
          Incident.parse(body),
          body.log_entries.map((one) => LogEntry.parse(one)),
          optionsOf({ urgencies: ['high', 'low'] }),
          'pager',
        ),
      ),
    )
    const common = { kind: 'incident', source: 'pager', service: 'DevService' }
    expect(facts).toEqual([
      {
        ...common,
        id: 'Q3YON8WNWTZMRQ',
        url: 'https://keon-test.pagerduty.com/incidents/Q3YON8WNWTZMRQ',
        title: 'Crash reported',
        severity: 'high',
        openedAt: time('06:23:06'),
        acknowledgedAt: time('06:23:07'),
        updatedAt: time('07:02:38'),
      },
      {
        ...common,
        id: 'Q3CZAU7Q4008QD',
        url: 'https://keon-test.pagerduty.com/incidents/Q3CZAU7Q4008QD',
        title: 'Slow startup',
        severity: 'high',
        openedAt: time('06:44:28'),
        acknowledgedAt: time('06:44:37'),
        updatedAt: time('06:44:37'),
      },
      {
        ...common,
        id: 'Q1OHFWFP3GPXOG',
        url: 'https://keon-test.pagerduty.com/incidents/Q1OHFWFP3GPXOG',
        title: 'Spamming logs',
        severity: 'low',
        openedAt: time('06:45:36'),
        acknowledgedAt: time('06:45:46'),
        resolvedAt: time('06:51:44'),
        updatedAt: time('06:51:44'),
      },
    ])
  })
})
