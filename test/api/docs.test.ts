import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openApi, type TestApi } from './open-api.ts'

let api: TestApi
beforeAll(async () => {
  api = await openApi()
})
afterAll(() => api.close())

describe('/api/openapi.json', () => {
  it('describes every route, with summary, description and the errors it may answer', async () => {
    const { status, body } = await api.get('/api/openapi.json')
    expect(status).toBe(200)
    const operations = Object.entries(
      body.paths as Record<string, Record<string, { summary?: string; description?: string; responses: object }>>,
    ).flatMap(([path, methods]) => Object.entries(methods).map(([method, operation]) => ({ name: `${method} ${path}`, ...operation })))
    expect(operations.map(({ name }) => name).sort()).toEqual(
      [
        'delete /api/v1/artifacts/{source}/{id}',
        'delete /api/v1/changes/{source}/{id}',
        'delete /api/v1/commits/{source}/{id}',
        'delete /api/v1/deployments/{source}/{id}',
        'delete /api/v1/deployments/{source}/{id}/verdict',
        'delete /api/v1/incidents/{source}/{id}',
        'get /api/v1/changes',
        'get /api/v1/definition',
        'get /api/v1/deployments',
        'get /api/v1/deployments/{source}/{id}/verdict',
        'get /api/v1/distribution',
        'get /api/v1/headline',
        'get /api/v1/doctor',
        'get /api/v1/incidents',
        'get /api/v1/instance',
        'get /api/v1/metrics',
        'get /api/v1/metrics/explain',
        'get /api/v1/reports',
        'get /api/v1/reports/{id}',
        'get /api/v1/services',
        'get /api/v1/services/{id}',
        'get /api/v1/sources',
        'get /api/v1/sources/{id}/deliveries',
        'get /api/v1/sources/{id}/preview',
        'get /api/v1/sources/{id}/runs',
        'get /api/v1/teams',
        'post /api/v1/artifacts',
        'post /api/v1/changes',
        'post /api/v1/commits',
        'post /api/v1/deployments',
        'post /api/v1/hooks/{source}',
        'post /api/v1/incidents',
        'post /api/v1/reports',
        'post /api/v1/reports/{id}/refresh',
        'post /api/v1/sources/{id}/deliveries/retry',
        'post /api/v1/sources/{id}/pause',
        'post /api/v1/sources/{id}/resume',
        'post /api/v1/sources/{id}/runs',
        'put /api/v1/deployments/{source}/{id}/verdict',
      ].sort(),
    )
    for (const { name, summary, description, responses } of operations) {
      expect(summary, name).toBeTruthy()
      expect(description, name).toBeTruthy()
      expect(Object.keys(responses), name).toEqual(expect.arrayContaining(['400', '401']))
    }
  })

  it('gives an example of each fact, which the API takes', async () => {
    const { body } = await api.get('/api/openapi.json')
    for (const resource of ['deployments', 'changes', 'incidents', 'commits', 'artifacts']) {
      const { examples } = body.paths[`/api/v1/${resource}`].post.requestBody.content['application/json']
      expect((await api.send('POST', resource, examples.one.value)).body, resource).toEqual({ accepted: 1, unchanged: 0 })
      expect((await api.send('POST', resource, examples.many.value)).body, resource).toEqual({ accepted: 0, unchanged: 1 })
    }
  })
})

describe('/api/docs', () => {
  it('loads only files of this server, and has no script in itself', async () => {
    const { text } = await api.get('/api/docs')
    const loaded = [...text.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1] as string)
    expect(loaded.length).toBeGreaterThan(3)
    for (const address of loaded) {
      expect(address).toMatch(/^\/api\//)
      expect((await api.get(address)).status, address).toBe(200)
    }
    expect(text).not.toMatch(/<script(?![^>]*\ssrc=)/)
  })
})
