import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { measureInbox } from '../bench/inbox/measure-inbox.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'shiplog-inbox-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('each delivery that got its 202 is in, once, though the server is killed and the database restarted', {
  timeout: 300_000,
}, async () => {
  const lines: string[] = []
  const { isWhole } = await measureInbox({ folder, seconds: 12, perSecond: 40, senders: 10, kill: true, print: (line) => lines.push(line) })
  expect(isWhole, lines.join('\n')).toBe(true)
  // Something was in the middle of it.
  expect(lines.find((line) => line.startsWith('sent again'))).not.toBe('sent again: {}')
})
