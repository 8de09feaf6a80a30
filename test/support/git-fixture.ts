/** Makes real git repositories in temporary folders, the same to the byte each time. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { devNull, tmpdir } from 'node:os'
import path from 'node:path'

export interface CommitOptions {
  /** RFC 3339, or git's raw form such as `@-5 +0000`. Each commit is a minute after the one before where absent. */
  at?: string
  authoredAt?: string
  author?: { name: string; mail: string }
  parents?: string[]
  /** Files that it holds beside those of its first parent, or in their place; null takes one away. */
  files?: Record<string, string | null>
}

export interface GitFixture {
  dir: string
  /** Runs git in the repository and returns what it says, without the last line feed. */
  git(args: string[], options?: { input?: string | Buffer; env?: Record<string, string> }): string
  /** Commits on top of the given parents (default: HEAD) what the first of them holds and `files`, moves the branch that is checked out and returns the sha. */
  commit(message: string | Buffer, options?: CommitOptions): string
  /** A merge of HEAD with the given commits. */
  merge(others: string[], message?: string, options?: CommitOptions): string
  /** Writes an object of git as it is, valid or not, and returns its sha. */
  object(type: 'commit' | 'tag' | 'blob', content: string | Buffer): string
  /** An annotated tag with `at`, else a lightweight one. */
  tag(name: string, target?: string, at?: string): void
  remove(): void
}

const person = { name: 'Ada Example', mail: 'ada@example.com' }
const start = Date.parse('2026-01-05T09:00:00Z')

/** An empty repository whose branch is `main`, with a work tree unless `bare`. */
export function createGitFixture(options: { bare?: boolean } = {}): GitFixture {
  const dir = mkdtempSync(path.join(tmpdir(), 'shiplog-git-'))
  let minutes = 0
  const env = (extra: Record<string, string> = {}) => ({
    PATH: process.env.PATH ?? '',
    HOME: dir,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: devNull,
    GIT_AUTHOR_NAME: person.name,
    GIT_AUTHOR_EMAIL: person.mail,
    GIT_COMMITTER_NAME: person.name,
    GIT_COMMITTER_EMAIL: person.mail,
    ...extra,
  })
  const fixture: GitFixture = {
    dir,
    git(args, { input, env: extra } = {}) {
      const output = execFileSync('git', args, { cwd: dir, env: env(extra), input: input ?? '', stdio: ['pipe', 'pipe', 'pipe'] })
      return output.toString('utf8').replace(/\n$/, '')
    },
    commit(message, { at, authoredAt, author = person, parents, files = {} } = {}) {
      const committed = at ?? new Date(start + minutes++ * 60_000).toISOString()
      const known = parents ?? (headOf(fixture) === null ? [] : ['HEAD'])
      const tree = treeOf(fixture, known[0], files)
      const sha = fixture.git(['commit-tree', tree, ...known.flatMap((parent) => ['-p', parent]), '-F', '-'], {
        input: message,
        env: {
          GIT_AUTHOR_NAME: author.name,
          GIT_AUTHOR_EMAIL: author.mail,
          GIT_AUTHOR_DATE: authoredAt ?? committed,
          GIT_COMMITTER_DATE: committed,
        },
      })
      fixture.git(['update-ref', 'HEAD', sha])
      return sha
    },
    merge(others, message = 'Merge', options = {}) {
      return fixture.commit(message, { ...options, parents: ['HEAD', ...others] })
    },
    object(type, content) {
      return fixture.git(['hash-object', '-w', '--stdin', '-t', type, '--literally'], { input: content })
    },
    tag(name, target = 'HEAD', at) {
      const annotated = at === undefined ? [] : ['-a', '-m', name]
      fixture.git(['tag', '--force', ...annotated, '--', name, target], { env: at === undefined ? {} : { GIT_COMMITTER_DATE: at } })
    },
    remove() {
      rmSync(dir, { recursive: true, force: true })
    },
  }
  fixture.git(['init', '--quiet', '--initial-branch=main', '--template=', ...(options.bare ? ['--bare'] : [])])
  return fixture
}

function treeOf(fixture: GitFixture, parent: string | undefined, files: Record<string, string | null>): string {
  if (Object.keys(files).length === 0 && parent !== undefined) return fixture.git(['rev-parse', `${parent}^{tree}`])
  fixture.git(parent === undefined ? ['read-tree', '--empty'] : ['read-tree', parent])
  for (const [name, content] of Object.entries(files)) {
    if (content === null) fixture.git(['update-index', '--force-remove', name])
    else fixture.git(['update-index', '--add', '--cacheinfo', `100644,${fixture.object('blob', content)},${name}`])
  }
  return fixture.git(['write-tree'])
}

function headOf(fixture: GitFixture): string | null {
  try {
    return fixture.git(['rev-parse', '--verify', '--quiet', 'HEAD'])
  } catch {
    return null
  }
}
