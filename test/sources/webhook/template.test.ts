import { describe, expect, test } from 'vitest'
import { parsePath, parseTemplate, pathText, rendered, valueAt } from '../../../server/sources/webhook/template.ts'

const scope = {
  body: {
    run: { id: 7, tags: ['a', 'b'], nothing: null },
    labels: { 'app.kubernetes.io/name': 'shop' },
    list: [{ id: 1 }, { id: 2 }],
    header: 'h',
    'commit id': 'c',
  },
  headers: { 'x-event': 'deploy' },
  item: { name: 'till' },
  receivedAt: 1000,
}

describe('a template', () => {
  test.each<[string, unknown]>([
    ['{run.id}', 7],
    ['run {run.id}', 'run 7'],
    ['{item.name}-{header.X-Event}', 'till-deploy'],
    ['{item}', { name: 'till' }],
    ['{labels."app.kubernetes.io/name"}', 'shop'],
    ['{commit id}', 'c'],
    ['{list.0.id}', 1],
    ['{list.-1.id}', 2],
    ['{list.*.id}', [1, 2]],
    ['{body.header}', 'h'],
    ['{receivedAt}', 1000],
    ['{{run}}', '{run}'],
    ['just text', 'just text'],
  ])('%s is %j', (text, value) => {
    const template = parseTemplate(text)
    if (typeof template === 'string') throw new Error(template)
    expect(rendered(template, scope)).toEqual({ value })
  })

  test.each([
    ['{run.nothing}', 'run.nothing'],
    ['{run.none}', 'run.none'],
    ['a {run.tags}', 'run.tags'],
    ['{run.id.deeper}', 'run.id.deeper'],
    ['{constructor}', 'constructor'],
    ['{header.x-none}', 'header.x-none'],
  ])('%s leads nowhere', (text, missing) => {
    const template = parseTemplate(text)
    if (typeof template === 'string') throw new Error(template)
    expect(rendered(template, scope)).toEqual({ missing })
  })

  test.each([
    ['{run.id', 'braces in pairs'],
    ['run.id}', 'braces in pairs'],
    ['{}', 'a path such as run.id in place of nothing'],
    ['{run..id}', 'a path such as run.id in place of run..id'],
    ['{run.}', 'a path such as run.id'],
    ['{header}', 'must name a header'],
  ])('%s is none', (text, fault) => {
    expect(parseTemplate(text)).toContain(fault)
  })
})

test.each(['run.id', 'labels."a.b"', 'item.name', 'header.x-event', 'receivedAt', 'body.item'])(
  'the path %s is written as it was read',
  (text) => {
    const path = parsePath(text)
    if (typeof path === 'string') throw new Error(path)
    expect(pathText(path)).toBe(text)
  },
)

test('the whole body is a place, too', () => {
  expect(valueAt({ root: 'body', steps: [] }, { ...scope, body: [1] })).toEqual([1])
})
