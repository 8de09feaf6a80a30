/** Reads package URLs (purl), by which CDEvents name artifacts: pkg:TYPE/NAMESPACE/NAME@VERSION?QUALIFIERS#SUBPATH. */
import { commitId } from '../fact-text.ts'

export interface PackageUrl {
  type: string
  namespace?: string
  name: string
  version?: string
  /** Of the source that it was made from. */
  commit?: string
}

/** Null for what is no package URL. */
export function parsePackageUrl(text: string): PackageUrl | null {
  const parts = /^pkg:\/{0,2}([A-Za-z][\w.+-]*)\/([^?#@]+?)\/?(?:@([^?#]*))?(?:\?([^#]*))?(?:#.*)?$/.exec(text)
  if (parts === null) return null
  const [, type = '', path = '', version, qualifiers = ''] = parts
  const segments = path.split('/').map(decoded)
  const name = segments.pop() ?? ''
  const namespace = segments.join('/')
  const told = version === undefined || version === '' ? undefined : decoded(version)
  const vcs = new URLSearchParams(qualifiers).get('vcs_url')
  const commit = commitId(/@([0-9a-f]+)$/i.exec(vcs ?? '')?.[1]) ?? commitId(told)
  return {
    type: type.toLowerCase(),
    ...(namespace === '' ? {} : { namespace }),
    name,
    ...(told === undefined ? {} : { version: told }),
    ...(commit === undefined ? {} : { commit }),
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
