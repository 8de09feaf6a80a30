// An independent recount of Shiplog's numbers by plain git commands. It was written from the definitions alone, shares no code with the server, and finds what a
// deployment carries in two ways of its own: `--exact` asks `git rev-list NEW --not EARLIER...` for each deployment; the quick way hands the rank of the earliest
// deployment down from children to parents, in one topological pass. How to use it: docs/verification.md.
import { execFileSync, spawnSync } from 'node:child_process'

const usage =
  'usage: node test/verification/recount.mjs REPO (--tags REGEX | --branch NAME) --from DAY --to DAY [--paths PATHSPEC]... [--exact] [--rows]'
const [repo, ...rest] = process.argv.slice(2)
const options = {}
const paths = []
while (rest.length > 0) {
  const name = rest.shift()
  if (name === '--exact' || name === '--rows') options[name.slice(2)] = true
  else if (name === '--paths') paths.push(rest.shift())
  else if (/^--(tags|branch|from|to)$/.test(name)) options[name.slice(2)] = rest.shift()
  else fail()
}
if (!repo || !options.from || !options.to || !options.tags === !options.branch) fail()

function fail() {
  console.error(usage)
  process.exit(2)
}

function git(args, input) {
  return execFileSync('git', ['-C', repo, '--no-replace-objects', ...args], { input, maxBuffer: 2 ** 31 - 1, encoding: 'utf8' })
}
const isAncestor = (a, b) => a === b || spawnSync('git', ['-C', repo, 'merge-base', '--is-ancestor', a, b]).status === 0

const [from, to] = [options.from, options.to].map((day) => Date.parse(`${day}T00:00:00Z`) / 1000)
const [day, hour] = [86400, 3600]
const hotfixWord = /(?<![\p{L}\p{N}])(hotfix|hot-fix|emergency)(?![\p{L}\p{N}])/iu // whole words

// Deployments, in the order in which they went live.
const deployments = []
if (options.tags) {
  const pattern = new RegExp(options.tags)
  const format =
    '%(refname:strip=2)%09%(objectname)%09%(*objectname)%09%(objecttype)%09%(*objecttype)%09%(taggerdate:unix)%09%(committerdate:unix)%09%(*committerdate:unix)'
  for (const row of git(['for-each-ref', `--format=${format}`, 'refs/tags']).split('\n')) {
    const [name, sha, peeled, type, peeledType, tagged, committed, peeledCommitted] = row.split('\t')
    const match = row && pattern.exec(name)
    if (!match || (peeledType || type) !== 'commit') continue
    const finished = Number(tagged || committed || peeledCommitted)
    deployments.push({ name, commit: peeled || sha, finished, line: match.groups?.line ?? '' })
  }
  deployments.sort((a, b) => a.finished - b.finished || Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)))
} else {
  let latest = Number.NEGATIVE_INFINITY
  for (const row of git(['log', '--first-parent', '--reverse', '--format=%H %ct', options.branch, '--']).split('\n')) {
    if (!row) continue
    const [commit, committed] = row.split(' ')
    latest = Math.max(latest, Number(committed))
    deployments.push({ name: commit, commit, finished: latest, line: '' })
  }
}
deployments.forEach((deployment, rank) => {
  deployment.rank = rank
})

// Every commit that some deployment reaches, children before parents.
const commits = new Map()
const tips = options.tags ? deployments.map((deployment) => deployment.commit) : [options.branch]
for (const record of git(
  ['log', '--topo-order', '-z', '--stdin', '--format=%H%x01%P%x01%at%x01%ae%x01%s%x01%B'],
  `${tips.join('\n')}\n`,
).split('\0')) {
  if (!record) continue
  const [sha, parents, authored, author, subject, ...body] = record.split('\x01')
  commits.set(sha, {
    sha,
    parents: parents ? parents.split(' ') : [],
    authored: Number(authored),
    author,
    subject,
    message: body.join('\x01'),
  })
}
// Of a service that shares the repository: the commits that git itself says touched its paths.
const touching =
  paths.length > 0 &&
  new Set(git(['rev-list', '--stdin', '--full-history', '--no-merges', '--', ...paths], `${tips.join('\n')}\n`).split('\n'))
