/** The questions that Jenkins is asked. */
import type { z } from 'zod'
import { SourceError } from '../../errors.ts'
import { createHttpClient } from '../http-client.ts'
import type { Context } from '../source.ts'
import { pathOf } from './job-names.ts'
import type { JenkinsOptions, Rule } from './options.ts'
import { Build, Builds, buildsTree, buildTree, Folder, Run, type Stage, StageNode } from './payloads.ts'
import { ruleOfStage, type ToldBuild } from './to-facts.ts'

export interface Client {
  /** Of the top where the name is empty; null: there is no such folder. */
  folder(name: string, tree: string): Promise<Folder | null>
  /** The newest first; null: there is no such job. */
  builds(job: string, from: number, to: number): Promise<z.output<typeof Builds> | null>
  build(job: string, number: number): Promise<Build | null>
  /** Of a pipeline; those that its conditions skipped are marked as not executed. */
  stages(build: ToldBuild, rules: Rule[]): Promise<Stage[]>
}

/** A stage whose condition does not hold is told as a success that took no time; one that took longer did something. */
const skippedMs = 3000

export function createClient(options: JenkinsOptions, ctx: Pick<Context, 'signal' | 'progress'>, retryMs?: number): Client {
  const { url, user, token } = options
  if (url === undefined) throw new Error('createClient: there is no address')
  const http = createHttpClient(
    {
      system: 'Jenkins',
      baseUrl: url,
      headers: user === undefined ? {} : { authorization: `Basic ${Buffer.from(`${user}:${token}`).toString('base64')}` },
      credentials:
        user === undefined
          ? 'Write user and token into shiplog.yaml: an API token of a user who may read the jobs (Overall/Read, Job/Read).'
          : `Make a new API token for ${user} (menu of the user, Security) and give that user Overall/Read and Job/Read.`,
      ...(retryMs === undefined ? {} : { retryMs }),
    },
    ctx,
  )
  async function find<T>(what: string, path: string, shape: z.ZodType<T>, tree?: string): Promise<T | null> {
    const answer = await http.find(what, path, shape, tree === undefined ? {} : { query: { tree } })
    return answer === null ? null : answer.data
  }

  async function isSkipped(build: ToldBuild, stage: Stage): Promise<boolean> {
    if (stage.status !== 'SUCCESS' || (stage.durationMillis ?? 0) >= skippedMs || !stage.id) return false
    const path = `${pathOf(build.job.name)}/${build.number}/execution/node/${encodeURIComponent(stage.id)}/wfapi/describe`
    const node = await find(`the steps of ${stage.name} of ${build.job.name} #${build.number}`, path, StageNode)
    // Conditions look around by a step of this name.
    return node?.stageFlowNodes?.every(({ name }) => name === 'getContext') ?? false
  }

  return {
    folder: (name, tree) => find(name === '' ? 'the jobs' : `the jobs of ${name}`, `${name && pathOf(name)}/api/json`, Folder, tree),
    builds: (job, from, to) => find(`builds of ${job}`, `${pathOf(job)}/api/json`, Builds, buildsTree(from, to)),
    build: (job, number) => find(`${job} #${number}`, `${pathOf(job)}/${number}/api/json`, Build, buildTree),
    async stages(build, rules) {
      if (!build.isPipeline || rules[0]?.stage === undefined) return []
      const of = `${build.job.name} #${build.number}`
      const run = await find(`the stages of ${of}`, `${pathOf(build.job.name)}/${build.number}/wfapi/describe`, Run)
      if (run === null) {
        throw new SourceError(
          `Jenkins tells no stages of ${of} (404).`,
          'Install the plugin Pipeline: Stage View (its part is Pipeline: REST API), or take stage out of the rule.',
        )
      }
      const stages: Stage[] = []
      for (const stage of run.stages ?? []) {
        const isOfRule = ruleOfStage(rules, stage) !== undefined
        stages.push(isOfRule && (await isSkipped(build, stage)) ? { ...stage, status: 'NOT_EXECUTED' } : stage)
      }
      return stages
    },
  }
}
