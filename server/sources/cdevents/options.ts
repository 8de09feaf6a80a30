/** What shiplog.yaml may say of a CDEvents source. */
import { z } from 'zod'
import { Tier } from '../../facts.ts'
import { EnvironmentRules, pattern, ServiceRules } from '../rules.ts'
import { Sender } from '../signatures.ts'

const Name = z.string().min(1).max(200)

const RunRule = z
  .strictObject({
    /** Found in the name of a pipeline: its runs deploy. */
    pipeline: pattern('^deploy-').optional(),
    /** Found in the name of a task: its runs deploy. */
    task: pattern('^deploy$').optional(),
    /** Where these runs deploy. */
    environment: Name.default('production'),
    tier: Tier.optional(),
    /** What they deploy; without it the rule `service` tells. */
    service: Name.optional(),
  })
  .refine(
    (rule) => (rule.pipeline === undefined) !== (rule.task === undefined),
    "must name either a pipeline or a task, such as { pipeline: '^deploy-' }",
  )
export type RunRule = z.output<typeof RunRule>

const Host = z
  .string()
  .max(260)
  .regex(/^[A-Za-z0-9][A-Za-z0-9.-]*(?::\d+)?$/, 'must be the name of a host, such as ci.example.org')

export const CdeventsOptions = z.strictObject({
  /** What senders show. */
  webhook: Sender.optional(),
  /** Hosts that may send, as they name themselves in the handshake of CloudEvents' web hooks; without it every host may. */
  origins: z.array(Host).min(1).max(100).optional(),
  /** Which service a thing belongs to. */
  service: ServiceRules.prefault('service'),
  /** Which tier an environment is of. */
  environments: EnvironmentRules.default(true),
  /** Where the commit of a deployment or a change is told; the first label that holds a whole commit id. */
  commit: z
    .array(z.string().min(1).max(300))
    .min(1)
    .max(20)
    .default(['customData.commit', 'customData.commitSha', 'customData.sha', 'artifact.commit', 'change']),
  deployments: z
    .strictObject({
      /** Services that are deployed, upgraded and rolled back are deployments. */
      services: z.boolean().default(true),
      /** Runs of pipelines and tasks that are; the first rule that matches holds. */
      runs: z.array(RunRule).max(100).default([]),
    })
    .prefault({}),
  incidents: z
    .union([
      z.literal(false),
      z.strictObject({
        /** `artifact`: the deployment of the artifact that an incident names is what failed. */
        culprit: z.literal(['artifact', 'none']).default('none'),
      }),
    ])
    .prefault({}),
})
export type CdeventsOptions = z.output<typeof CdeventsOptions>
