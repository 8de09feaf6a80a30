/** The systems that Shiplog collects from, by the name of their type: one line a source. */
import { cdeventsSource } from './cdevents/index.ts'
import { demoSource } from './demo/index.ts'
import { gitSource } from './git/index.ts'
import { githubSource } from './github/index.ts'
import { qoverySource } from './qovery/index.ts'
import type { Source } from './source.ts'
import { webhookSource } from './webhook/index.ts'

// biome-ignore lint/suspicious/noExplicitAny: each source has options of its own, checked by its own schema
export const sources: Record<string, Source<any>> = {
  [gitSource.id]: gitSource,
  [githubSource.id]: githubSource,
  [cdeventsSource.id]: cdeventsSource,
  [demoSource.id]: demoSource,
  [qoverySource.id]: qoverySource,
  [webhookSource.id]: webhookSource,
}
