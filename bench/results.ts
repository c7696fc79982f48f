import type { Contender } from "./contender.ts";
import type { Figures } from "./job.ts";
import { median } from "./statistics.ts";
import type { Task } from "./tasks.ts";

type What = Pick<Task, "measurement" | "webhooks" | "size">;
type Which = Pick<What, "measurement"> & Partial<What>;

export interface Results {
  add(what: What, contender: Contender, figures: Figures): void;
  /** The median of the rounds; null if it was not measured. */
  median(which: Which, contender: Contender, figure: string): number | null;
}

export function createResults(): Results {
  const runs: { readonly what: What; readonly contender: Contender; readonly figures: Figures }[] = [];
  return {
    add: (what, contender, figures) => void runs.push({ what, contender, figures }),
    median({ measurement, webhooks, size }, contender, figure) {
      const values = runs
        .filter((run) => run.contender === contender && run.what.measurement === measurement)
        .filter(({ what }) => (webhooks ?? what.webhooks) === what.webhooks && (size ?? what.size) === what.size)
        .flatMap(({ figures }) => figures[figure] ?? []);
      return values.length === 0 ? null : median(values);
    },
  };
}
