/** The REST API: finds the repository and the route, and checks what the token may read. */
import { deniedMessage, mayRead, maySee, Refusal } from './access.ts'
import { repositoryJson } from './repository-json.ts'
import { deliveryRoutes } from './rest-deliveries.ts'
import { historyRoutes } from './rest-history.ts'
import { ownerRoutes } from './rest-owners.ts'
import type { RepositoryContext, RestAnswer, RestContext, Route } from './rest-route.ts'
import { workRoutes } from './rest-work.ts'
import { findRepository, type Repository } from './world.ts'

const repositoryRoutes: Route<RepositoryContext>[] = [
  { pattern: 'GET ', answer: (context) => ({ body: repositoryJson(context.world, context.repository) }) },
  ...workRoutes,
  ...historyRoutes,
  ...deliveryRoutes,
]

/** `path` is without the prefix of the API. Throws a Refusal. */
export function answerRest(context: RestContext, path: string): RestAnswer {
  const own = matchRoute(ownerRoutes, context.method, path)
  if (own) return own.route.answer(context, ...own.segments)
  const named = /^\/repos\/([^/]+)\/([^/]+)(\/.*)?$/.exec(path)
  const numbered = /^\/repositories\/(\d+)(\/.*)?$/.exec(path)
  const tail = named?.[3] ?? numbered?.[2] ?? ''
  const repository = named
    ? byName(context, decodeURIComponent(named[1] as string), decodeURIComponent(named[2] as string), tail)
    : context.world.repositories.find((candidate) => candidate.id === Number(numbered?.[1]))
  if (!repository || !maySee(context.token, repository)) throw new Refusal(404, 'Not Found')
  const found = matchRoute(repositoryRoutes, context.method, tail)
  if (!found) throw new Refusal(404, 'Not Found')
  const permissions = found.route.permissions ?? ['metadata']
  if (!permissions.some((permission) => mayRead(context.token, permission))) {
    const accepted = permissions.map((permission) => `${permission}=read`).join('; ')
    throw new Refusal(403, deniedMessage(context.token), { 'x-accepted-github-permissions': accepted })
  }
  return found.route.answer({ ...context, repository, linkPath: `/repositories/${repository.id}${tail}` }, ...found.segments)
}

/** The whole of a renamed repository moved: the redirect names the id and keeps the rest of the path and the query. */
function byName(context: RestContext, owner: string, name: string, tail: string): Repository | null {
  const found = findRepository(context.world, owner, name)
  if (!found?.renamed) return found?.repository ?? null
  if (!maySee(context.token, found.repository)) return null
  const query = context.query.size > 0 ? `?${context.query}` : ''
  const location = `${context.world.url}/api/v3/repositories/${found.repository.id}${tail}${query}`
  throw new Refusal(301, 'Moved Permanently', { location })
}

const compiled = new Map<string, RegExp>()

function matchRoute<Context>(routes: Route<Context>[], method: string, path: string) {
  for (const route of routes) {
    let expression = compiled.get(route.pattern)
    if (!expression) {
      const escaped = route.pattern.replace(/[.]/g, '\\.').replace(/\{[^}]*\*\}/g, '(.+)')
      expression = new RegExp(`^${escaped.replace(/\{[^}]*\}/g, '([^/]+)')}$`)
      compiled.set(route.pattern, expression)
    }
    const match = expression.exec(`${method} ${path}`)
    if (match) return { route, segments: match.slice(1).map((segment) => decodeURIComponent(segment)) }
  }
  return null
}
