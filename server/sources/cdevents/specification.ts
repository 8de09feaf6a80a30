/** The rules of CDEvents 0.4 and 0.5 (https://cdevents.dev): which fields each event must have, and which it may. */
import { z } from 'zod'
import { ShiplogError } from '../../errors.ts'
import { Time } from '../../facts.ts'
import { checked } from '../delivery-body.ts'

const text = z.string().min(1)
const any = z.string()
const reference = z.strictObject({ id: text, source: text.optional() })
const looseReference = z.strictObject({ id: text, source: any.optional() })

const from = z.looseObject({ contextId: text })
const tags = z.looseObject({}).optional()
const links = z.array(
  z.discriminatedUnion('linkType', [
    z.strictObject({ linkType: z.literal('PATH'), from, tags }),
    z.strictObject({ linkType: z.literal('END'), from: from.optional(), tags }),
    z.strictObject({ linkType: z.literal('RELATION'), linkKind: text, target: z.looseObject({ contextId: text.optional() }), tags }),
  ]),
)

const commonContext = {
  id: text,
  source: text,
  type: text,
  timestamp: Time,
  schemaUri: text.optional(),
  chainId: text.optional(),
  links: links.optional(),
}

type Fields = Record<string, z.ZodType>
type Generation = 4 | 5

/** The content of each event, by subject and predicate. */
function contentsOf(generation: Generation): Record<string, Fields> {
  const address = generation === 4 ? 'url' : 'uri'
  const optional = (...names: string[]): Fields => Object.fromEntries(names.map((name) => [name, any.optional()]))
  const inRepository = { repository: reference.optional() }
  const deployed = { environment: reference, artifactId: text }
  const placed = { environment: reference.optional() }
  const incident = { ...optional('description'), environment: reference, service: reference.optional(), artifactId: text.optional() }
  const runOutcome = z.enum(['success', 'failure', 'cancel', 'error'])
  const run = optional('pipelineName', address)
  const task = { ...optional('taskName', address), pipelineRun: reference.optional() }
  const named = optional('name', 'owner', address, 'viewUrl')
  const sbom = z.strictObject({ uri: text }).optional()
  const user = text.optional()
  const testOutcome = z.enum(generation === 4 ? ['pass', 'fail', 'cancel', 'error'] : ['success', 'failure', 'cancel', 'error'])
  const severity = z.enum(['low', 'medium', 'high', 'critical']).optional()
  const caseType = z.enum(['performance', 'functional', 'unit', 'security', 'compliance', 'integration', 'e2e', 'other'])
  const testCase = z.strictObject({ id: text, ...optional('version', 'name', 'uri'), type: caseType.optional() }).optional()
  const suite = (uri = 'uri') => z.strictObject({ id: text, ...optional('version', 'name', uri) }).optional()
  const cause = z.enum(['manual', 'pipeline', 'event', 'schedule', 'other'])
  const trigger = z.looseObject({ type: cause.optional(), uri: any.optional() }).optional()
  const ofCase = { testSuiteRun: looseReference.optional(), testCase }
  const list = z.array(any).optional()
  const ticket = {
    ...optional('summary', 'ticketType', 'group', 'priority', 'milestone'),
    creator: text.optional(),
    assignees: list,
    labels: list,
    uri: text,
  }
  return {
    'artifact.deleted': { user },
    'artifact.downloaded': { user },
    'artifact.packaged': { change: reference, sbom },
    'artifact.published': { sbom, user },
    'artifact.signed': { signature: text },
    'branch.created': inRepository,
    'branch.deleted': inRepository,
    'build.finished': optional('artifactId'),
    'build.queued': {},
    'build.started': {},
    'change.abandoned': inRepository,
    'change.created': { description: text.optional(), ...inRepository },
    'change.merged': inRepository,
    'change.reviewed': inRepository,
    'change.updated': inRepository,
    'environment.created': optional('name', address),
    'environment.deleted': optional('name'),
    'environment.modified': optional('name', address),
    'incident.detected': incident,
    'incident.reported': { ...incident, ticketURI: text },
    'incident.resolved': incident,
    'pipelinerun.finished': { ...run, outcome: (generation === 4 ? any : runOutcome).optional(), errors: any.optional() },
    'pipelinerun.queued': run,
    'pipelinerun.started': { pipelineName: any, [address]: any },
    'repository.created': { ...named, name: text, [address]: generation === 4 ? text : any },
    'repository.deleted': named,
    'repository.modified': named,
    'service.deployed': deployed,
    'service.published': placed,
    'service.removed': placed,
    'service.rolledback': deployed,
    'service.upgraded': deployed,
    'taskrun.finished': { ...task, ...optional('outcome', 'errors') },
    'taskrun.started': task,
    'testcaserun.finished': { outcome: testOutcome, severity, reason: any.optional(), environment: reference, ...ofCase },
    'testcaserun.queued': { trigger, environment: reference, ...ofCase },
    'testcaserun.skipped': { reason: any.optional(), ...placed, ...ofCase },
    'testcaserun.started': { trigger, environment: reference, ...ofCase },
    'testoutput.published': {
      outputType: z.enum(['report', 'video', 'image', 'log', 'other']),
      format: any,
      uri: any.optional(),
      testCaseRun: looseReference.optional(),
    },
    'testsuiterun.finished': { environment: reference, testSuite: suite(), outcome: testOutcome, severity, reason: any.optional() },
    'testsuiterun.queued': { trigger, environment: reference, testSuite: suite(generation === 4 ? 'url' : 'uri') },
    'testsuiterun.started': { trigger, environment: reference, testSuite: suite() },
    'ticket.closed': { ...ticket, resolution: text, updatedBy: any.optional() },
    'ticket.created': { ...ticket, summary: any, creator: text },
    'ticket.updated': { ...ticket, updatedBy: any.optional() },
  }
}

