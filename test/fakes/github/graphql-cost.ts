/**
 * What a GraphQL call costs, and whether it asks for too much, told before it runs:
 * https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api
 */
import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  GraphQLError,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  isInterfaceType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type ValueNode,
  valueFromASTUntyped,
} from 'graphql'

export interface Cost {
  /** Points of the hourly budget: the requests that fill every connection, divided by 100, at least 1. */
  points: number
  nodes: number
  errors: GraphQLError[]
}

const maximumNodes = 500_000

export function costOf(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Record<string, unknown>,
): Cost {
  const fragments = new Map<string, FragmentDefinitionNode>()
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition)
  }
  const values = { ...defaultsOf(operation), ...variables }
  const cost: Cost = { points: 1, nodes: 0, errors: [] }
  let requests = 0

  function walk(set: SelectionSetNode, type: GraphQLNamedType, times: number, path: string[]): void {
    for (const selection of set.selections) {
      if (isLeftOut(selection, values)) continue
      if (selection.kind === Kind.FIELD) {
        walkField(selection, type, times, path)
        continue
      }
      const fragment = selection.kind === Kind.FRAGMENT_SPREAD ? fragments.get(selection.name.value) : selection
      if (!fragment) continue
      const condition = fragment.typeCondition && schema.getType(fragment.typeCondition.name.value)
      walk(fragment.selectionSet, condition ?? type, times, path)
    }
  }

  function walkField(field: FieldNode, type: GraphQLNamedType, times: number, path: string[]): void {
    if (!field.selectionSet) return
    if (!isObjectType(type) && !isInterfaceType(type)) return
    const definition = type.getFields()[field.name.value]
    if (!definition) return
    const result = getNamedType(definition.type)
    const here = [...path, field.alias?.value ?? field.name.value]
    let inside = times
    if (result.name.endsWith('Connection')) {
      const size = sizeOf(field, values, here, cost.errors)
      requests += times
      inside = times * size
      cost.nodes += inside
    } else if (field.name.value === 'nodes' && type.name === 'Query') {
      const ids = argumentOf(field, 'ids', values)
      inside = times * (Array.isArray(ids) ? ids.length : 1)
    }
    walk(field.selectionSet, result, inside, here)
  }

  const root = schema.getQueryType()
  if (root) walk(operation.selectionSet, root, 1, [])
  cost.points = Math.max(1, Math.round(requests / 100))
  if (cost.nodes > maximumNodes) {
    const message = `This query requests up to ${cost.nodes.toLocaleString('en-US')} possible nodes which exceeds the maximum limit of 500,000.`
    cost.errors.push(new GraphQLError(message, { extensions: { type: 'MAX_NODE_LIMIT_EXCEEDED' } }))
  }
  return cost
}

function sizeOf(field: FieldNode, values: Record<string, unknown>, path: string[], errors: GraphQLError[]): number {
  const name = field.name.value
  const first = argumentOf(field, 'first', values)
  const last = argumentOf(field, 'last', values)
  const size = first ?? last
  const fail = (type: string, message: string) => errors.push(new GraphQLError(message, { nodes: field, path, extensions: { type } }))
  if (typeof size !== 'number') {
    if (onlyCounts(field)) return 0
    fail('MISSING_PAGINATION_BOUNDARIES', `You must provide a \`first\` or \`last\` value to properly paginate the \`${name}\` connection.`)
    return 0
  }
  const boundary = typeof first === 'number' ? 'first' : 'last'
  const asked = `Requesting ${size} records on the \`${name}\` connection exceeds the \`${boundary}\` limit of 100 records.`
  if (size > 100) fail('EXCESSIVE_PAGINATION', asked)
  if (size < 0) fail('INVALID_CURSOR_ARGUMENTS', `\`${boundary}\` on the \`${name}\` connection cannot be less than zero.`)
  return Math.min(100, Math.max(0, size))
}

/** `totalCount` alone needs no boundary. */
function onlyCounts(field: FieldNode): boolean {
  return (field.selectionSet?.selections ?? []).every(
    (selection) => selection.kind === Kind.FIELD && !['nodes', 'edges', 'pageInfo'].includes(selection.name.value),
  )
}

function argumentOf(field: FieldNode, name: string, values: Record<string, unknown>): unknown {
  const value = field.arguments?.find((argument) => argument.name.value === name)?.value
  return value && literalOf(value, values)
}

function literalOf(value: ValueNode, values: Record<string, unknown>): unknown {
  return valueFromASTUntyped(value, values as Record<string, never>)
}

function defaultsOf(operation: OperationDefinitionNode): Record<string, unknown> {
  const defaults: Record<string, unknown> = {}
  for (const { variable, defaultValue } of operation.variableDefinitions ?? []) {
    if (defaultValue) defaults[variable.name.value] = literalOf(defaultValue, {})
  }
  return defaults
}

function isLeftOut(selection: SelectionSetNode['selections'][number], values: Record<string, unknown>): boolean {
  for (const directive of selection.directives ?? []) {
    const condition = directive.arguments?.find((argument) => argument.name.value === 'if')?.value
    const holds = condition && literalOf(condition, values)
    if (directive.name.value === 'skip' && holds === true) return true
    if (directive.name.value === 'include' && holds === false) return true
  }
  return false
}
