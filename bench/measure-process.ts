import type { Contender } from "./contender.ts";
import { contenders } from "./contenders/index.ts";
import { job, type Figures } from "./job.ts";
import { measureDeadRows } from "./measurements/dead-rows.ts";
import { measureFairness } from "./measurements/fairness.ts";
import { measureGrowth } from "./measurements/growth.ts";
import { measureIdle } from "./measurements/idle.ts";
import { measureLatency } from "./measurements/latency.ts";
import { measureProcesses } from "./measurements/processes.ts";
import { measureThroughput } from "./measurements/throughput.ts";
import { connectReceiver } from "./receiver/receiver.ts";
import { settlePostgres } from "./stores/settle-postgres.ts";

// One measurement in its own process, free of what an earlier one left on the heap, compiled or cached.

process.on("disconnect", () => process.exit());

const CONCURRENCY = 64;

const { measurement, size, contender: name, ...given } = job.parse(JSON.parse(process.argv[2] ?? ""));
const contender = contenders.find((candidate) => candidate.name === name);
if (contender === undefined) throw new Error(`there is no contender ${name}`);
const base = given.receiver.deliveries;
const bench = {
  ...given,
  webhooks: Array.from({ length: given.webhooks }, (_, n) => `${base}/w${n}`),
  deadWebhook: `${base}/dead`,
  flakyWebhooks: Array.from({ length: given.webhooks }, (_, n) => `${base}/flaky${n}`),
  concurrency: CONCURRENCY,
  prompt: measurement !== "throughput",
  receiver: connectReceiver(given.receiver),
  settleStore: () => settlePostgres(given.server),
};

function measure(contender: Contender): Promise<Figures> {
  switch (measurement) {
    case "throughput":
      return measureThroughput(contender, bench, size);
    case "latency":
      return measureLatency(contender, bench, size);
    case "growth":
      return measureGrowth(contender, bench, size);
    case "alone":
      return measureFairness("nothing", bench, size);
    case "beside a dead webhook":
      return measureFairness("a dead webhook", bench, size);
    case "idle":
      return measureIdle(contender, bench, size);
    case "one process":
      return measureProcesses(1, bench, size);
    case "two processes":
      return measureProcesses(2, bench, size);
    case "dead rows":
      return measureDeadRows(bench, size);
  }
}

const measured = await measure(contender);
process.send?.(measured, () => process.exit());
