/** Which files pull requests changed, where services share a repository by paths and git does not tell. */
import { z } from 'zod'
import type { Client } from './client.ts'
import type { PullRequest } from './payloads.ts'

/** Pull requests of one question. */
const chunk = 50

const Files = z.object({
  pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() }),
  nodes: z.array(z.object({ path: z.string() })),
})
const Answer = z.object({ nodes: z.array(z.object({ id: z.string(), files: Files.nullable() }).nullable()) })

const pullFiles = `query PullFiles($ids: [ID!]!, $after: String) {
  nodes(ids: $ids) { ... on PullRequest { id files(first: 100, after: $after) { pageInfo { hasNextPage endCursor } nodes { path } } } }
}`

/** By the id of the pull request; one of which GitHub does not list every file is left out. Throws SourceError. */
export async function readPullFiles(
  pulls: Pick<PullRequest, 'id' | 'changedFiles'>[],
  name: string,
  client: Client,
): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>()
  for (let start = 0; start < pulls.length; start += chunk) {
    const ids = pulls.slice(start, start + chunk).map(({ id }) => id)
    for (const { id, files } of await ask(ids, null, name, client)) {
      const paths = files.nodes.map(({ path }) => path)
      for (let { pageInfo } = files; pageInfo.hasNextPage && pageInfo.endCursor !== null; ) {
        const [more] = await ask([id], pageInfo.endCursor, name, client)
        if (more === undefined || more.files.nodes.length === 0) break
        paths.push(...more.files.nodes.map(({ path }) => path))
        pageInfo = more.files.pageInfo
      }
      found.set(id, paths)
    }
  }
  for (const { id, changedFiles } of pulls) if ((found.get(id)?.length ?? 0) < changedFiles) found.delete(id)
  return found
}

async function ask(
  ids: string[],
  after: string | null,
  name: string,
  client: Client,
): Promise<{ id: string; files: z.output<typeof Files> }[]> {
  const { data } = await client.graphql(`files of pull requests of ${name}`, pullFiles, { ids, after }, Answer)
  return data.nodes.flatMap((node) => (node?.files ? [{ id: node.id, files: node.files }] : []))
}
