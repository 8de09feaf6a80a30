/** Colour for a terminal that has it and wants it. */

export interface Paint {
  bold(text: string): string
  dim(text: string): string
  good(text: string): string
  bad(text: string): string
}

/** Colour only in a terminal, and never with NO_COLOR (https://no-color.org) or on a terminal that is `dumb`. */
export function paintFor(terminal: boolean, env: { noColor: boolean; dumb: boolean }): Paint {
  const wrap =
    terminal && !env.noColor && !env.dumb
      ? (code: string) => (text: string) => `\u001b[${code}m${text}\u001b[0m`
      : () => (text: string) => text
  return { bold: wrap('1'), dim: wrap('2'), good: wrap('32'), bad: wrap('31') }
}
