import { hookledgerOnUndici } from "../contenders/hookledger.ts";
import { outbox } from "../contenders/outbox.ts";
import type { Results } from "../results.ts";
import { backlogs } from "../tasks.ts";
import { lineChart, type Line } from "./line-chart.ts";

/** Deliveries a second and heap, by the size of the backlog. */
export function growthChart(results: Results): string {
  const line = (contender: typeof outbox, name: string, colour: string): Line => ({
    label: contender.name,
    colour,
    points: backlogs.flatMap((size) => {
      const value = results.median({ measurement: "growth", size }, contender, name);
      return value === null ? [] : [{ x: size, y: value }];
    }),
  });
  return lineChart("pending messages", [
    {
      title: "delivered a second, of the first 10,000",
      lines: [line(outbox, "deliveredPerSecond", "#888"), line(hookledgerOnUndici, "deliveredPerSecond", "#2563eb")],
    },
    { title: "MB on the heap then", lines: [line(hookledgerOnUndici, "heapMb", "#2563eb")] },
  ]);
}
