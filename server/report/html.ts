/** Builds HTML so that every text put into it is escaped, unless it is HTML itself. */

export interface Html {
  readonly markup: string
  toString(): string
}
export type Markup = string | number | Html | readonly Markup[]

/** Tag for templates: `html\`<p>${text}</p>\``. Attributes that hold a value need their double quotes. */
export function html(parts: TemplateStringsArray, ...values: Markup[]): Html {
  let markup = parts[0] ?? ''
  for (const [index, value] of values.entries()) markup += markupOf(value) + (parts[index + 1] ?? '')
  return htmlOf(markup)
}

/** Text that is HTML already and comes from this program alone. */
html.raw = htmlOf

function htmlOf(markup: string): Html {
  return { markup, toString: () => markup }
}

function markupOf(value: Markup): string {
  if (typeof value === 'string' || typeof value === 'number') return escapeHtml(String(value))
  if ('markup' in value) return value.markup
  return value.map(markupOf).join('')
}

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] as string)
}
