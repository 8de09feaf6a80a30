/** The commands as a person runs them: from an empty folder to the metrics, again, and the server. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Figure } from './bench.ts'
import { flagsOf } from './flags-of.ts'
import { peakOf, watch } from './watched.ts'

const cli = fileURLToPath(new URL('../../server/cli.ts', import.meta.url))

export async function* measureCommands(folder: string, repository: string): AsyncGenerator<Figure> {
  const config = join(folder, 'shiplog.yaml')
  writeFileSync(config, `sources:\n  - { id: shop, type: git, path: ${JSON.stringify(repository)} }\n`)
  const place = ['--config', config, '--data', join(folder, 'data')]
  const window = ['--scope', 'service:shop', '--from', '2024-01-01', '--to', '2026-01-01', '--json']
  const flags = flagsOf('shiplog')
  const first = await watch([cli, 'collect', ...place], { flags })
  yield { name: 'collect into an empty folder', value: first.seconds, unit: 's' }
  yield { name: 'its peak of memory', value: first.peakMb, unit: 'MB' }
  const again = await watch([cli, 'collect', ...place], { flags })
  yield { name: 'collect again with nothing new', value: again.seconds, unit: 's', ratio: again.seconds / first.seconds }
  const metrics = await watch([cli, 'metrics', ...place, ...window], { flags })
  yield { name: 'metrics', value: metrics.seconds, unit: 's', ratio: metrics.seconds / first.seconds }
  const rebuild = await watch([cli, 'rebuild', ...place], { flags })
  yield { name: 'rebuild', value: rebuild.seconds, unit: 's', ratio: rebuild.seconds / first.seconds }
  yield* measureServer(place)
}

async function* measureServer(place: string[]): AsyncGenerator<Figure> {
  const server = spawn(process.execPath, [...flagsOf('start'), '--import', 'tsx', cli, 'serve', ...place, '--port', '0'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  try {
    const url = await addressOf(server)
    const ask = `${url}/api/v1/metrics?scope=service:shop&from=2024-01-01&to=2026-01-01`
    const first = await timed(ask)
    yield { name: 'first answer of the metrics', value: first, unit: 'ms' }
    const later: number[] = []
    for (let n = 0; n < 20; n++) later.push(await timed(ask))
    const median = later.sort((a, b) => a - b)[10] ?? 0
    yield { name: 'median of the next twenty', value: median, unit: 'ms', ratio: median / first }
    yield { name: "the serving process's peak of memory", value: peakOf(server.pid), unit: 'MB' }
  } finally {
    server.kill('SIGTERM')
    await once(server, 'exit')
  }
}

async function timed(url: string): Promise<number> {
  const startedAt = performance.now()
  const answer = await fetch(url)
  await answer.arrayBuffer()
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}`)
  return performance.now() - startedAt
}

/** The address that the server prints when it listens. */
export function addressOf(server: ReturnType<typeof spawn>): Promise<string> {
  return new Promise((resolve, reject) => {
    for (const output of [server.stdout, server.stderr]) {
      if (!output) continue
      createInterface({ input: output }).on('line', (line) => {
        const [url] = /http:\/\/[\d.]+:\d+/.exec(line) ?? []
        if (url) resolve(url)
      })
    }
    server.once('exit', (code) => reject(new Error(`serve ended with ${code}`)))
  })
}
