/** Executions of Qovery, in the words of its API. */
import { QoveryOptions } from '../../server/sources/qovery/options.ts'
import { Execution } from '../../server/sources/qovery/payloads.ts'

export const start = Date.UTC(2026, 0, 5, 9)
export const minute = 60_000

// biome-ignore lint/suspicious/noExplicitAny: any JSON
export type AnyExecution = any

export function optionsOf(more: object = {}): QoveryOptions {
  return QoveryOptions.parse({ token: 'a-token-of-qovery', organization: 'acme', ...more })
}

export interface ServiceOf {
  id?: string
  name?: string
  type?: string
  action?: string
  /** Of the details; null: there are none. */
  status?: string | null
  state?: string
  details?: object
}

export function serviceOf({
  id = 's1',
  name = 'till',
  type = 'APPLICATION',
  action = 'DEPLOY',
  status = 'SUCCESS',
  state = 'DEPLOYED',
  details,
}: ServiceOf) {
  return {
    identifier: { service_id: id, name, service_type: type, execution_id: 'x' },
    status: state,
    status_details: status === null ? null : { action, status, sub_action: 'NONE' },
    details: details ?? {
      commit: { git_commit_id: 'A'.repeat(40), commit_page_url: `https://github.com/acme/till/commit/${'a'.repeat(40)}`, tag: null },
    },
  }
}

export function executionOf(id: string, at: number, services: ServiceOf[] = [{}], more: object = {}): AnyExecution {
  return {
    identifier: { execution_id: id, environment_id: 'e1' },
    status: 'DEPLOYED',
    trigger_action: 'DEPLOY',
    total_duration: 'PT2M',
    auditing_data: { created_at: new Date(at).toISOString(), updated_at: new Date(at + 2 * minute).toISOString(), origin: 'GIT' },
    stages: [{ name: 'APPLICATION', status: 'SUCCESS', services: services.map(serviceOf) }],
    ...more,
  }
}

export function read(execution: AnyExecution): Execution {
  return Execution.parse(execution)
}
