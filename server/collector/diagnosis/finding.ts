/** What a check found: what, where, and what to do. */
export const checks = ['collection', 'lag', 'receiving', 'clock', 'mapping', 'authority', 'double_counting'] as const
export type Check = (typeof checks)[number]

export const findingStates = ['good', 'advice', 'fault'] as const

export interface Finding<Name extends string = Check> {
  check: Name
  /** Such as `Source ci` or `Service shop, production`. */
  where: string
  /** `advice`: it may be meant so; `fault`: it must be mended. */
  state: (typeof findingStates)[number]
  what: string
  /** What to do; null where it is good. */
  mend: string | null
  /** Lines of shiplog.yaml that do it. */
  write: string | null
}

export function good<Name extends string>(check: Name, where: string, what: string): Finding<Name> {
  return { check, where, state: 'good', what, mend: null, write: null }
}

export function fault<Name extends string>(
  check: Name,
  where: string,
  what: string,
  mend: string,
  write: string | null = null,
): Finding<Name> {
  return { check, where, state: 'fault', what, mend, write }
}

export function advice<Name extends string>(
  check: Name,
  where: string,
  what: string,
  mend: string,
  write: string | null = null,
): Finding<Name> {
  return { check, where, state: 'advice', what, mend, write }
}

export function counted(n: number, one: string, several = `${one}s`): string {
  return `${n} ${n === 1 ? one : several}`
}

/** `2 h`, `3 days`. */
export function lasted(ms: number): string {
  const minutes = Math.round(Math.abs(ms) / 60_000)
  if (minutes < 1) return `${Math.round(Math.abs(ms) / 1000)} s`
  if (minutes < 120) return `${minutes} min`
  const hours = Math.round(minutes / 60)
  return hours < 48 ? `${hours} h` : `${Math.round(hours / 24)} days`
}

/** To the minute. */
export function told(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16)}Z`
}
