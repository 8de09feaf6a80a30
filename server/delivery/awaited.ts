/** Names that deployments and the changes they carry speak of, and that a fact still to come may bear. */
import type { RevertPattern } from '../definition.ts'
import type { Change, Deployment, Ref } from '../facts.ts'
import { refKey } from '../facts.ts'
import { revertNames } from './reverts.ts'
import type { TierChain } from './rows.ts'

export interface Awaited {
  deployment: Ref
  names: string[]
}

/** As many digits as tell commits apart in practice; more are compared where a name says more. */
const abbreviated = 7

/**
 * What a deployment names beyond the facts of its own source that are known: a change of its source comes before another's of that id, so
 * that each of these names may come to mean another fact.
 */
export function awaitedNames(deployments: Deployment[], chains: TierChain[], reverts: RevertPattern[]): Awaited[] {
  const names = new Map<string, Set<string>>()
  const own = new Set(deployments.map(refKey))
  const add = (deployment: Ref, name: string): void => {
    const known = names.get(refKey(deployment)) ?? new Set()
    names.set(refKey(deployment), known.add(name))
  }
  for (const deployment of deployments) {
    // Also one that is known: it may turn out to have failed.
    if (deployment.remedies !== undefined) add(deployment, `d:${deployment.remedies}`)
  }
  for (const { carry } of chains) {
    const { byKey, pulls } = carry.changes
    for (const { fact, carried } of carry.carriers) {
      if (!own.has(refKey(fact))) continue
      for (const id of fact.changes ?? []) if (!byKey.has(refKey({ source: fact.source, id }))) add(fact, id)
      for (const { unit } of carried) {
        const change = pulls[unit]?.fact
        if (!change) continue
        for (const name of revertNames(change, reverts)) {
          if (byKey.has(refKey({ source: change.source, id: name }))) continue
          for (const form of formsOf(name)) add(fact, form)
        }
      }
    }
  }
  return deployments.flatMap(({ source, id }) => {
    const found = names.get(refKey({ source, id }))
    return found ? [{ deployment: { source, id }, names: [...found].sort() }] : []
  })
}

function formsOf(name: string): string[] {
  const forms = [name]
  if (/^\d+$/.test(name)) forms.push(`#${name}`)
  if (/^[0-9a-f]{7,64}$/.test(name)) forms.push(`m:${name.slice(0, abbreviated)}`)
  return forms
}

/** Every awaited name that means this change, or may come to. */
export function changeNames(change: Pick<Change, 'source' | 'id' | 'mergeCommit'>): string[] {
  const number = /[#!/](\d+)$/.exec(change.id)?.[1]
  return [
    change.id,
    refKey(change),
    ...(number === undefined ? [] : [`#${number}`]),
    ...(change.mergeCommit === undefined ? [] : [`m:${change.mergeCommit.slice(0, abbreviated)}`]),
  ]
}
