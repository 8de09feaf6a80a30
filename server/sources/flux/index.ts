/** Reconciliations of Flux, as its notification-controller tells them. */
import type { Source } from '../source.ts'
import { FluxOptions } from './options.ts'
import { fluxReceiver } from './receive.ts'

export const fluxSource: Source<FluxOptions> = {
  id: 'flux',
  title: 'Flux',
  options: FluxOptions,
  namesServices: true,
  receive: fluxReceiver,
}
