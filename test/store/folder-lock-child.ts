/** Holds the folder's lock until it is killed. */
import { lockFolder } from '../../server/store/folder-lock.ts'

const [dir = '', url = ''] = process.argv.slice(2)
const lock = await lockFolder(dir)
if (url) await lock.announce(url)
process.stdout.write('held\n')
setInterval(() => {}, 1 << 30)
