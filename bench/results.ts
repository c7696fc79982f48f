import type { Contender } from "./contender.ts";
import type { Figures } from "./job.ts";
import { median } from "./statistics.ts";
import type { Task } from "./tasks.ts";

type What = Pick<Task, "measurement" | "webhooks" | "size">;
type Which = Pick<What, "measurement"> & Partial<What>;

export interface Results {
  add(round: number, what: What, contender: Contender, figures: Figures): void;
  /** The median of the rounds; null if the figure was not measured. */
  median(which: Which, contender: Contender, figure: string): number | null;
  /**
   * The median of the ratios of `own` to `rival`, round by round: in a round they are measured minutes apart, while a
   * machine that others share has slow hours and quick ones. Null if no round measured both.
   */
  ratio(which: Which, own: Contender, rival: Contender, figure: string): number | null;
}

export function createResults(): Results {
  const runs: {
    readonly round: number;
    readonly what: What;
    readonly contender: Contender;
    readonly figures: Figures;
  }[] = [];

  /** The values by round. */
  function valuesOf({ measurement, webhooks, size }: Which, contender: Contender, figure: string) {
    const values = new Map<number, number>();
    for (const { round, what, figures, ...run } of runs) {
      const isIt = run.contender === contender && what.measurement === measurement;
      const isSo = (webhooks ?? what.webhooks) === what.webhooks && (size ?? what.size) === what.size;
      const value = figures[figure];
      if (isIt && isSo && value !== undefined) values.set(round, value);
    }
    return values;
  }

  return {
    add: (round, what, contender, figures) => void runs.push({ round, what, contender, figures }),
    median: (which, contender, figure) => medianOf([...valuesOf(which, contender, figure).values()]),
    ratio(which, own, rival, figure) {
      const rivals = valuesOf(which, rival, figure);
      return medianOf(
        [...valuesOf(which, own, figure)].flatMap(([round, value]) => {
          const other = rivals.get(round);
          return other === undefined ? [] : value / other;
        }),
      );
    },
  };
}

function medianOf(values: readonly number[]): number | null {
  return values.length === 0 ? null : median(values);
}