const isOwn = ({ sha }) => !touching || touching.has(sha)
const shas = [...commits.keys()].sort()
function find(prefix) {
  if (prefix.length === 40) return commits.get(prefix)
  let [low, high] = [0, shas.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (shas[middle] < prefix) low = middle + 1
    else high = middle
  }
  return shas[low]?.startsWith(prefix) && !shas[low + 1]?.startsWith(prefix) ? commits.get(shas[low]) : undefined
}

// Who carries a commit: the earliest deployment of the chain that reaches it.
function carriers(chain) {
  const first = new Map()
  if (options.exact) {
    const earlier = []
    for (const deployment of chain) {
      const wanted = [deployment.commit, ...earlier.map((sha) => `^${sha}`)]
      for (const sha of git(['rev-list', '--stdin'], `${wanted.join('\n')}\n`).split('\n')) if (sha) first.set(sha, deployment)
      earlier.push(deployment.commit)
    }
    return first
  }
  const offer = (sha, deployment) => {
    const known = first.get(sha)
    if (!known || known.rank > deployment.rank) first.set(sha, deployment)
  }
  for (const deployment of chain) offer(deployment.commit, deployment)
  for (const commit of commits.values()) {
    const carrier = first.get(commit.sha)
    if (carrier) for (const parent of commit.parents) offer(parent, carrier)
  }
  return first
}
const carrierOf = carriers(deployments)

// The same change twice: equal author, author time and subject, or a cherry-pick that kept author and author time.
const leader = new Map()
function root(key) {
  let at = key
  while (leader.has(at)) at = leader.get(at)
  return at
}
function join(a, b) {
  const [x, y] = [root(a), root(b)]
  if (x !== y) leader.set(x, y)
}
const changes = [...commits.values()].filter((commit) => commit.parents.length < 2 && isOwn(commit))
for (const change of changes) {
  join(change.sha, `${change.author}\x01${change.authored}\x01${change.subject}`)
  for (const [, sha] of change.message.matchAll(/\(cherry picked from commit ([0-9a-f]{7,40})\)/g)) {
    const original = find(sha)
    if (original && original.parents.length < 2 && original.author === change.author && original.authored === change.authored)
      join(change.sha, original.sha)
  }
}
const delivered = new Map()
for (const change of changes) {
  change.carrier = carrierOf.get(change.sha)
  const same = root(change.sha)
  const known = delivered.get(same)
  if (!known || known.carrier.rank > change.carrier.rank) delivered.set(same, change)
}
for (const deployment of deployments) Object.assign(deployment, { carried: 0, changes: [], reached: [] })
for (const change of changes) {
  change.carrier.carried++
  if (change.carrier.rank > 0 && delivered.get(root(change.sha)) === change) change.carrier.changes.push(change)
}

// Kinds, and failures by rollback, revert and hotfix; within each line.
const lines = new Map()
for (const deployment of deployments) {
  if (!lines.has(deployment.line)) lines.set(deployment.line, [])
  lines.get(deployment.line).push(deployment)
}
const episodes = new Map()
function failure(culprit, remedy, signal) {
  const episode = episodes.get(culprit) ?? { culprit, remedies: new Set(), signals: new Set() }
  episodes.set(culprit, episode)
  episode.remedies.add(remedy)
  episode.signals.add(signal)
}
const revertsOf = ({ message }) =>
  [...message.matchAll(/This reverts commits? ((?:[0-9a-f]{7,40}(?:,? and |, ?| )?)+)/gi)].flatMap(([, list]) =>
    list.toLowerCase().match(/[0-9a-f]{7,40}/g),
  )
const relands = (commit) =>
  /^Reapply\b/i.test(commit.subject) ||
  /^Revert "Revert /i.test(commit.subject) ||
  revertsOf(commit).some((sha) => revertsOf(find(sha) ?? { message: '' }).length > 0)

