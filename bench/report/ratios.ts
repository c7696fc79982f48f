import type { Contender } from "../contender.ts";
import type { Results } from "../results.ts";

export interface Target {
  readonly what: string;
  readonly value: number | null;
  readonly atLeast?: number;
  readonly atMost?: number;
}

type Which = Parameters<Results["median"]>[0];

/** Ratios between figures of one run; null if one of the figures was not measured. */
export interface Ratios {
  /** The figure of `own` divided by that of `rival` in the same round. */
  against(own: Contender, rival: Contender, figure: string, which: Which): number | null;
  /** The contender's figure under `which`, divided by its figure under `otherwise`. */
  within(contender: Contender, figure: string, which: Which, otherwise: Which): number | null;
}

export function createRatios(results: Results): Ratios {
  const ratio = (a: number | null, b: number | null) => (a === null || b === null ? null : a / b);
  return {
    against: (own, rival, figure, which) => results.ratio(which, own, rival, figure),
    within: (contender, figure, which, otherwise) =>
      ratio(results.median(which, contender, figure), results.median(otherwise, contender, figure)),
  };
}