/** As 0.4 spells the types of subjects. */
const subjectTypes: Record<string, string> = {
  pipelinerun: 'pipelineRun',
  taskrun: 'taskRun',
  testcaserun: 'testCaseRun',
  testoutput: 'testOutput',
  testsuiterun: 'testSuiteRun',
}

function shapesOf(generation: Generation): Map<string, z.ZodType<Understood>> {
  const context = z.strictObject({ ...commonContext, [generation === 4 ? 'version' : 'specversion']: text })
  return new Map(
    Object.entries(contentsOf(generation)).map(([kind, content]) => {
      const [subject = ''] = kind.split('.')
      const source = (/^test/.test(subject) ? any : text).optional()
      const type = z.literal(subjectTypes[subject] ?? subject)
      // 0.5 dropped the type of the subject, and kept it with tickets that are closed.
      const typed = generation === 4 ? { type } : kind === 'ticket.closed' ? { type: type.optional() } : {}
      const shape = z.strictObject({
        context,
        subject: z.strictObject({ id: text, source, ...typed, content: z.strictObject(content) }),
        customData: z.union([z.looseObject({}), z.string()]).optional(),
        customDataContentType: any.optional(),
      })
      return [kind, shape as unknown as z.ZodType<Understood>]
    }),
  )
}

const shapes = { 4: shapesOf(4), 5: shapesOf(5) }

/** What of an event is read. Every text of the content is there or not as the event's rules say. */
interface Understood {
  context: { id: string; source: string; type: string; timestamp: number }
  subject: { id: string; source?: string; content: Content }
  customData?: Record<string, unknown> | string
}
export type Content = { environment?: Named; repository?: Named; service?: Named; change?: Named } & {
  [name in 'artifactId' | 'description' | 'ticketURI' | 'pipelineName' | 'taskName' | 'uri' | 'url' | 'outcome']?: string
}
interface Named {
  id: string
  source?: string
}

export interface CdEvent extends Understood {
  /** Subject and predicate, such as `service.deployed`; null for events that somebody made up (`dev.cdeventsx`). */
  kind: string | null
}

const Outline = z.looseObject({
  context: z.looseObject({ type: text, id: text, source: text, specversion: any.optional(), version: any.optional() }),
})
const Custom = z.looseObject({
  context: z.looseObject({ id: text, source: text, type: text, timestamp: Time }),
  subject: z.looseObject({ id: text, content: z.looseObject({}) }),
})

/** The event where it keeps the rules of its version; throws ShiplogError `invalid`, which names the field that breaks them. */
export function eventOf(value: unknown): CdEvent {
  const { context } = checked(Outline, value, 'a CDEvent')
  const generation = generationOf(context)
  const kind = /^dev\.cdevents\.([a-z]+\.[a-z]+)\.\d+\.\d+\.\d+(?:-[\w.]+)?$/.exec(context.type)?.[1]
  if (kind === undefined && /^dev\.cdeventsx\./.test(context.type)) {
    return { ...(checked(Custom, value, context.type.slice(0, 200)) as Understood), kind: null }
  }
  const shape = kind === undefined ? undefined : shapes[generation].get(kind)
  if (shape === undefined || kind === undefined) {
    throw new ShiplogError('invalid', `context.type: ${context.type.slice(0, 200)} is no event of CDEvents 0.${generation}.`)
  }
  return { ...checked(shape, value, context.type), kind }
}

function generationOf({ specversion, version }: { specversion?: string; version?: string }): Generation {
  if (specversion !== undefined && /^0\.5(?:\.|$)/.test(specversion)) return 5
  if (version !== undefined && /^0\.4(?:\.|$)/.test(version)) return 4
  throw new ShiplogError(
    'invalid',
    'context.specversion: must be 0.5 or, as context.version, 0.4. Let the sender make events of one of these versions of CDEvents.',
  )
}
