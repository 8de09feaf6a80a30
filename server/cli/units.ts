/** Numbers in the units that people use, for the terminal. */

const minute = 60
const hour = 3600
const day = 24 * hour
const month = 30.436875 * day
const year = 12 * month

/** Seconds in the largest unit of which there are about two: 45 s, 26 h, 3.2 days. */
export function durationText(seconds: number): string {
  const size = Math.abs(seconds)
  if (size < 90) return `${decimal(seconds, 0)} s`
  if (size < 90 * minute) return `${decimal(seconds / minute, 0)} min`
  if (size < 2 * day) return `${decimal(seconds / hour, 1)} h`
  if (size < 90 * day) return `${decimal(seconds / day, 1)} days`
  if (size < 2 * year) return `${decimal(seconds / month, 1)} months`
  return `${decimal(seconds / year, 1)} years`
}

/** 1.6, 25, 0.04. */
export function plainText(value: number): string {
  const size = Math.abs(value)
  return decimal(value, size >= 100 ? 0 : size >= 10 ? 1 : 2)
}

/** 5 %, 0.9 %. */
export function percentText(ratio: number): string {
  const percent = ratio * 100
  return `${decimal(percent, percent >= 10 ? 0 : 1)} %`
}

/** A count with its noun: 1 deployment, 1,240 changes. */
export function countText(n: number, noun: string): string {
  return `${n.toLocaleString('en-US')} ${n === 1 ? noun : `${noun}s`}`
}

function decimal(value: number, digits: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: digits })
}
