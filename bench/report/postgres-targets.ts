import { graphileWorkerWithOutcome } from "../contenders/graphile-worker.ts";
import { hookledgerOnPostgres as own } from "../contenders/hookledger.ts";
import { pgBossOverUndici } from "../contenders/pg-boss.ts";
import type { Results } from "../results.ts";
import { createRatios, type Target } from "./ratios.ts";

/** What hookledger on PostgreSQL must reach, with the same server and HTTP client as the others. */
export function postgresTargets(results: Results): readonly Target[] {
  const { against, within } = createRatios(results);
  const throughput = (webhooks: number) => ({ measurement: "throughput", webhooks }) as const;
  const backlog = (size: number) => ({ measurement: "growth", size }) as const;
  const rate = "deliveredPerSecond";
  const delivered = (webhooks: number): readonly Target[] => [
    {
      what: `delivered/s to ${webhooks}, of pg-boss`,
      value: against(own, pgBossOverUndici, rate, throughput(webhooks)),
      atLeast: 1,
    },
    {
      what: `delivered/s to ${webhooks}, of graphile-worker`,
      value: against(own, graphileWorkerWithOutcome, rate, throughput(webhooks)),
      atLeast: 1.5,
    },
  ];
  const targets: readonly Target[] = [
    ...delivered(1),
    ...delivered(10),
    {
      what: "publish/s, of pg-boss",
      value: against(own, pgBossOverUndici, "publishedPerSecond", throughput(1)),
      atLeast: 1.5,
    },
    {
      what: "delivered/s of two processes, of one",
      value: within(own, rate, { measurement: "two processes" }, { measurement: "one process" }),
      atLeast: 1,
    },
    {
      what: "delivered/s at a backlog of 10⁶, of 10⁴",
      value: within(own, rate, backlog(1_000_000), backlog(10_000)),
      atLeast: 0.9,
    },
    {
      what: "the queue's size after all, of that after a tenth",
      value: results.median({ measurement: "dead rows" }, own, "queueLastOfFirst"),
      atMost: 1.5,
    },
  ];
  return targets.map(({ what, ...target }) => ({ what: `on PostgreSQL: ${what}`, ...target }));
}
