/** Which paths of a repository a list of globs means. */
import picomatch from 'picomatch'

export type PathMatcher = (path: string) => boolean

/**
 * A path is meant where one of the globs matches it and none that begins with `!` does; with none but such, every other path is. `*` stands for
 * text within a step, `**` for any number of steps, `{a,b}` for either; the name of a folder stands for all that is in it.
 */
export function pathMatcher(globs: readonly string[]): PathMatcher {
  const taken = globs.filter((glob) => !glob.startsWith('!'))
  const left = globs.filter((glob) => glob.startsWith('!')).map((glob) => glob.slice(1))
  const isTaken = taken.length === 0 ? () => true : matcherOf(taken)
  if (left.length === 0) return isTaken
  const isLeft = matcherOf(left)
  return (path) => isTaken(path) && !isLeft(path)
}

/** Why a text is no glob of paths in a repository; null where it is one. */
export function globFault(glob: string): string | null {
  const path = glob.replace(/^!/, '')
  if (path.trim() === '') return 'must not be empty; write a glob such as apps/checkout/**'
  if (path.includes('\\')) return 'must have slashes and no backslashes, such as apps/checkout/**'
  if (/^(?:\/|\.\.?(?:\/|$))/.test(path) || path.split('/').includes('..'))
    return 'must begin at the top folder of the repository, without a slash or dots before it, such as apps/checkout/**'
  if (path.startsWith('!')) return 'must not begin with more than one !'
  return isBalanced(path) ? null : 'has a bracket or brace that is not closed; write a glob such as apps/{checkout,till}/**'
}

function matcherOf(globs: string[]): PathMatcher {
  const withContents = globs.flatMap((glob) => [glob.replace(/\/+$/, ''), `${glob.replace(/\/+$/, '')}/**`])
  return picomatch(withContents, { dot: true, nonegate: true })
}

function isBalanced(glob: string): boolean {
  const closing: Record<string, string> = { '{': '}', '[': ']', '(': ')' }
  const open: string[] = []
  for (const letter of glob) {
    const end = closing[letter]
    if (end !== undefined) open.push(end)
    else if (Object.values(closing).includes(letter) && open.pop() !== letter) return false
  }
  return open.length === 0
}
