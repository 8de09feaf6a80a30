/** Where a thread of a rebuild begins: threads are told anew how to load TypeScript. */
import { register } from 'tsx/esm/api'

register()
await import('./rebuild-thread.ts')
