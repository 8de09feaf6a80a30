/** Deployments of Ansible: jobs of AWX or Automation Controller, and runs of ansible-playbook that its callback tells of. */
import type { Source } from '../source.ts'
import { AnsibleOptions } from './options.ts'
import { ansibleReceiver } from './receive.ts'

/** `retryMs`: how long is waited before a request is made again. */
export function createAnsibleSource(retryMs?: number): Source<AnsibleOptions> {
  return {
    id: 'ansible',
    title: 'Ansible',
    options: AnsibleOptions,
    namesServices: true,
    async *collect(options, cursor, ctx) {
      const { collectAnsible } = await import('./collect.ts')
      yield* collectAnsible(options, cursor, ctx, retryMs)
    },
    receive: ansibleReceiver,
    async *refresh(options, changed, _cursor, ctx) {
      const { refreshAnsible } = await import('./collect.ts')
      yield* refreshAnsible(options, changed, ctx, retryMs)
    },
    async preview(options, ctx) {
      const { previewAnsible } = await import('./preview.ts')
      return previewAnsible(options, ctx, retryMs)
    },
  }
}

export const ansibleSource = createAnsibleSource()
