import type { Contender } from "../contender.ts";
import type { Results } from "../results.ts";

export interface Target {
  readonly what: string;
  readonly value: number | null;
  readonly atLeast?: number;
  readonly atMost?: number;
}

type Which = Parameters<Results["median"]>[0];

/** Figures of one run by each other; null where one of them was not measured. */
export interface Ratios {
  /** What `own` has of the figure, of what `rival` has in the same round. */
  against(own: Contender, rival: Contender, figure: string, which: Which): number | null;
  /** What the contender has of the figure where it is measured so, of what it has otherwise. */
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
