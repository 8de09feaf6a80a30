/** The systems that Shiplog collects from, by the name of their type: one line a source. */
import { demoSource } from './demo/index.ts'
import { elasticSource } from './elastic/index.ts'
import { gitSource } from './git/index.ts'
import { githubSource } from './github/index.ts'
import type { Source } from './source.ts'

// biome-ignore lint/suspicious/noExplicitAny: each source has options of its own, checked by its own schema
export const sources: Record<string, Source<any>> = {
  [gitSource.id]: gitSource,
  [githubSource.id]: githubSource,
  [elasticSource.id]: elasticSource,
  [demoSource.id]: demoSource,
}
