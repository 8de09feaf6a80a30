/** Distribution functions behind the intervals, and their quantiles. */

const lanczos = [
  0.9999999999998099, 676.5203681218851, -1259.1392167224028, 771.3234287776531, -176.6150291621406, 12.507343278686905,
  -0.13857109526572012, 9.984369578019572e-6, 1.5056327351493116e-7,
] as const

/** Natural logarithm of the gamma function for x > 0 (Lanczos, g = 7; about 15 digits). */
export function logGamma(x: number): number {
  const shifted = x - 1
  const base = shifted + 7.5
  let sum: number = lanczos[0]
  for (let i = 1; i < lanczos.length; i++) sum += (lanczos[i] as number) / (shifted + i)
  return 0.5 * Math.log(2 * Math.PI) + (shifted + 0.5) * Math.log(base) - base + Math.log(sum)
}

const tiny = 1e-300

/** Continued fraction by the modified Lentz method: the n-th step has numerator a(n) and denominator b(n). */
function lentz(first: number, a: (n: number) => number, b: (n: number) => number): number {
  let value = first || tiny
  let c = value
  let d = 0
  for (let n = 1; n < 10_000; n++) {
    d = b(n) + a(n) * d || tiny
    c = b(n) + a(n) / c || tiny
    d = 1 / d
    const step = c * d
    value *= step
    if (Math.abs(step - 1) < 1e-15) break
  }
  return value
}

/** Regularised lower incomplete gamma function P(a, x). */
export function gammaLower(a: number, x: number): number {
  if (x <= 0) return 0
  return x >= a + 1 ? 1 - upperFraction(a, x) : lowerSeries(a, x)
}

/** Probability that a chi-square variable is greater than x; exact far out in the tail too. */
export function chiSquareTail(x: number, degrees: number): number {
  const a = degrees / 2
  if (x <= 0) return 1
  return x / 2 >= a + 1 ? upperFraction(a, x / 2) : 1 - lowerSeries(a, x / 2)
}

function gammaScale(a: number, x: number): number {
  return Math.exp(a * Math.log(x) - x - logGamma(a))
}

/** 1 - P(a, x) by its continued fraction, for x >= a + 1. */
function upperFraction(a: number, x: number): number {
  const fraction = lentz(
    x + 1 - a,
    (n) => n * (a - n),
    (n) => x + 2 * n + 1 - a,
  )
  return gammaScale(a, x) / fraction
}

/** P(a, x) by its power series, for x < a + 1. */
function lowerSeries(a: number, x: number): number {
  let term = 1 / a
  let sum = term
  for (let n = 1; term > sum * 1e-16; n++) {
    term *= x / (a + n)
    sum += term
  }
  return sum * gammaScale(a, x)
}

/** Regularised incomplete beta function I_x(a, b). */
export function betaLower(x: number, a: number, b: number): number {
  if (x <= 0) return 0
  if (x >= 1) return 1
  if (x > (a + 1) / (a + b + 2)) return 1 - betaLower(1 - x, b, a)
  const scale = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x))
  const fraction = lentz(
    1,
    (n) => {
      const m = Math.floor(n / 2)
      return n % 2 === 0 ? (m * (b - m) * x) / ((a + n - 1) * (a + n)) : (-(a + m) * (a + b + m) * x) / ((a + n - 1) * (a + n))
    },
    () => 1,
  )
  return scale / (a * fraction)
}

/** The x >= 0 where an increasing function reaches p: Newton's method, kept between bounds by halving. */
function invert(cdf: (x: number) => number, density: (x: number) => number, p: number, start: number): number {
  let low = 0
  let high = Number.POSITIVE_INFINITY
  let x = start
  for (let i = 0; i < 200; i++) {
    const over = cdf(x) - p
    if (over === 0) return x
    if (over > 0) high = x
    else low = x
    let next = x - over / density(x)
    if (!(next > low && next < high)) next = high === Number.POSITIVE_INFINITY ? 2 * x : (low + high) / 2
    if (Math.abs(next - x) <= 1e-15 * x) return next
    x = next
  }
  return x
}

/** Quantile of the chi-square distribution, 0 < p < 1; 0 for no degrees of freedom. */
export function chiSquareQuantile(p: number, degrees: number): number {
  if (degrees === 0) return 0
  const a = degrees / 2
  const logScale = logGamma(a)
  const density = (x: number) => Math.exp((a - 1) * Math.log(x) - x - logScale)
  return 2 * invert((x) => gammaLower(a, x), density, p, a)
}

/** Quantile of Student's t distribution; degrees may be a fraction. */
export function studentQuantile(p: number, degrees: number): number {
  if (p === 0.5) return 0
  if (p < 0.5) return -studentQuantile(1 - p, degrees)
  const logScale = logGamma((degrees + 1) / 2) - logGamma(degrees / 2) - Math.log(degrees * Math.PI) / 2
  const density = (t: number) => Math.exp(logScale - ((degrees + 1) / 2) * Math.log1p((t * t) / degrees))
  return invert((t) => 1 - betaLower(degrees / (degrees + t * t), degrees / 2, 0.5) / 2, density, p, 2)
}
