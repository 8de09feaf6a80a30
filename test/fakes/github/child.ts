/** The fake with a generated world as a process of its own, for who measures the memory of another. Its parent asks by messages. */
import { addGit } from './add-git.ts'
import { generateWorld, type WorldSize } from './generate-world.ts'
import { countRequests } from './request-log.ts'
import { startGithub } from './start-github.ts'

export interface Asked {
  size: WorldSize
  /** A folder for real git repositories; null: commits come through the API alone. */
  gitFolder: string | null
}

const { size, gitFolder } = JSON.parse(process.argv[2] ?? '') as Asked
const world = generateWorld(size)
if (gitFolder !== null) addGit(world, gitFolder)
// Without a limit to speak of: how long a collection waits for the next hour is told by its points.
const github = await startGithub(world, { limits: { core: 10_000_000, graphql: 10_000_000 } })
const merged = world.repositories.reduce((sum, { pulls }) => sum + pulls.filter(({ mergedAt }) => mergedAt !== null).length, 0)

process.on('message', () => {
  const kinds: Record<string, number> = {}
  for (const { kind, query, path } of github.requests) {
    const name = kind === 'graphql' ? `graphql ${/query (\w+)/.exec(query ?? '')?.[1]}` : kind === 'rest' ? `rest ${restKind(path)}` : kind
    kinds[name] = (kinds[name] ?? 0) + 1
  }
  process.send?.({ kinds, ...countRequests(github.requests) })
  github.reset()
})
process.on('disconnect', () => process.exit())
process.send?.({ baseUrl: github.baseUrl, token: github.token, merged })

function restKind(path: string): string {
  return /\/(compare|repos|runs|attempts|jobs)\b(?!.*\/(?:compare|runs|attempts|jobs)\b)/.exec(path)?.[1] ?? 'other'
}
