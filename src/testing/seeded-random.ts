import type { Random } from "../ports/random.ts";

/**
 * Makes chance that is the same in every run: a linear congruential generator (Knuth's MMIX constants). Not for
 * secrets.
 */
export function createSeededRandom(seed = 1): Random {
  let state = BigInt(seed);
  function nextByte(): number {
    state = BigInt.asUintN(64, state * 6_364_136_223_846_793_005n + 1_442_695_040_888_963_407n);
    return Number(state >> 56n);
  }
  return {
    fraction: () => (nextByte() * 256 + nextByte()) / 65_536,
    bytes: (count) => Uint8Array.from({ length: count }, nextByte),
  };
}
