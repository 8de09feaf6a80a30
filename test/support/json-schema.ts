/** Checks values by the few words of JSON Schema that the schemas of CDEvents use. */
export interface JsonSchema {
  $ref?: string
  type?: string
  properties?: Record<string, JsonSchema>
  required?: string[]
  additionalProperties?: boolean
  items?: JsonSchema
  enum?: unknown[]
  minLength?: number
  format?: string
  anyOf?: JsonSchema[]
  oneOf?: JsonSchema[]
}

/** Whether the value keeps the schema; `resolve` answers what a reference leads to. Of formats only times are checked. */
export function keeps(schema: JsonSchema, value: unknown, resolve: (reference: string) => JsonSchema): boolean {
  const within = (inner: JsonSchema, one: unknown) => keeps(inner, one, resolve)
  if (schema.$ref !== undefined && !within(resolve(schema.$ref), value)) return false
  if (schema.type !== undefined && typeOf(value) !== schema.type) return false
  if (schema.enum !== undefined && !schema.enum.includes(value)) return false
  if (schema.anyOf !== undefined && !schema.anyOf.some((one) => within(one, value))) return false
  if (schema.oneOf !== undefined && schema.oneOf.filter((one) => within(one, value)).length !== 1) return false
  if (typeof value === 'string') {
    if (value.length < (schema.minLength ?? 0)) return false
    return schema.format !== 'date-time' || /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/.test(value)
  }
  if (Array.isArray(value)) return schema.items === undefined || value.every((one) => within(schema.items as JsonSchema, one))
  if (typeof value !== 'object' || value === null) return true
  const { properties = {}, required = [], additionalProperties = true } = schema
  if (required.some((name) => !Object.hasOwn(value, name))) return false
  return Object.entries(value).every(([name, one]) => {
    const inner = Object.hasOwn(properties, name) ? properties[name] : undefined
    return inner === undefined ? additionalProperties : within(inner, one)
  })
}

function typeOf(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'array' : typeof value
}
