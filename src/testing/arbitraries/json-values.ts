import fc from "fast-check";

/** Any UTF-16 unit, lone surrogates included, more often where spelling or order changes. */
const unit = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 0x20, max: 0x7e }) },
  { weight: 1, arbitrary: fc.constantFrom(0x22, 0x5c, 0x2f, 0x7f, 0x2028, 0xd7ff, 0xe000, 0xffff) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 0x1f }) },
  { weight: 2, arbitrary: fc.integer({ min: 0xd800, max: 0xdfff }) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 0xffff }) },
);

const unitText = fc.array(unit, { maxLength: 12 }).map((units) => String.fromCharCode(...units));

/** Text of every kind: lone surrogates, control characters, astral characters. */
export const anyText: fc.Arbitrary<string> = fc.oneof(unitText, fc.string({ unit: "binary" }), fc.string());

const doubleOfRandomBits = fc
  .tuple(fc.nat(0xffffffff), fc.nat(0xffffffff))
  .map(([high, low]) => new Float64Array(new Uint32Array([low, high]).buffer)[0] ?? 0)
  .filter((value) => Number.isFinite(value));

const doubleOfAnyMagnitude = fc
  .tuple(fc.integer({ min: -99_999, max: 99_999 }), fc.integer({ min: -320, max: 303 }))
  .map(([digits, exponent]) => Number(`${digits}e${exponent}`));

/** Where JavaScript and Python each begin to write an exponent: 1e-7 to 1e-3 and 1e14 to 1e23. */
const doubleNearABoundary = fc
  .tuple(
    fc.double({ min: 1, max: 10, noNaN: true }),
    fc.oneof(fc.integer({ min: -8, max: -3 }), fc.integer({ min: 14, max: 23 })),
  )
  .map(([digits, exponent]) => digits * 10 ** exponent);

const powerOfTwo = fc.integer({ min: -1074, max: 1023 }).map((exponent) => 2 ** exponent);

const integerNearTwoTo53 = fc.integer({ min: -1_000, max: 1_000 }).map((offset) => 2 ** 53 + offset);

const bigInteger = fc.bigInt({ min: 10n ** 16n, max: 10n ** 22n }).map(Number);

/** Numbers of every magnitude, more often where their spelling in JSON changes. */
export const anyFiniteNumber: fc.Arbitrary<number> = fc
  .tuple(
    fc.oneof(
      fc.integer(),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      doubleOfRandomBits,
      doubleOfAnyMagnitude,
      doubleNearABoundary,
      powerOfTwo,
      integerNearTwoTo53,
      bigInteger,
    ),
    fc.boolean(),
  )
  .map(([value, negative]) => (negative ? -value : value));

const scalar = fc.oneof(
  { weight: 1, arbitrary: fc.constantFrom(null, true, false) },
  { weight: 4, arbitrary: anyFiniteNumber },
  { weight: 3, arbitrary: anyText },
);

const key = fc.oneof(
  { weight: 8, arbitrary: anyText },
  { weight: 1, arbitrary: fc.constantFrom("__proto__", "toJSON", "constructor", "10", "9", "") },
);

/** Makes an object. Object.fromEntries defines `__proto__` as a property of its own; a literal would not. */
function objectOf(entries: readonly (readonly [string, unknown])[]): object {
  return Object.fromEntries(entries);
}

/** JSON values: numbers of every spelling, text of every kind, and objects with keys that are traps. */
export const anyJson: fc.Arbitrary<unknown> = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    { weight: 2, arbitrary: scalar },
    { weight: 1, arbitrary: fc.array(tie("value"), { maxLength: 5 }) },
    {
      weight: 2,
      arbitrary: fc.array(fc.tuple(key, tie("value")), { maxLength: 6 }).map(objectOf),
    },
  ),
})).value;
