import { undiciHttpClient } from "hookledger/undici";
import { setTimeout as pause } from "node:timers/promises";
import { check, openOnDisk, publishInChunks } from "../contenders/hookledger-on-disk.ts";
import type { Payload } from "../contender.ts";
import type { Figures } from "../job.ts";
import { createPayloads } from "../payload.ts";
import type { Bench } from "./bench.ts";
import { timeSchedule } from "./latency.ts";
import { publishByCallers } from "./load.ts";

const WARM_UP = 2000;
const DEAD_PENDING = 100_000;
/** Long enough for the dead webhook to hold every attempt that it may, but shorter than its first timeout. */
const SETTLE_MS = 1500;

/** Times a webhook beside one that never answers. `size` is in messages; the worker has its default limits. */
export async function measureFairness(
  beside: "nothing" | "a dead webhook",
  bench: Bench,
  size: number,
): Promise<Figures> {
  const { webhooks, receiver } = bench;
  const hooks = await openOnDisk(bench.folder, undiciHttpClient());
  for (const url of webhooks) check(await hooks.webhooks.register({ url, events: ["memory.updated"] }));
  const publish = async (payload: Payload) => check(await hooks.publish({ event: "memory.updated", payload }));
  if (beside === "a dead webhook") {
    check(await hooks.webhooks.register({ url: bench.deadWebhook, events: ["memory.remembered"] }));
    await publishInChunks(hooks, "memory.remembered", createPayloads(DEAD_PENDING));
  }
  await receiver.reset();
  check(await hooks.worker().start());
  await publishByCallers(publish, WARM_UP);
  await receiver.reached(WARM_UP);
  await pause(SETTLE_MS);
  const latencies = await timeSchedule(receiver, publish, size);
  // Not closed, because that would wait for the attempts to the dead webhook. The process ends instead.
  return latencies;
}
