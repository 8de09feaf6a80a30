/** Serves the built web pages; every address that is no file is one of theirs. */
import { existsSync } from 'node:fs'
import path from 'node:path'
import type { Context } from 'hono'
import { html } from 'hono/html'
import type { AppEnv } from './router.ts'
import { readStaticFolder, type StaticFile, sendFile } from './static-files.ts'

export type Pages = (c: Context<AppEnv>) => Promise<Response | null>

/** Answers GET requests outside /api; null where there is neither a file nor a page to answer. */
export function createPages(webDir: string | null): Pages {
  let files: Map<string, StaticFile> | null = null

  return async (c) => {
    if (c.req.method !== 'GET' && c.req.method !== 'HEAD') return null
    const wantsPage = (c.req.header('Accept') ?? '').includes('text/html') && path.posix.extname(c.req.path) === ''
    if (files === null && webDir !== null && existsSync(path.join(webDir, 'index.html'))) files = readStaticFolder(webDir)
    if (files === null) return wantsPage || c.req.path === '/' ? c.html(notBuilt, 503) : null
    const file = c.req.path === '/' ? undefined : files.get(c.req.path)
    if (file !== undefined && c.req.path !== '/index.html') return sendFile(c, file, c.req.path.startsWith('/assets/'))
    const index = files.get('/index.html')
    if (index === undefined || !(wantsPage || c.req.path === '/')) return null
    return c.html(withNonce(index.body.toString('utf8'), c.get('nonce')), 200, { 'Cache-Control': 'no-store' })
  }
}

/** Where the page's scripts find the nonce for the style tags that they add; a browser hides it from the markup. */
function withNonce(page: string, nonce: string): string {
  return page.replace('</head>', `<meta property="csp-nonce" nonce="${nonce}"></head>`)
}

const notBuilt = html`<!doctype html>
<html lang="en">
  <head><meta charset="utf-8" /><title>Shiplog</title><link rel="stylesheet" href="/login.css" /></head>
  <body>
    <main>
      <h1>Shiplog runs, and its pages are not built</h1>
      <p>Run <code>npm start</code>, which builds them, or <code>npm run build</code> and load this page again.</p>
      <p>The same numbers are at <a href="/api/docs">/api/docs</a>.</p>
    </main>
  </body>
</html>`
