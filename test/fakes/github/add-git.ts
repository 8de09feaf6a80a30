/** Gives the repositories of a world real git repositories: the same history under the ids that git gives it. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync } from 'node:fs'
import { devNull } from 'node:os'
import path from 'node:path'
import type { Commit, Person, Repository, World } from './world.ts'

/** Makes a bare repository of each in the folder; what named a commit by its made-up id names that of git afterwards. */
export function addGit(world: World, folder: string): void {
  for (const repository of world.repositories) {
    const dir = path.join(folder, `${repository.name}.git`)
    mkdirSync(dir, { recursive: true })
    git(dir, ['init', '--quiet', '--bare', '--template=', `--initial-branch=${repository.defaultBranch}`, '.'])
    const commits = parentsFirst(repository)
    git(dir, ['fast-import', '--quiet', '--export-marks=marks'], [...streamOf(repository, commits)].join(''))
    const shas = new Map<string, string>()
    for (const line of readFileSync(path.join(dir, 'marks'), 'utf8').trim().split('\n')) {
      const [mark = '', sha = ''] = line.split(' ')
      shas.set(commits[Number(mark.slice(1)) - 1]?.oid ?? '', sha)
    }
    rename(repository, shas)
    repository.gitDir = dir
  }
}

/** Those on the default branch and those of pull requests. */
function parentsFirst({ commits, pulls }: Repository): Commit[] {
  const known = new Map([...pulls.flatMap((pull) => pull.commits), ...commits].map((commit) => [commit.oid, commit]))
  const order = new Set<Commit>()
  for (const commit of known.values()) {
    const stack = [commit]
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const missing = top.parents.flatMap((oid) => known.get(oid) ?? []).filter((parent) => !order.has(parent))
      if (missing.length > 0) stack.push(...missing)
      else order.add(stack.pop() as Commit)
    }
  }
  return [...order]
}

/** The stream of git fast-import; the heads of pull requests stand under refs/pull, as GitHub keeps them. */
function* streamOf({ defaultBranch, branches, tags, pulls }: Repository, commits: Commit[]): Generator<string> {
  const marks = new Map(commits.map(({ oid }, index) => [oid, index + 1]))
  for (const [index, { parents, author, authoredDate, committer = author, committedDate, message }] of commits.entries()) {
    if (parents.length === 0) yield `reset refs/heads/${defaultBranch}\n\n`
    yield `commit refs/heads/${defaultBranch}\nmark :${index + 1}\n`
    yield `author ${signature(author, authoredDate)}\ncommitter ${signature(committer, committedDate)}\ndata ${Buffer.byteLength(message)}\n${message}\n`
    for (const [at, parent] of parents.entries()) yield `${at === 0 ? 'from' : 'merge'} :${marks.get(parent)}\n`
    yield '\n'
  }
  const refs = [
    ...Object.entries(branches).map(([name, oid]) => [`refs/heads/${name}`, oid] as const),
    ...tags.map(({ name, oid }) => [`refs/tags/${name}`, oid] as const),
    ...pulls.filter(({ headOid }) => headOid !== '').map(({ number, headOid }) => [`refs/pull/${number}/head`, headOid] as const),
  ]
  for (const [name, oid] of refs) yield `reset ${name}\nfrom :${marks.get(oid)}\n\n`
}

function signature({ name, email }: Person, date: string): string {
  return `${name} <${email}> ${Date.parse(date) / 1000} +0000`
}

function rename(repository: Repository, shas: Map<string, string>): void {
  const of = (oid: string) => shas.get(oid) ?? oid
  const commits = new Set([...repository.commits, ...repository.pulls.flatMap((pull) => pull.commits)])
  for (const commit of commits) Object.assign(commit, { oid: of(commit.oid), parents: commit.parents.map(of) })
  for (const pull of repository.pulls) {
    pull.headOid = of(pull.headOid)
    pull.mergeCommit = pull.mergeCommit === null ? null : of(pull.mergeCommit)
  }
  for (const named of [...repository.tags, ...repository.deployments, ...repository.runs]) named.oid = of(named.oid)
  for (const [name, oid] of Object.entries(repository.branches)) repository.branches[name] = of(oid)
  for (const issue of repository.issues) issue.body = issue.body?.replaceAll(/\b[0-9a-f]{40}\b/g, of) ?? null
}

function git(cwd: string, args: string[], input = ''): void {
  const env = { PATH: process.env.PATH, GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: devNull }
  execFileSync('git', args, { cwd, env, input, maxBuffer: 1 << 30, stdio: ['pipe', 'ignore', 'inherit'] })
}
