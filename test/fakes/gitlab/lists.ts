/** The lists of a project, as GitLab filters and orders them. */

export type Item = Record<string, unknown>

export interface Lists {
  /** Each thing as the API answers it; what is listed below one stands in it under `_commits`, `_notes`, `_diffs` or `_jobs`. */
  deployments: Item[]
  merges: Item[]
  issues: Item[]
  pipelines: Item[]
  /** In any order; `parent_ids` make the graph. */
  commits: Item[]
}

const time = (value: unknown) => Date.parse(String(value))

export function listOf(items: Item[], query: URLSearchParams): Item[] {
  const after = query.get('updated_after')
  const sign = query.get('sort') === 'desc' ? -1 : 1
  const order = query.get('order_by') ?? 'id'
  const kept = items.filter((item) => {
    if (after !== null && !(item.updated_at && time(item.updated_at) >= time(after))) return false
    for (const name of ['state', 'issue_type', 'ref']) {
      const wanted = query.get(name)
      if (wanted !== null && item[name] !== wanted) return false
    }
    const labels = query.get('labels')
    return labels === null || (item.labels as string[] | undefined)?.includes(labels) === true
  })
  const key = (item: Item) => (order.endsWith('_at') ? time(item[order]) : Number(item.id ?? item.iid))
  return kept.sort((a, b) => sign * (key(a) - key(b) || Number(a.id ?? a.iid) - Number(b.id ?? b.iid)))
}

/** What `ref_name` reaches, newest first: a commit, or `old..new`. Null where there is no such commit. */
export function commitsOf(commits: Item[], range: string, since: string | null): Item[] | null {
  const bySha = new Map(commits.map((commit) => [String(commit.id), commit]))
  const reach = (sha: string) => {
    const reached = new Set<string>()
    const left = [sha]
    for (let next = left.pop(); next !== undefined; next = left.pop()) {
      if (reached.has(next)) continue
      reached.add(next)
      left.push(...((bySha.get(next)?.parent_ids as string[] | undefined) ?? []))
    }
    return reached
  }
  const [from, to] = range.includes('..') ? range.split('..') : [null, range]
  if (!bySha.has(String(to)) || (from && !bySha.has(from))) return null
  const known = from ? reach(from) : new Set<string>()
  return [...reach(String(to))]
    .filter((sha) => !known.has(sha))
    .map((sha) => bySha.get(sha) ?? {})
    .filter((commit) => 'id' in commit)
    .filter((commit) => since === null || time(commit.committed_date) >= time(since))
    .sort((a, b) => time(b.committed_date) - time(a.committed_date))
}
