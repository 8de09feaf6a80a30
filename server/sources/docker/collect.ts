/** Reads images of a registry: those that were pushed before, by their tags, and those of which it told a push. */
import { SourceError } from '../../errors.ts'
import type { Fact } from '../../facts.ts'
import { refusalOf } from '../http-client.ts'
import type { Batch, Context } from '../source.ts'
import { fingerprint, isDue, type Reading, type Readings, readCursor, tagHash, writeCursor } from './cursor.ts'
import { type DockerOptions, isPattern, isWanted, listsImages } from './options.ts'
import { type Push, parseChanged } from './receive.ts'
import { openRegistry, type Registry } from './registry.ts'
import { artifactFact, type ReadManifest } from './to-facts.ts'

/** Tags between which the cursor is saved. */
const batchTags = 50
const batchFacts = 500

/** Throws SourceError. */
export async function* collectImages(options: DockerOptions, cursor: string | null, ctx: Context, retryMs?: number): AsyncGenerator<Batch> {
  const registry = openRegistry(options, ctx, retryMs)
  const readings = readCursor(cursor, fingerprint(options))
  if (options.tags === 0) return
  const images = await wantedImages(options, registry)
  if (images === null) {
    ctx.note(
      'Docker Hub does not tell which images there are: name those under images that were pushed before. What it sends is read as it comes.',
    )
    return
  }
  // Images that are gone need not be remembered.
  for (const image of readings.keys()) if (!images.includes(image)) readings.delete(image)
  let done = 0
  let failure: SourceError | null = null
  for (const image of images) {
    ctx.progress({ step: 'reading images', done: done++, total: images.length })
    try {
      yield* collectImage(options, image, registry, readings, ctx)
    } catch (error) {
      if (!concernsImage(error)) throw error
      ctx.note(`${image}: ${error.message}`)
      failure ??= error
    }
  }
  if (failure !== null) throw failure
}

/** Whether others may be read all the same. */
function concernsImage(error: unknown): error is SourceError {
  if (!(error instanceof SourceError)) return false
  const status = refusalOf(error)
  return status === null ? error.cause === undefined : status !== 401 && status !== 429
}

async function* collectImage(
  options: DockerOptions,
  image: string,
  registry: Registry,
  readings: Readings,
  ctx: Context,
): AsyncGenerator<Batch> {
  const now = ctx.now.getTime()
  const before = readings.get(image)
  const reading: Reading = before && !isDue(before, now) ? before : { since: now, tags: new Set() }
  if (before?.redo) reading.redo = true
  readings.set(image, reading)
  const all = await registry.tags(image)
  if (all === null) {
    ctx.note(`The registry knows no image ${image}, or does not show it. Check its name under images, and that user may pull it.`)
    return
  }
  const tags = all.slice(0, options.tags)
  if (all.length > tags.length) {
    ctx.note(`${image} has ${all.length} tags: ${tags.length} of them are read. Raise tags in shiplog.yaml for more.`)
  }
  const unread = tags.filter((tag) => !reading.tags.has(tagHash(tag)))
  const foreseen = new Set(tags.map(tagHash))
  for (const hash of reading.tags) if (!foreseen.has(hash)) reading.tags.delete(hash)
  while (unread.length > 0) {
    const found = new Map<string, { manifest: ReadManifest; tags: string[] }>()
    for (let read = 0; read < batchTags && found.size < batchFacts; read++) {
      const tag = unread.shift()
      if (tag === undefined) break
      ctx.signal.throwIfAborted()
      for (const manifest of await registry.manifests(image, tag)) {
        const known = found.get(manifest.digest)
        if (known) known.tags.push(tag)
        else found.set(manifest.digest, { manifest, tags: [tag] })
      }
      reading.tags.add(tagHash(tag))
    }
    const facts = [...found.values()].flatMap(({ manifest, tags: own }): Fact[] => {
      const fact = artifactFact(manifest, { sourceId: ctx.sourceId, image, tags: own.sort(), pushedAt: null }, options)
      if (!reading.redo) return [fact]
      return [{ kind: 'withdrawal', of: 'artifact', source: ctx.sourceId, id: manifest.digest, ifStanding: true }, fact]
    })
    if (unread.length === 0) delete reading.redo
    yield { facts, cursor: writeCursor(readings, fingerprint(options)) }
  }
}

/** The names of the images that are read, in order; null: the registry does not say. */
export async function wantedImages(options: DockerOptions, registry: Registry): Promise<string[] | null> {
  const { images } = options
  if (images !== undefined && !images.some(isPattern)) return [...new Set(images)].sort()
  if (!listsImages(options)) return images === undefined ? null : [...new Set(images.filter((name) => !isPattern(name)))].sort()
  const found = new Set<string>()
  for await (const page of registry.images()) for (const image of page) if (isWanted(options, image)) found.add(image)
  return [...found].sort()
}

/** Asks for the images that were pushed. Throws SourceError. */
export async function* refreshImages(
  options: DockerOptions,
  changed: string[],
  ctx: Context,
  retryMs?: number,
): AsyncGenerator<{ facts: Fact[] }> {
  const registry = openRegistry(options, ctx, retryMs)
  let facts: Fact[] = []
  for (const push of changed.map(parseChanged).filter((one): one is Push => one !== null)) {
    ctx.signal.throwIfAborted()
    const manifests = await registry.manifests(push.image, push.reference)
    if (manifests.length === 0) ctx.note(`${push.image} ${push.tag ?? push.reference} is gone, or is no image of a container.`)
    const filing = { sourceId: ctx.sourceId, image: push.image, tags: push.tag === null ? [] : [push.tag], pushedAt: push.at }
    for (const manifest of manifests) facts.push(artifactFact(manifest, filing, options))
    if (facts.length >= batchFacts) {
      yield { facts }
      facts = []
    }
  }
  if (facts.length > 0) yield { facts }
}
