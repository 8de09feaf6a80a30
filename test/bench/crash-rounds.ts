/** Collections killed at random moments, on both stores in turn. */
import { join } from 'node:path'
import { makeRepository } from '../crash/repository.ts'
import { collectUndisturbed, collectWithKills, contentAt, now, repositoryAt, type SourceAsWritten } from '../crash/rounds.ts'
import { startGithubProcess } from '../support/github-process.ts'
import { openPlaces, type Places, type StoreKind, storeKinds } from '../support/places.ts'

interface Rounds {
  /** For files that belong to no store. */
  folder: string
  rounds: number
  print(text: string): void
}

const day = 86_400_000

/** Whether every round ended with the rows of an undisturbed run. */
export async function crashRounds(options: Rounds): Promise<boolean> {
  const repository = join(options.folder, 'shop.git')
  await makeRepository(repository, { commits: 12_000, tags: 60, seed: 1 })
  return crashSource(repositoryAt(repository), options)
}

/** The same with an organisation on a fake of GitHub. */
export async function crashGithubRounds(options: Rounds): Promise<boolean> {
  const size = { seed: 1, repositories: 30, pullsPerRepository: 112, deploymentsPerRepository: 60, incidentsPerRepository: 6 }
  const [from, to] = [now - 360 * day, now - day].map((at) => new Date(at).toISOString()) as [string, string]
  const github = await startGithubProcess({ size: { ...size, from, to }, gitFolder: null })
  options.print(`${size.repositories} repositories, ${github.merged} merged pull requests`)
  const { baseUrl, token } = github
  try {
    return await crashSource(
      { type: 'github', options: { owner: 'acme', baseUrl, token, archived: true, forks: true, git: false } },
      options,
    )
  } finally {
    await github.end()
  }
}

async function crashSource(source: SourceAsWritten, { folder, rounds, print }: Rounds): Promise<boolean> {
  const stores: { kind: StoreKind; places: Places; durationMs: number; expected: string }[] = []
  let wrong = 0
  try {
    for (const kind of storeKinds) {
      const places = await openPlaces(kind)
      const store = { kind, places, durationMs: 0, expected: '' }
      stores.push(store)
      const alone = { ...(await places.next()), folder, source }
      store.durationMs = await collectUndisturbed(alone)
      store.expected = await contentAt(alone)
      print(`${kind.padEnd(9)} undisturbed: ${(store.durationMs / 1000).toFixed(1)} s, ${store.expected.split('\n').length} rows`)
    }
    for (let seed = 1; seed <= rounds; seed++) {
      const store = stores[(seed - 1) % stores.length]
      if (store === undefined) break
      const killed = { ...(await store.places.next()), folder, source }
      const { kills, seconds } = await collectWithKills(killed, seed, store.durationMs)
      const same = (await contentAt(killed)) === store.expected
      if (!same) wrong++
      const name = `${store.kind.padEnd(9)} seed ${String(seed).padStart(2)}`
      print(`${name}: ${kills} kills, ${seconds.toFixed(1)} s, ${same ? 'same rows' : 'OTHER ROWS'}`)
    }
  } finally {
    for (const { places } of stores) await places.end()
  }
  print(`${rounds - wrong} of ${rounds} rounds ended with the rows of an undisturbed run.`)
  return wrong === 0
}
