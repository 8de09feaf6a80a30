/** Deployments, changes and incidents that any tool tells as CDEvents. */
import type { Source } from '../source.ts'
import { CdeventsOptions } from './options.ts'
import { cdeventsReceiver } from './receive.ts'

export const cdeventsSource: Source<CdeventsOptions> = {
  id: 'cdevents',
  title: 'CDEvents',
  options: CdeventsOptions,
  namesServices: true,
  receive: cdeventsReceiver,
}
