/** Run by npm once it has installed: sets the hook of a clone, and makes what the first start would otherwise wait for. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createEmbedded } from '../store/create-embedded.ts'

if (existsSync('.git')) spawnSync('git', ['config', 'core.hooksPath', '.githooks'])

const folder = await mkdtemp(path.join(tmpdir(), 'shiplog-prepare-'))
try {
  await createEmbedded(path.join(folder, 'database'))
} catch {
  // The first start makes it, or says why it cannot.
} finally {
  await rm(folder, { recursive: true, force: true })
}
