import { bullmqAlways } from "../contenders/bullmq.ts";
import { graphileWorkerWithOutcome } from "../contenders/graphile-worker.ts";
import { hookledgerOnKy, hookledgerOnUndici } from "../contenders/hookledger.ts";
import { outbox } from "../contenders/outbox.ts";
import { pgBossOverFetch, pgBossOverUndici } from "../contenders/pg-boss.ts";
import type { Contender } from "../contender.ts";
import type { Results } from "../results.ts";
import { postgresTargets } from "./postgres-targets.ts";
import { createRatios, type Target } from "./ratios.ts";

/** What hookledger must reach. All but the idle CPU are ratios within the run, so they hold on any machine. */
export function targetsOf(results: Results): readonly Target[] {
  const at = (webhooks: number) => ({ measurement: "throughput", webhooks }) as const;
  const latency = { measurement: "latency" } as const;
  const backlog = (size: number) => ({ measurement: "growth", size }) as const;
  const { against, within } = createRatios(results);
  const own = hookledgerOnUndici;
  const grown = (figure: string) => within(own, figure, backlog(1_000_000), backlog(10_000));
  const delivered = (webhooks: number): readonly Target[] => {
    const what = (rival: string) => `delivered/s to ${webhooks}, of ${rival}`;
    const of = (rival: Contender, by = own) => against(by, rival, "deliveredPerSecond", at(webhooks));
    return [
      { what: what("bare outbox"), value: of(outbox), atLeast: 0.75 },
      { what: what("BullMQ"), value: of(bullmqAlways), atLeast: 1.3 },
      { what: what("pg-boss"), value: of(pgBossOverUndici), atLeast: 1.4 },
      { what: what("graphile-worker"), value: of(graphileWorkerWithOutcome), atLeast: 2.2 },
      { what: `with ky, ${what("pg-boss over fetch")}`, value: of(pgBossOverFetch, hookledgerOnKy), atLeast: 1.5 },
    ];
  };
  return [
    ...delivered(1),
    ...delivered(10),
    { what: "publish/s, of bare outbox", value: against(own, outbox, "publishedPerSecond", at(1)), atLeast: 0.5 },
    { what: "publish/s, of BullMQ", value: against(own, bullmqAlways, "publishedPerSecond", at(1)), atLeast: 1 },
    { what: "p50, of bare outbox", value: against(own, outbox, "p50Ms", latency), atMost: 1.3 },
    { what: "p99, of bare outbox", value: against(own, outbox, "p99Ms", latency), atMost: 1.5 },
    { what: "CPU a delivery, of bare outbox", value: against(own, outbox, "cpuMsPerThousand", at(1)), atMost: 1.4 },
    {
      what: "p99 beside a dead webhook, of alone",
      value: within(own, "p99Ms", { measurement: "beside a dead webhook" }, { measurement: "alone" }),
      atMost: 1.5,
    },
    { what: "heap at a backlog of 10⁶, of 10⁴", value: grown("heapMb"), atMost: 1.2 },
    { what: "delivered/s at a backlog of 10⁶, of 10⁴", value: grown("deliveredPerSecond"), atLeast: 0.9 },
    {
      what: "CPU of an idle worker, % of a core",
      value: results.median({ measurement: "idle" }, hookledgerOnUndici, "cpuPercent"),
      atMost: 0.2,
    },
    ...postgresTargets(results),
  ];
}
