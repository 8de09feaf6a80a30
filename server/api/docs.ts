/** The API's description, as JSON and as a page that loads nothing from elsewhere. */
import path from 'node:path'
import type { OpenAPIHono } from '@hono/zod-openapi'
import { Hono } from 'hono'
import { html } from 'hono/html'
import absolutePath from 'swagger-ui-dist/absolute-path.js'
import type { AppEnv } from './router.ts'
import { readStaticFile, type StaticFile, sendFile } from './static-files.ts'

const parts = new Set(['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png'])

/** In the colours that the pages have. */
const start = `let stored = null
try {
  stored = localStorage.getItem('mantine-color-scheme-value')
} catch {
  // Storage may be closed to us; the system's choice stands.
}
const dark = stored === 'dark' || (stored !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches)
document.documentElement.classList.toggle('dark-mode', dark)
document.documentElement.style.colorScheme = dark ? 'dark' : 'light'
SwaggerUIBundle({ url: '/api/openapi.json', dom_id: '#docs', deepLinking: true, validatorUrl: null, defaultModelsExpandDepth: 0 })
`

export function docsRoutes(described: OpenAPIHono<AppEnv>) {
  const routes = new Hono<AppEnv>()
  const files = new Map<string, StaticFile>()
  let document: object | null = null

  routes.get('/openapi.json', (c) => {
    document ??= describe(described)
    return c.json(document, 200, { 'Cache-Control': 'private, no-cache' })
  })
  routes.get('/docs', (c) => c.html(page))
  routes.get('/docs/start.js', (c) => c.body(start, 200, { 'Content-Type': 'text/javascript; charset=utf-8', 'Cache-Control': 'no-cache' }))
  routes.get('/docs/:part', async (c, next) => {
    const part = c.req.param('part')
    if (!parts.has(part)) return next()
    const file = files.get(part) ?? readStaticFile(path.join(absolutePath(), part))
    files.set(part, file)
    return sendFile(c, file, false)
  })
  return routes
}

function describe(described: OpenAPIHono<AppEnv>): object {
  return described.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'Shiplog',
      version: '1',
      description:
        'How fast and how safely software is delivered. Days are calendar days of the reporting time zone and windows are [from, to); instants are RFC 3339, durations seconds, rates ratios. ' +
        'A value that is null says why. Every failure is `{ "error": { "code", "message", "details" } }`.',
    },
    servers: [{ url: '/' }],
    security: [{}, { token: [] }],
    tags: [
      { name: 'Metrics', description: 'The numbers.' },
      { name: 'Evidence', description: 'The rows that add up to them.' },
      { name: 'Facts', description: 'Deployments, changes, incidents and commits from anything.' },
      { name: 'Verdicts', description: 'What people say of a deployment.' },
      { name: 'Services', description: 'What is measured, and who owns it.' },
      { name: 'Sources', description: 'Where facts come from, and how fresh they are.' },
      { name: 'Reports', description: 'The weekly report.' },
    ],
  })
}

const page = html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>API · Shiplog</title>
    <link rel="icon" href="/api/docs/favicon-32x32.png" />
    <link rel="stylesheet" href="/api/docs/swagger-ui.css" />
  </head>
  <body>
    <div id="docs"></div>
    <noscript>This page needs JavaScript. The same description is at <a href="/api/openapi.json">/api/openapi.json</a>.</noscript>
    <script src="/api/docs/swagger-ui-bundle.js"></script>
    <script src="/api/docs/start.js"></script>
  </body>
</html>`
