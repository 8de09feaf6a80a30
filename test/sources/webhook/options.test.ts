import { describe, expect, test } from 'vitest'
import { readConfigFile } from '../../../server/config/file.ts'

function faults(rules: string): string[] {
  const text = `sources:\n  - id: ci\n    type: webhook\n    webhook: { token: '\${HOOK}' }\n${rules.replace(/^/gm, '    ')}\n`
  try {
    readConfigFile('/etc/shiplog/shiplog.yaml', text, { HOOK: 'secret-of-the-hook' })
    return []
  } catch (error) {
    return (error as Error).message
      .split('\n')
      .slice(1)
      .map((line) => line.trim())
  }
}

describe('rules in shiplog.yaml', () => {
  test('are few lines', () => {
    const one =
      "deployments:\n  when: { event: deploy }\n  id: '{run.id}'\n  service: '{app}'\n  status: { value: '{result}', map: { ok: succeeded, broken: failed } }"
    expect(faults(one)).toEqual([])
    expect(faults(`${one}\nincidents:\n  - { id: '{id}', title: 'Down', when: { up: false } }`)).toEqual([])
    expect(faults('setup: true\nsamples: ./samples')).toEqual([])
  })

  test('show no secret in the file, whatever it is called', () => {
    const text = 'sources:\n  - { id: ci, type: webhook, setup: true, webhook: { header: X-T, value: [plain] } }\n'
    expect(() => readConfigFile('/etc/shiplog/shiplog.yaml', text, {})).toThrow(
      /webhook\.value\[0\]: a secret must not be written in the file; write \$\{VALUE\}/,
    )
  })

  test.each<[string, string, RegExp]>([
    [
      'an unknown field',
      "deployments:\n  id: '{id}'\n  status: succeeded\n  serivce: shop",
      /yaml:8: .*serivce: is not a known key; write service/,
    ],
    ['a field that is missing', "deployments:\n  id: '{id}'", /yaml:\d: .*status: is missing; write status: '\{status\}'/],
    ['a path without quotes', 'deployments:\n  id: {id}\n  status: succeeded', /yaml:6: .*id: must stand in quotes: write '\{id\}'/],
    ['braces that are not closed', "deployments:\n  id: '{id'\n  status: succeeded", /yaml:6: .*id: must have its braces in pairs/],
    [
      'a word that is none',
      "deployments:\n  id: '{id}'\n  status: success",
      /yaml:7: .*status: must become one of running, succeeded, failed, cancelled, not success/,
    ],
    [
      'a word in a map that is none',
      "deployments:\n  id: '{id}'\n  status: { value: '{s}', map: { ok: fine } }",
      /yaml:7: .*must become one of .* not fine/,
    ],
    [
      'a map without a value',
      "deployments:\n  id: '{id}'\n  status: { map: { ok: failed } }",
      /yaml:7: .*status: must be a text such as '\{status\}', or/,
    ],
    ['item without each', "deployments:\n  id: '{item.id}'\n  status: failed", /yaml:6: .*id: must not say item without each: write each:/],
    ['a condition that is none', "deployments:\n  when: { a: { is: b } }\n  id: '1'\n  status: failed", /yaml:6: /],
    [
      'an expression that cannot be used',
      "deployments:\n  when: { a: { matches: '(' } }\n  id: '1'\n  status: failed",
      /yaml:6: .*matches: is not a regular expression/,
    ],
    ['no rule at all', 'environments: true', /deployments: is missing, and so are incidents and changes: write a rule/],
    ['an empty list', 'deployments: []', /must not be empty; take the key out, or write a rule/],
    [
      'a mistake in the second of several',
      "incidents:\n  - { id: '1', title: t }\n  - { id: '1' }",
      /yaml:7: .*incidents\[1\]\.title: is missing/,
    ],
  ])('tell %s with its line and mend', (_, rules, expected) => {
    expect(faults(rules).join('\n')).toMatch(expected)
  })
})
