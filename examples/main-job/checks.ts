import { inspect, isDeepStrictEqual } from "node:util";

/** Compares what is with what should be, and remembers the differences. */
export interface Checks {
  equal(what: string, actual: unknown, expected: unknown): void;
  holds(what: string, isSo: boolean): void;
  /** How many comparisons were made. */
  readonly made: () => number;
  readonly differences: readonly string[];
}

export function createChecks(): Checks {
  const differences: string[] = [];
  let made = 0;
  return {
    equal(what, actual, expected) {
      made += 1;
      if (!isDeepStrictEqual(actual, expected))
        differences.push(`${what}: expected ${show(expected)}, got ${show(actual)}`);
    },
    holds(what, isSo) {
      made += 1;
      if (!isSo) differences.push(`${what}: it is not so`);
    },
    made: () => made,
    differences,
  };
}

function show(value: unknown): string {
  return inspect(value, { breakLength: Infinity, depth: 4 });
}
