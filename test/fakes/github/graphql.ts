/** The GraphQL endpoint: parses, validates, prices and runs a call, with errors in GitHub's form, which is status 200. */
import {
  buildSchema,
  type DocumentNode,
  executeSync,
  type FieldNode,
  GraphQLError,
  type GraphQLScalarType,
  getOperationAST,
  isAbstractType,
  isObjectType,
  Kind,
  parse,
  validate,
  visit,
} from 'graphql'
import type { Token } from './access.ts'
import type { Budget } from './budgets.ts'
import { withUnchangingGraphs } from './commit-graph.ts'
import { BadCursor } from './graphql-connection.ts'
import type { Fields } from './graphql-context.ts'
import { costOf } from './graphql-cost.ts'
import { deliveryFields } from './graphql-deliveries.ts'
import { repositoryFields } from './graphql-repositories.ts'
import { schemaText } from './graphql-schema.ts'
import { workFields } from './graphql-work.ts'
import type { World } from './world.ts'

export interface GraphqlAnswer {
  body: { data?: unknown; errors?: unknown[] }
  /** Points; 0 for a call that did not run. */
  cost: number
}

export interface GraphqlRequest {
  world: World
  token: Token
  /** Takes points of the budget; false when there are none left. */
  spend(points: number): boolean
  /** Null when limits are off. */
  budget(): Budget | null
  query: unknown
  variables: Record<string, unknown>
  operationName: string | undefined
}

export const schema = buildSchema(schemaText)

const allFields = { ...repositoryFields, ...workFields, ...deliveryFields } as unknown as Record<string, Fields<unknown>>

for (const type of Object.values(schema.getTypeMap())) {
  if (isAbstractType(type)) type.resolveType = (source: { type: string }) => source.type
  const resolvers = allFields[type.name]
  if (!isObjectType(type) || !resolvers) continue
  for (const field of Object.values(type.getFields())) {
    const resolver = resolvers[field.name]
    if (!resolver) throw new Error(`${type.name}.${field.name} has no resolver`)
    field.resolve = (source, args, context) => resolver(source, args, context)
  }
}

/** GitHub writes ids beyond 32 bits as Int all the same. */
const int = schema.getType('Int') as GraphQLScalarType<number, number>
int.serialize = Number

const parsed = new Map<string, { document: DocumentNode; errors: readonly GraphQLError[] }>()

export function answerGraphql(request: GraphqlRequest): GraphqlAnswer {
  const { query } = request
  if (typeof query !== 'string') return refused([{ message: 'A query attribute must be specified and must be a string.' }])
  const known = read(query)
  if ('message' in known) return refused([{ message: known.message, locations: known.locations }])
  if (known.errors.length > 0) return refused(known.errors.map((error) => validationError(known.document, error)))
  const operation = getOperationAST(known.document, request.operationName)
  if (!operation) return refused([{ message: 'An operation name is required' }])
  const cost = costOf(schema, known.document, operation, request.variables)
  if (cost.errors.length > 0) return { body: { data: null, errors: cost.errors.map(formatted) }, cost: 0 }
  if (!request.spend(cost.points)) {
    const message = `API rate limit exceeded for ${request.token.account}.`
    return refused([{ type: 'RATE_LIMITED', message }])
  }
  const { world, token, variables, operationName } = request
  const contextValue = { world, token, budget: request.budget(), points: cost.points, nodeCount: cost.nodes }
  const run = { schema, document: known.document, contextValue, variableValues: variables, operationName }
  const result = withUnchangingGraphs(() => executeSync(run))
  const body = result.errors ? { data: result.data, errors: result.errors.map(formatted) } : { data: result.data }
  return { body, cost: cost.points }
}

function refused(errors: unknown[]): GraphqlAnswer {
  return { body: { errors }, cost: 0 }
}

function read(query: string): { document: DocumentNode; errors: readonly GraphQLError[] } | GraphQLError {
  const known = parsed.get(query)
  if (known) return known
  try {
    const document = parse(query)
    const fresh = { document, errors: validate(schema, document) }
    if (parsed.size > 200) parsed.clear()
    parsed.set(query, fresh)
    return fresh
  } catch (error) {
    if (error instanceof GraphQLError) return error
    throw error
  }
}

/** What GitHub says of an unknown field; other mistakes keep the library's words. */
function validationError(document: DocumentNode, error: GraphQLError) {
  const [, fieldName, typeName] = /^Cannot query field "(\w+)" on type "(\w+)"/.exec(error.message) ?? []
  const path = ['query', ...pathOf(document, error)]
  if (!fieldName) return { path, locations: error.locations, message: error.message }
  return {
    path,
    extensions: { code: 'undefinedField', typeName, fieldName },
    locations: error.locations,
    message: `Field '${fieldName}' doesn't exist on type '${typeName}'`,
  }
}

function pathOf(document: DocumentNode, error: GraphQLError): string[] {
  const node = error.nodes?.[0]
  let path: string[] = []
  visit(document, {
    enter(current, _key, _parent, _path, ancestors) {
      if (current !== node) return
      const around = [...ancestors, current] as (FieldNode | readonly unknown[])[]
      path = around.flatMap((one) => ('kind' in one && one.kind === Kind.FIELD ? [one.alias?.value ?? one.name.value] : []))
    },
  })
  return path
}

function formatted(error: GraphQLError) {
  const { type, ...extensions } = error.extensions
  const unforeseen = error.originalError && !(error.originalError instanceof BadCursor) && !type
  return {
    ...(type ? { type } : error.originalError instanceof BadCursor ? { type: 'INVALID_CURSOR_ARGUMENTS' } : {}),
    path: error.path,
    ...(Object.keys(extensions).length > 0 ? { extensions } : {}),
    locations: error.locations,
    message: unforeseen ? `Something went wrong while executing your query: ${error.message}` : error.message,
  }
}
