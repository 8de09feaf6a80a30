/** Finds the jobs of Jenkins, in whatever folders they are. */
import { SourceError } from '../../errors.ts'
import type { Client } from './client.ts'
import type { Job } from './job-names.ts'
import type { Folder, Item } from './payloads.ts'

export interface FoundJob extends Job {
  /** The number of its newest build; null: it has none. */
  newest: number | null
}

/** Folders below this many others are asked for by questions of their own. */
const depth = 4

function treeOf(levels: number): string {
  const below = levels > 1 ? `,${treeOf(levels - 1)}` : ''
  return `jobs[name,lastBuild[number]${below}]`
}

const tree = treeOf(depth)

/** By name. Throws SourceError where Jenkins shows none: it shows nobody what they may not read, and says nothing about it. */
export async function discoverJobs(client: Client): Promise<FoundJob[]> {
  const found: FoundJob[] = []
  const waiting = ['']
  for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
    const folder = await client.folder(name, tree)
    if (folder === null && name === '') {
      throw new SourceError(
        'There is no Jenkins at this address (404).',
        'Write url with the prefix under which it is, such as https://ci.example.org/jenkins.',
      )
    }
    if (folder !== null) walk(name, folder, 1, found, waiting)
  }
  if (found.length === 0) {
    throw new SourceError(
      'Jenkins shows no job to this user.',
      'Give the user Overall/Read and Job/Read, for each folder too, or write another user and token.',
    )
  }
  return found.sort((a, b) => (a.name < b.name ? -1 : 1))
}

function walk(parent: string, folder: Folder | Item, level: number, found: FoundJob[], waiting: string[]): void {
  const isMultibranch = holdsBranches(folder)
  for (const item of folder.jobs ?? []) {
    const name = parent === '' ? item.name : `${parent}/${item.name}`
    if (isFolder(item)) {
      if (level < depth) walk(name, item, level + 1, found, waiting)
      else waiting.push(name)
    } else {
      found.push({ name, isBranch: isMultibranch, newest: item.lastBuild?.number ?? null })
    }
  }
}

/** A folder of organisations, of branches, or a plain one: what lists jobs has no builds. */
export function isFolder({ _class, jobs }: Pick<Item, '_class' | 'jobs'>): boolean {
  return Array.isArray(jobs) || /(?:Folder|MultiBranchProject)$/.test(_class ?? '')
}

/** Whether the jobs of a folder are branches. */
export function holdsBranches({ _class }: Pick<Folder, '_class'>): boolean {
  return /MultiBranchProject$/.test(_class ?? '')
}
