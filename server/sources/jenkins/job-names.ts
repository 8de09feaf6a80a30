/** Names of jobs: `acme/shop/feature%2Flogin` is the job at `/job/acme/job/shop/job/feature%252Flogin`. */

export interface Job {
  /** With its folders. */
  name: string
  /** It is a branch of a multibranch project. */
  isBranch: boolean
}

export function pathOf(name: string): string {
  return name
    .split('/')
    .map((part) => `/job/${encodeURIComponent(part)}`)
    .join('')
}

/** Of a path that holds `job/NAME` for each folder and the job; null where there is none. */
export function nameOf(path: string): string | null {
  const parts = path.split('/').filter((part) => part !== '')
  const names: string[] = []
  for (let index = parts.length - 2; index >= 0 && parts[index] === 'job'; index -= 2) names.unshift(decoded(parts[index + 1] ?? ''))
  return names.length === 0 || names.some((name) => name === '' || name.includes('/')) ? null : names.join('/')
}

/** The job without its branch. */
export function projectOf({ name, isBranch }: Job): string {
  const parent = parentOf(name)
  return isBranch && parent !== '' ? parent : name
}

export function parentOf(name: string): string {
  return name.slice(0, Math.max(0, name.lastIndexOf('/')))
}

export function lastOf(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1)
}

/** The branch, whose slashes are escaped in the name of its job. */
export function branchOf(name: string): string {
  return decoded(lastOf(name))
}

/** As the branch sources of GitHub, Bitbucket, Gitea and GitLab name them. */
export function isPullRequest({ name, isBranch }: Job): boolean {
  return isBranch && /^(?:PR|MR)-\d+(?:-(?:head|merge))?$/.test(lastOf(name))
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** `acme/shop` of `https://github.com/acme/shop.git` or `git@github.com:acme/shop.git`. */
export function repositoryOf(remote: string): string | undefined {
  const withoutHost = /^[a-z+]+:\/\/[^/]+\/(.+)$/i.exec(remote)?.[1] ?? /^[^/:]+:(.+)$/.exec(remote)?.[1]
  const name = withoutHost
    ?.replace(/\/+$/, '')
    .replace(/\.git$/, '')
    .replace(/^\/+/, '')
  return name === '' ? undefined : name
}