for (const chain of lines.values()) {
  const firstLive = new Map()
  let live
  const first = lines.size > 1 ? carriers(chain) : carrierOf
  for (const commit of commits.values())
    if (isOwn(commit) && /This reverts commits?/i.test(commit.message)) first.get(commit.sha)?.reached.push(commit)
  for (const [position, deployment] of chain.entries()) {
    const { commit } = deployment
    const before = firstLive.get(commit)
    if (deployment.rank === 0) deployment.kind = 'baseline'
    else if (live?.commit === commit) deployment.kind = 'redeploy'
    else if (live && before !== undefined && before < firstLive.get(live.commit) && !isAncestor(live.commit, commit))
      deployment.kind = 'rollback'
    else if (before !== undefined) deployment.kind = 'reland'
    else if (live && first.get(commit) !== deployment && isAncestor(commit, live.commit)) deployment.kind = 'backport'
    else if (deployment.carried === 0) deployment.kind = 'empty'
    else deployment.kind = 'code'
    if (before === undefined) firstLive.set(commit, position)

    if (deployment.kind === 'rollback') {
      const earlier = chain.slice(0, position)
      const target = earlier.findLastIndex((other) => isAncestor(other.commit, commit))
      const culprit = earlier[target + 1]
      failure(culprit && deployment.finished - culprit.finished <= 14 * day ? culprit : live, deployment, 'rollback')
      deployment.rework = true
    }
    const reverting = new Set()
    for (const change of deployment.reached) {
      if (relands(change)) continue
      for (const sha of revertsOf(change)) {
        const reverted = find(sha)
        const culprit = reverted && isOwn(reverted) && first.get(reverted.sha)
        if (!culprit || culprit === deployment || culprit.rank > deployment.rank || deployment.finished - culprit.finished > 72 * hour)
          continue
        failure(culprit, deployment, 'revert')
        reverting.add(change)
      }
    }
    const own = deployment.changes
    if (reverting.size > 0 && own.filter((change) => reverting.has(change)).length * 2 >= own.length) deployment.rework = true
    const hot = own.filter((change) => hotfixWord.test(change.subject)).length
    if (
      live &&
      deployment.kind !== 'redeploy' &&
      ((options.tags && hotfixWord.test(deployment.name)) || (own.length > 0 && hot * 2 >= own.length))
    ) {
      failure(chain.slice(0, position).findLast((other) => isAncestor(other.commit, commit)) ?? live, deployment, 'hotfix')
      deployment.rework = true
    }
    live = deployment
  }
}

// The numbers of the window.
const counted = new Set(['baseline', 'code', 'rollback', 'reland', 'backport'])
const inWindow = deployments.filter((deployment) => deployment.finished >= from && deployment.finished < to)
const kinds = {}
for (const { kind } of inWindow) kinds[kind] = (kinds[kind] ?? 0) + 1
const excluded = { baseline: 0, clock_skew: 0, same_change: 0 }
const times = []
for (const change of changes) {
  const { carrier } = change
  if (carrier.finished < from || carrier.finished >= to) continue
  const seconds = carrier.finished - change.authored
  if (carrier.rank === 0) excluded.baseline++
  else if (delivered.get(root(change.sha)) !== change) excluded.same_change++
  else if (seconds < 0) excluded.clock_skew++
  else times.push(seconds)
}
function quantile(values, share) {
  if (values.length === 0) return null
  const sorted = values.toSorted((a, b) => a - b)
  const at = (sorted.length - 1) * share
  const low = Math.floor(at)
  return sorted[low] + (at - low) * ((sorted[low + 1] ?? sorted[low]) - sorted[low])
}
const failed = [...episodes.values()].filter(({ culprit }) => inWindow.includes(culprit) && counted.has(culprit.kind))
const recovery = failed.map(({ culprit, remedies }) => Math.max(...[...remedies].map((remedy) => remedy.finished)) - culprit.finished)
const result = {
  deployments: inWindow.filter((deployment) => counted.has(deployment.kind)).length,
  kinds,
  changes: times.length,
  p50: quantile(times, 0.5),
  p75: quantile(times, 0.75),
  p90: quantile(times, 0.9),
  p95: quantile(times, 0.95),
  same_change: excluded.same_change,
  failed: failed.length,
  rework: inWindow.filter((deployment) => counted.has(deployment.kind) && deployment.rework).length,
  recovery: quantile(recovery, 0.5),
  excluded,
}
if (options.rows) {
  result.rows = inWindow.map(({ name, kind, finished, changes: own, rework }) => ({
    name,
    kind,
    finished: new Date(finished * 1000).toISOString(),
    changes: own.length,
    rework: rework === true,
  }))
  result.failures = failed.map(({ culprit, remedies, signals }) => ({
    culprit: culprit.name,
    remedies: [...remedies].map((remedy) => remedy.name),
    signals: [...signals],
  }))
}
console.log(JSON.stringify(result, null, 2))
