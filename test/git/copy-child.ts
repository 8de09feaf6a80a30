/** Collects an address into a folder, in a process of its own that a test kills. */
import { runSource } from '../support/run-git-source.ts'

const [url, dataDir] = process.argv.slice(2)
await runSource({ url }, { dataDir })
