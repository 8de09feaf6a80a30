/** The page where a browser shows the token; it needs no script. */
import { html } from 'hono/html'

export function loginPage({ next, fault }: { next: string; fault: string | null }) {
  return html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    <title>Sign in · Shiplog</title>
    <link rel="stylesheet" href="/login.css" />
  </head>
  <body>
    <main>
      <h1>Shiplog</h1>
      <p>Sign in with the token of this server: the value of <code>SHIPLOG_TOKEN</code>.</p>
      <form method="post" action="/login">
        <input type="hidden" name="next" value="${next}" />
        <label for="token">Token</label>
        <input id="token" name="token" type="password" required autofocus autocomplete="current-password"
          ${fault === null ? '' : html`aria-invalid="true" aria-describedby="fault"`} />
        ${fault === null ? '' : html`<p id="fault" role="alert">${fault}</p>`}
        <button type="submit">Sign in</button>
      </form>
    </main>
  </body>
</html>`
}

export const loginStyles = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: light-dark(#f6f7f9, #16181c); color: light-dark(#1b1f24, #e6e8eb); }
main { box-sizing: border-box; width: min(28rem, calc(100vw - 2rem)); padding: 2rem; border-radius: 12px; background: light-dark(#fff, #1f2227); border: 1px solid light-dark(#dfe3e8, #343941); }
h1 { margin: 0 0 .5rem; font-size: 1.5rem; }
form { display: grid; gap: .5rem; }
label { font-weight: 600; }
input, button { font: inherit; padding: .5rem .75rem; border-radius: 8px; border: 1px solid light-dark(#8a929c, #6b737d); }
button { margin-top: .5rem; border: 0; background: #1f5fd0; color: #fff; font-weight: 600; cursor: pointer; }
:focus-visible { outline: 3px solid light-dark(#1f5fd0, #8ab4ff); outline-offset: 2px; }
#fault { margin: 0; color: light-dark(#b3261e, #ff8a80); }
`
