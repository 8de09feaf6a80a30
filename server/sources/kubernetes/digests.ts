/** Asks pods for the digest of the image that they run: a tag can be moved, a digest cannot. */
import { SourceError } from '../../errors.ts'
import { refusalOf } from '../http-client.ts'
import type { Context } from '../source.ts'
import type { Api } from './api.ts'
import type { Attempt } from './follow.ts'
import { digestOfRunning } from './image.ts'
import type { KubernetesOptions } from './options.ts'
import { Pod, page } from './payloads.ts'

/** Questions of one run; a first list of a large cluster would ask for everything at once. */
const mostQuestions = 1000

const labels = {
  Deployment: 'pod-template-hash',
  Rollout: 'rollouts-pod-template-hash',
  StatefulSet: 'controller-revision-hash',
  DaemonSet: 'controller-revision-hash',
}

export function createDigests(options: KubernetesOptions, api: Api, ctx: Pick<Context, 'note' | 'progress'>) {
  let left = options.digests ? mostQuestions : 0

  async function digestOf({ workload, hash, content }: Attempt): Promise<string | null> {
    const path = `/api/v1/namespaces/${encodeURIComponent(workload.namespace)}/pods`
    const query = { labelSelector: `${labels[workload.kind]}=${hash}`, limit: 5 }
    const { data } = await api.ask('pods', path, page(Pod), { query })
    for (const { status } of data.items) {
      const running = status?.containerStatuses?.find(({ name }) => name === content.container)
      const digest = digestOfRunning(running?.imageID ?? '')
      if (digest !== null) return digest
    }
    return null
  }

  return {
    /** Those whose commit and digest are not told otherwise. Throws SourceError; without the right to see pods there are no digests. */
    async add(attempts: Attempt[]): Promise<void> {
      const wanted = attempts.filter(
        ({ status, inferred, hash, content }) =>
          status === 'succeeded' && !inferred && content.commit === null && content.digest === null && /^[\w.-]{1,63}$/.test(hash),
      )
      for (const [index, attempt] of wanted.entries()) {
        if (left === 0) return
        left--
        ctx.progress({ step: 'asking for digests', done: index, total: wanted.length })
        try {
          attempt.content.digest = await digestOf(attempt)
        } catch (error) {
          if (!(error instanceof SourceError) || refusalOf(error) !== 403) throw error
          left = 0
          ctx.note(
            'Shiplog may not list pods, so that digests of images are not known. Apply docs/sources/kubernetes/rbac.yaml, or set digests: false.',
          )
        }
      }
    },
  }
}
