/** Puts the values of environment variables in the place of ${NAMES}, and refuses secrets that are written out. */
import type { Fault, Path } from './document.ts'

const reference = /^\$\{([A-Za-z_][A-Za-z0-9_]*)\}$/
const secretKey = /(?:token|secret|password|passphrase|privatekey|apikey|credentials?)$/i
/** What an address holds before its host that must not be written out; null where that is nothing. */
export function secretInAddress(address: string): 'user name and password' | 'token' | null {
  if (urlWithCredentials.test(address)) return 'user name and password'
  return urlWithToken.test(address) ? 'token' : null
}

const urlWithCredentials = /^[a-z][a-z0-9+.-]*:\/\/[^/@\s]*:[^/@\s]*@/i
/** A user name that is a token: by how those of the known systems begin, or by its length. */
const urlWithToken = /^[a-z][a-z0-9+.-]*:\/\/(?:(?:gh[opsur]_|github_pat_|gl[a-z]+-)[^/@\s]*|[^/@\s]{31,})@/i

/** A copy of the value with each whole-value `${NAME}` replaced; faults name what is missing and never show a secret. */
export function resolveSecrets(value: unknown, env: NodeJS.ProcessEnv, faults: Fault[], path: Path = [], isSecret = false): unknown {
  if (Array.isArray(value)) return value.map((item, index) => resolveSecrets(item, env, faults, [...path, index], isSecret))
  if (value !== null && typeof value === 'object') {
    // What a sender shows in a header of its own is a secret by any name.
    const isShown = (key: string) => key === 'value' && 'header' in value
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, resolveSecrets(item, env, faults, [...path, key], isShown(key))]),
    )
  }
  return resolveScalar(value, env, faults, path, isSecret)
}

function resolveScalar(value: unknown, env: NodeJS.ProcessEnv, faults: Fault[], path: Path, isSecret: boolean): unknown {
  const key = String(path.findLast((step) => typeof step === 'string') ?? '')
  const name = typeof value === 'string' ? reference.exec(value)?.[1] : undefined
  if (name !== undefined) {
    const found = env[name]
    if (found !== undefined && found !== '') return found
    faults.push({ path, message: `the environment variable ${name} is not set`, mend: `set ${name} before starting Shiplog`, alone: true })
    return value
  }
  if ((isSecret || secretKey.test(key)) && value !== null && typeof value !== 'boolean') {
    faults.push({
      path,
      message: 'a secret must not be written in the file',
      mend: `write \${${environmentName(key)}} and set the environment variable ${environmentName(key)}`,
      alone: true,
    })
    return ''
  }
  const secret = typeof value === 'string' ? secretInAddress(value) : null
  if (secret !== null) {
    const isPair = secret !== 'token'
    faults.push({
      path,
      message: isPair ? 'the address holds a user name and password' : 'the address holds a token as its user name',
      mend: `take ${isPair ? 'them' : 'it'} out and write token: \${GIT_TOKEN} beside it, with the environment variable GIT_TOKEN set`,
      alone: true,
    })
    return ''
  }
  return value
}

/** `webhookSecret` -> `WEBHOOK_SECRET`. */
function environmentName(key: string): string {
  return key.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toUpperCase()
}
