/** A source's options as people may see them. */

const secretName = /token|secret|password|passphrase|private|credential|authorization|api_?key|^key$|^pass$|^auth$/i

/** The same options without secrets: by the name of the field, and without user and password in an address. */
export function withoutSecrets(options: unknown): Record<string, unknown> {
  const shown = redact(options)
  return typeof shown === 'object' && shown !== null && !Array.isArray(shown) ? (shown as Record<string, unknown>) : {}
}

function redact(value: unknown): unknown {
  if (typeof value === 'string') return withoutUser(value)
  if (Array.isArray(value)) return value.map(redact)
  if (typeof value === 'function' || typeof value !== 'object' || value === null) return typeof value === 'function' ? undefined : value
  if (Object.getPrototypeOf(value) !== Object.prototype && Object.getPrototypeOf(value) !== null) return String(value)
  const shown: [string, unknown][] = []
  // What a sender shows in a header of its own is a secret by any name.
  const isHeader = 'header' in value && 'value' in value
  for (const [name, each] of Object.entries(value)) {
    const isSecret = secretName.test(name) || (isHeader && name === 'value')
    shown.push([name, isSecret && each !== null && each !== undefined && typeof each !== 'boolean' ? '(set)' : redact(each)])
  }
  return Object.fromEntries(shown)
}

/** `https://user:secret@host/path?token=x` as `https://host/path`. */
function withoutUser(text: string): string {
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return text
  try {
    const url = new URL(text)
    if (url.username === '' && url.password === '' && url.search === '') return text
    url.username = ''
    url.password = ''
    url.search = ''
    return url.href
  } catch {
    return '(not shown)'
  }
}
