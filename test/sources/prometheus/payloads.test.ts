/** Deliveries and answers that were recorded; the folder with them is no part of the project. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { episodesIn } from '../../../server/sources/prometheus/episodes.ts'
import { RangeAnswer, RulesAnswer } from '../../../server/sources/prometheus/payloads.ts'
import { prometheusReceiver } from '../../../server/sources/prometheus/receive.ts'
import { alertOptions } from '../../fakes/prometheus/run-alerts.ts'

const folder = fileURLToPath(new URL('../../../../shared/payloads/prometheus', import.meta.url))
const isThere = existsSync(folder)
if (!isThere) console.info('No recorded payloads beside the repository at ../shared/payloads/prometheus: their tests are left out.')

const read = new Set<string>()

function payload(file: string): unknown {
  read.add(file)
  return JSON.parse(readFileSync(path.join(folder, file), 'utf8'))
}

describe.runIf(isThere)('recorded payloads', () => {
  afterAll(() => {
    const recorded = readdirSync(folder).filter((file) => file.endsWith('.json') && file !== 'api_alertmanagers.json')
    expect([...read].sort(), 'every file that concerns the source is read').toEqual(recorded.sort())
  })

  test('the delivery of an Alertmanager of 2018, without fingerprint and status of the alert', () => {
    const options = alertOptions({ webhook: { token: 'agreed' }, alerts: { severity: 'warning' } })
    const body = Buffer.from(JSON.stringify(payload('alertmanager_webhook_v4_firing.json')))
    const delivery = { headers: { authorization: 'Bearer agreed' }, query: {}, body }
    expect(prometheusReceiver.accept(options, delivery)).toMatchObject({ keep: true })
    const filing = { sourceId: 'alerts', service: 'alerts', receivedAt: Date.parse('2018-03-07T11:34:00Z') }
    expect(prometheusReceiver.read(options, delivery, filing)).toEqual({
      facts: [
        {
          kind: 'incident',
          source: 'alerts',
          id: expect.stringMatching(/^[0-9a-f]{16}@2018-03-07T11:33:21\.873Z$/),
          service: 'docker_nodes',
          severity: 'warning',
          title: 'high_memory_load: Server High Memory usage',
          openedAt: Date.parse('2018-03-07T11:33:21.873Z'),
          updatedAt: Date.parse('2018-03-07T11:33:21.873Z'),
        },
      ],
      changed: [],
    })
  })

  test('an answer to a range, whose steps are those that are asked for', () => {
    const { data } = RangeAnswer.parse(payload('api_query_range.json'))
    const steps = { first: 1_435_781_430_781, last: 1_435_781_460_781, stepMs: 15_000 }
    const series = data.result.map(({ metric, values }) => ({ metric, values: values.map(([at]) => [at, at] as [number, number]) }))
    const episodes = episodesIn(series, steps, { firing: {}, externalLabels: {}, evaluationMs: () => undefined })
    expect(episodes.map(({ openedAt, resolvedAt }) => [openedAt, resolvedAt])).toEqual([
      [1_435_781_430_781, null],
      [1_435_781_430_781, null],
    ])
  })

  test('the rules, with the interval of their evaluation', () => {
    const { data } = RulesAnswer.parse(payload('api_rules.json'))
    expect(data.groups.map(({ interval, rules }) => [interval, rules.map(({ name }) => name)])).toEqual([
      [60, ['HighRequestLatency', 'job:http_inprogress_requests:sum']],
    ])
  })

  test('answers of another kind are not taken for one', () => {
    expect(RangeAnswer.safeParse(payload('api_query_instant.json')).success).toBe(false)
    expect(RangeAnswer.safeParse(payload('api_alerts.json')).success).toBe(false)
  })
})
