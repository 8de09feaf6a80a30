/** The fake as a program for demonstrations. */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

it('prints where it listens and the token that it takes', async () => {
  const file = fileURLToPath(new URL('./serve.ts', import.meta.url))
  const child = spawn(process.execPath, ['--import', 'tsx', file, '--port', '0', '--repositories', '2', '--pulls', '3'])
  try {
    let text = ''
    for await (const chunk of child.stdout) {
      text += chunk
      if (text.includes('owner')) break
    }
    const [, baseUrl, token] = /base URL +(\S+)[\s\S]*token +(\S+)/.exec(text) ?? []
    const response = await fetch(`${baseUrl}/orgs/acme/repos`, { headers: { authorization: `bearer ${token}` } })
    expect(await response.json()).toHaveLength(2)
  } finally {
    child.kill()
  }
})
