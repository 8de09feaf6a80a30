/** The systems that Shiplog writes to, by the name of their type: one line an exporter. */
import { elasticExporter } from './elastic/index.ts'
import type { Exporter } from './exporter.ts'

// biome-ignore lint/suspicious/noExplicitAny: each exporter has options of its own, checked by its own schema
export const exporters: Record<string, Exporter<any>> = {
  [elasticExporter.id]: elasticExporter,
}
