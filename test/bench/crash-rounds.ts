/** Collections killed at random moments, on both stores in turn. */
import { join } from 'node:path'
import { makeRepository } from '../crash/repository.ts'
import { collectUndisturbed, collectWithKills, contentAt } from '../crash/rounds.ts'
import { openPlaces, storeKinds } from '../support/places.ts'

/** Whether every round ended with the rows of an undisturbed run. */
export async function crashRounds(folder: string, rounds: number, print: (text: string) => void): Promise<boolean> {
  const repository = join(folder, 'shop.git')
  await makeRepository(repository, { commits: 12_000, tags: 60, seed: 1 })
  let wrong = 0
  for (const [index, kind] of storeKinds.entries()) {
    const places = await openPlaces(kind)
    try {
      const alone = { ...(await places.next()), folder, repository }
      const durationMs = await collectUndisturbed(alone)
      const expected = await contentAt(alone)
      for (let seed = 1 + index; seed <= rounds; seed += storeKinds.length) {
        const killed = { ...(await places.next()), folder, repository }
        const { kills, seconds } = await collectWithKills(killed, seed, durationMs)
        const same = (await contentAt(killed)) === expected
        if (!same) wrong++
        print(
          `${kind.padEnd(9)} seed ${String(seed).padStart(2)}: ${kills} kills, ${seconds.toFixed(1)} s, ${same ? 'same rows' : 'OTHER ROWS'}`,
        )
      }
    } finally {
      await places.end()
    }
  }
  print(`${rounds - wrong} of ${rounds} rounds ended with the rows of an undisturbed run.`)
  return wrong === 0
}
