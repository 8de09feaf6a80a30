/** The rules of ARCHITECTURE.md that a program can check. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))

interface Import {
  file: string
  line: number
  /** Path from the root for files of this repository, else the package's name. */
  target: string
  own: boolean
  /** Erased at run time. */
  typeOnly: boolean
  /** Those that are there at run time. */
  names: string[]
}

const sourceFiles = ['server', 'web'].flatMap((folder) => filesBelow(folder)).filter((file) => /\.tsx?$/.test(file))
const testFiles = filesBelow('test').filter((file) => /\.tsx?$/.test(file))
const text = new Map([...sourceFiles, ...testFiles].map((file) => [file, readFileSync(path.join(root, file), 'utf8')]))
const imports = sourceFiles.flatMap(importsOf)

function filesBelow(folder: string): string[] {
  const at = path.join(root, folder)
  if (!existsSync(at)) return []
  return readdirSync(at, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)).replaceAll(path.sep, '/'))
}

function importsOf(file: string): Import[] {
  const content = text.get(file) ?? ''
  const found: Import[] = []
  const statement = /^(import|export)\s+(type\s+)?(?:([^'";]*?)\s*from\s*)?['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/gm
  for (const match of content.matchAll(statement)) {
    const specifier = match[4] ?? match[5] ?? ''
    const own = specifier.startsWith('.')
    const names = (match[3] ?? '')
      .replace(/[{}]/g, '')
      .split(',')
      .map((name) => name.trim())
      .filter(Boolean)
    found.push({
      file,
      line: content.slice(0, match.index).split('\n').length,
      target: own ? path.posix.normalize(path.posix.join(path.posix.dirname(file), specifier)) : packageOf(specifier),
      own,
      typeOnly: match[2] !== undefined || (names.length > 0 && names.every((name) => name.startsWith('type '))),
      names: names.filter((name) => !name.startsWith('type ')),
    })
  }
  return found
}

function packageOf(specifier: string): string {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
}

/** The part of the program that a file belongs to. */
function partOf(file: string): string {
  if (!file.startsWith('server/')) return file.startsWith('web/') ? 'web' : 'other'
  const [, first = '', second = ''] = file.split('/')
  if (/^(?:facts|errors|definition|linked|tiers|path-globs)\.ts$/.test(first)) return 'words'
  if (first === 'sources') return second === 'index.ts' || second === 'source.ts' ? second.replace('.ts', '') : `sources/${second}`
  return first.replace(/\.ts$/, '')
}

const parts = ['words', 'delivery', 'metrics', 'store', 'collector', 'report', 'api', 'main', 'cli', 'config', 'index', 'source', 'git']

/** What each part may import, besides the words and itself. */
const allowed: Record<string, string[]> = {
  words: [],
  delivery: [],
  metrics: [],
  source: [],
  git: ['source'],
  store: ['delivery', 'metrics'],
  collector: ['index', 'source', 'store', 'delivery', 'metrics'],
  report: ['metrics', 'store'],
  api: ['collector', 'metrics', 'report', 'store', 'source'],
  main: ['api', 'collector', 'report', 'store', 'index', 'source', 'metrics', 'delivery', 'config'],
  cli: ['main', 'api', 'collector', 'report', 'store', 'index', 'source', 'metrics', 'delivery', 'config'],
}

/** What each part may import besides, as types only. */
const allowedTypes: Record<string, string[]> = { store: ['source'] }

/** What several sources do in the same way. */
function isSharedBySources(target: string): boolean {
  return /^server\/sources\/(?!index\.ts)[^/]+\.ts$/.test(target)
}

function mayImport({ file, target, typeOnly, names }: Import): boolean {
  const from = partOf(file)
  const to = partOf(target)
  if (from === to || (to === 'words' && from !== 'web')) return true
  if (from === 'web') return file === 'web/api.ts' && typeOnly
  if (from.startsWith('sources/')) return to === 'source' || isSharedBySources(target) || to === 'git' || (to === 'config' && typeOnly)
  if (from === 'index') return to === 'source' || to.startsWith('sources/')
  if (from === 'config') return to === 'index' || to === 'source' || target === 'server/sources/demo/organisation.ts'
  if (to === 'config' && from !== 'main' && from !== 'cli') {
    const mayKnowConfig = ['store', 'collector', 'report', 'api'].includes(from)
    return mayKnowConfig && (typeOnly || names.every((name) => name === 'serviceOf'))
  }
  return (allowed[from]?.includes(to) ?? false) || (typeOnly && (allowedTypes[from]?.includes(to) ?? false))
}

/** Which parts may use a package; those not listed are free. */
const packages: [pattern: RegExp, only: RegExp, why: string][] = [
  [/^(?:drizzle-orm|postgres|@electric-sql\/pglite)$/, /^store$/, 'only the store speaks SQL'],
  [/^(?:hono|@hono\/.+)$/, /^(?:api|main|web)$/, 'HTTP ends at the API'],
  [/^(?:commander|cli-progress)$/, /^cli$/, 'only the command line speaks to a terminal'],
  [/^(?:react|react-dom|recharts|@mantine\/.+|@tanstack\/.+)$/, /^web$/, 'pages are made in the browser'],
  [/^yaml$/, /^(?:config|sources\/kubernetes)$/, 'only config reads shiplog.yaml, and only the source of clusters a kubeconfig'],
]

function where({ file, line }: { file: string; line: number }): string {
  return `${file}:${line}`
}

/** Lines of code that hold a pattern, comments left out. */
function linesWith(files: string[], pattern: RegExp): string[] {
  return files.flatMap((file) =>
    (text.get(file) ?? '').split('\n').flatMap((line, index) => {
      const code = /^\s*(?:\/?\*|\/\/)/.test(line) ? '' : line
      return pattern.test(code) ? [`${file}:${index + 1}: ${line.trim()}`] : []
    }),
  )
}

describe('who may import whom', () => {
  it('reads the imports of the program', () => {
    expect(imports.length).toBeGreaterThan(50)
    expect(
      imports.filter((one) => one.own && !existsSync(path.join(root, one.target))).map(where),
      'imports of files that are not there',
    ).toEqual([])
  })

  it('knows every part of server/', () => {
    const unknown = sourceFiles.filter(
      (file) => file.startsWith('server/') && !parts.includes(partOf(file)) && !partOf(file).startsWith('sources/'),
    )
    expect(unknown, 'a new part needs its rule in this test and in ARCHITECTURE.md').toEqual([])
  })

  it('keeps the arrows of ARCHITECTURE.md', () => {
    const wrong = imports.filter((one) => one.own && one.target.startsWith('server/') && !mayImport(one))
    const said = wrong.map(
      (one) => `${where(one)}: ${partOf(one.file)} must not import ${one.target}${one.typeOnly ? '' : ' (at run time)'}`,
    )
    expect(said, 'dependencies point one way: sources -> collector -> store -> delivery -> metrics -> report, api -> web').toEqual([])
  })

  it('keeps server/ free of web/ and both free of tests', () => {
    const wrong = imports.filter(
      (one) => one.own && (one.target.startsWith('test/') || (one.file.startsWith('server/') && one.target.startsWith('web/'))),
    )
    expect(wrong.map(where), 'the server knows no page, and nothing that ships knows a test').toEqual([])
  })

  it('has no cycle of imports at run time', () => {
    expect(cycles(imports.filter((one) => one.own && !one.typeOnly)), 'a cycle makes the order of loading matter').toEqual([])
  })

  it.each(packages)('keeps %s where it belongs', (pattern, only, why) => {
    const wrong = imports.filter((one) => !one.own && pattern.test(one.target) && !only.test(partOf(one.file)))
    expect(
      wrong.map((one) => `${where(one)}: ${one.target}`),
      why,
    ).toEqual([])
  })
})

function cycles(edges: Import[]): string[] {
  const next = new Map<string, Import[]>()
  for (const edge of edges) next.set(edge.file, [...(next.get(edge.file) ?? []), edge])
  const done = new Set<string>()
  const found: string[] = []
  const visit = (file: string, trail: string[]) => {
    if (trail.includes(file)) found.push([...trail.slice(trail.indexOf(file)), file].join(' -> '))
    if (done.has(file) || trail.includes(file)) return
    for (const edge of next.get(file) ?? []) visit(edge.target, [...trail, file])
    done.add(file)
  }
  for (const file of next.keys()) visit(file, [])
  return found
}

describe('what only one place does', () => {
  const server = sourceFiles.filter((file) => file.startsWith('server/'))

  it('reads the environment in config only', () => {
    // git's own process inherits the environment, less what could lead it elsewhere.
    const elsewhere = server.filter((file) => partOf(file) !== 'config' && file !== 'server/git/run-git.ts')
    expect(linesWith(elsewhere, /\bprocess\.env\b/), 'ask config.ts for a setting, so that doctor and the README know it').toEqual([])
  })

  it('reads the clock in main and cli only', () => {
    const elsewhere = server.filter((file) => !['main', 'cli'].includes(partOf(file)))
    expect(linesWith(elsewhere, /\bDate\.now\b|\bnew Date\(\)/), 'take `now` as a parameter, so that a test can set it').toEqual([])
  })

  it('writes to the terminal in cli only', () => {
    const elsewhere = server.filter((file) => !['cli'].includes(partOf(file)))
    expect(linesWith(elsewhere, /\bconsole\.\w+\(/), 'log with pino, or return what is to be shown').toEqual([])
  })
})

describe('house style', () => {
  const everyFile = [...sourceFiles, ...testFiles]

  it('names files in kebab-case', () => {
    const wrong = everyFile.filter(
      (file) => !/^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.(?:test|spec|d|bench|module))*\.tsx?$/.test(path.posix.basename(file)),
    )
    expect(wrong, 'a file is named after its main export, in kebab-case').toEqual([])
  })

  it('has no default exports', () => {
    expect(linesWith(sourceFiles, /^export default\b/), 'a named export is found by its name').toEqual([])
  })

  it('has no enums', () => {
    expect(
      linesWith(
        everyFile.filter((file) => !file.endsWith('/graphql-schema.ts')),
        /^\s*(?:export\s+)?(?:const\s+)?enum\s/,
      ),
      'node runs the sources as they are: a union of words does the same',
    ).toEqual([])
  })

  it('has no barrels but the registries', () => {
    expect(linesWith(sourceFiles, /^export\s+(?:\*|\{[^}]*\})\s+from\b/), 'import a thing from the file that holds it').toEqual([])
  })

  it('has no drawers for odds and ends', () => {
    const wrong = everyFile.filter((file) => /(?:^|\/)(?:utils?|helpers?|types|constants|common|misc)(?:\/|\.tsx?$)/.test(file))
    expect(wrong, 'name a file after what it does').toEqual([])
  })

  it('keeps the tests in a tree that mirrors the sources', () => {
    const free =
      /^test\/(?:e2e|fakes|support|oracle|properties|bench|crash|peers)\/|^test\/architecture\.test\.ts$|\/(?:properties|any-order|plans)\.test\.ts$/
    const wrong = testFiles.filter((file) => /\.test\.tsx?$/.test(file) && !free.test(file) && !mirrored(file))
    expect(wrong, 'the test of server/x/y.ts is test/x/y.test.ts, of web/x/y.tsx test/web/x/y.test.tsx').toEqual([])
  })

  it('skips no test', () => {
    const self = 'test/architecture.test.ts'
    const pattern = /\b(?:it|test|describe)\.(?:skip|only|todo)\b/
    expect(
      linesWith(
        testFiles.filter((file) => file !== self),
        pattern,
      ),
      'mend the test or remove it',
    ).toEqual([])
  })
})

/** A test stands for a file of the same name, or for a folder of it: `test/sources/git.test.ts` may test `server/sources/git/`. */
function mirrored(test: string): boolean {
  const stem = test.slice('test/'.length).replace(/(?:\.[a-z0-9-]+)?\.test\.tsx?$/, '')
  const bases = stem.startsWith('web/') ? [stem] : [`server/${stem}`]
  return bases.some((base) => ['', '.ts', '.tsx'].some((ending) => existsSync(path.join(root, base + ending))))
}
