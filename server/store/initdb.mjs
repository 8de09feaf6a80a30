// Makes an empty PostgreSQL data folder in memory and writes it as one packed file; a program of its own, because it needs
// 600 MB for two seconds. Plain JavaScript, so that it starts without a loader. Arguments: the file, then initdb's options.
import { writeFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { PGlite } from '@electric-sql/pglite'

const [target, ...initDbStartParams] = process.argv.slice(2)
const database = await PGlite.create('memory://', { initDbStartParams })
const { FS } = database.Module
await database.close()

const folders = []
const files = []
const contents = []
collect('')
const header = JSON.stringify({ folders, files })
writeFileSync(target, gzipSync(Buffer.concat([Buffer.from(`${header}\n`), ...contents]), { level: 1 }), { mode: 0o600 })

function collect(folder) {
  const root = `/pglite/data/${folder}`
  for (const name of FS.readdir(root)) {
    if (name === '.' || name === '..') continue
    const path = `${folder}${name}`
    if (FS.isDir(FS.stat(root + name).mode)) {
      folders.push(path)
      collect(`${path}/`)
      continue
    }
    const content = FS.readFile(root + name)
    files.push([path, content.length])
    contents.push(content)
  }
}
