/** The fields that are read of what Jenkins and its plugins say. */
import { z } from 'zod'
import { latestInstant } from '../fact-text.ts'

const Time = z.number().min(0).max(latestInstant).transform(Math.floor)
/** Milliseconds. */
const Duration = z.number().min(0).max(latestInstant).transform(Math.floor)
const Count = z.int().nonnegative()

/** Jobs and folders, nested as deep as they were asked for. */
export interface Item {
  name: string
  _class?: string | null | undefined
  jobs?: Item[] | null | undefined
  lastBuild?: { number: number } | null | undefined
}
const Item: z.ZodType<Item> = z.object({
  name: z.string().min(1),
  _class: z.string().nullish(),
  lastBuild: z.object({ number: Count }).nullish(),
  get jobs() {
    return z.array(Item).nullish()
  },
})
export const Folder = z.object({ _class: z.string().nullish(), jobs: z.array(Item).nullish() })
export type Folder = z.output<typeof Folder>

/** What plugins attach to a build; most are of no interest, and many are empty. */
const Action = z
  .object({
    lastBuiltRevision: z
      .object({ SHA1: z.string().nullish(), branch: z.array(z.object({ name: z.string().nullish() })).nullish() })
      .nullish(),
    remoteUrls: z.array(z.string()).nullish(),
    causes: z.array(z.object({ _class: z.string().nullish() })).nullish(),
    parameters: z.array(z.object({ name: z.string(), value: z.unknown().optional() })).nullish(),
  })
  .nullish()

export const Build = z.object({
  _class: z.string().nullish(),
  number: Count,
  /** When it began. */
  timestamp: Time,
  /** 0 while it is building. */
  duration: Duration.nullish(),
  building: z.boolean().nullish(),
  result: z.string().nullish(),
  actions: z.array(Action).nullish(),
})
export type Build = z.output<typeof Build>
export const buildTree =
  'number,timestamp,duration,building,result,actions[lastBuiltRevision[SHA1,branch[name]],remoteUrls,causes[shortDescription],parameters[name,value]]'

export const Builds = z.object({
  firstBuild: z.object({ number: Count, timestamp: Time }).nullish(),
  allBuilds: z.array(Build).nullish(),
})
export const buildsTree = (from: number, to: number) => `firstBuild[number,timestamp],allBuilds[${buildTree}]{${from},${to}}`

export const Stage = z.object({
  id: z.string().nullish(),
  name: z.string(),
  status: z.string().nullish(),
  startTimeMillis: Time,
  durationMillis: Duration.nullish(),
  /** How much of it was spent waiting for a person. */
  pauseDurationMillis: Duration.nullish(),
})
export type Stage = z.output<typeof Stage>
export const Run = z.object({ stages: z.array(Stage).nullish() })

/** The steps of a stage. */
export const StageNode = z.object({ stageFlowNodes: z.array(z.object({ name: z.string().nullish() })).nullish() })

const phases = ['QUEUED', 'STARTED', 'COMPLETED', 'FINALIZED', 'NONE'] as const

/** What the Notification plugin sends. */
export const Notification = z.object({
  /** Of the job below the address of Jenkins: `job/acme/job/shop/`. */
  url: z.string().max(2000),
  build: z.object({
    full_url: z.string().nullish(),
    number: Count,
    phase: z.enum(phases),
    status: z.string().nullish(),
    /** When the phase began. */
    timestamp: Time,
    duration: Duration.nullish(),
    scm: z.object({ url: z.string().nullish(), branch: z.string().nullish(), commit: z.string().nullish() }).nullish(),
    parameters: z.record(z.string(), z.unknown()).nullish(),
  }),
})
export type Notification = z.output<typeof Notification>
