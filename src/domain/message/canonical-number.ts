/** Below this magnitude Python's `repr` of a float uses an exponent; JavaScript does so only below 1e-6. */
const SMALLEST_FIXED = 1e-4;

const ONE_DIGIT_EXPONENT = /e-(\d)$/;

/**
 * Spells a finite number as Python does after reading it from JSON.
 *
 * Both languages write the shortest digits that read back as the same double. They differ only in where the exponent
 * begins and how it looks. An integer below 1e21 has no exponent in JSON, so Python reads an `int` and writes the same
 * digits; from 1e21 on both write `1e+21`. Every double from 2^52 (about 4.5e15) on is an integer, so Python's switch
 * to an exponent at 1e16 never meets a fraction. What is left is small numbers: an exponent below 1e-4, of at least two
 * digits. Minus zero is `0`, as JSON.stringify writes it.
 */
export function canonicalNumber(value: number): string {
  if (value === 0 || Math.abs(value) >= SMALLEST_FIXED) return String(value);
  return value.toExponential().replace(ONE_DIGIT_EXPONENT, "e-0$1");
}
