import { undiciHttpClient } from "hookledger/undici";
import { check, openOnServer, publishInChunks } from "../contenders/hookledger-on-disk.ts";
import { firstMessage, startProcess } from "../cores.ts";
import type { Figures } from "../job.ts";
import { createPayloads, now } from "../payload.ts";
import type { Bench } from "./bench.ts";

/** Times a backlog that `count` worker processes deliver, beginning together, on any core. `size` is in deliveries. */
export async function measureProcesses(count: number, bench: Bench, size: number): Promise<Figures> {
  const { server, webhooks, concurrency, receiver } = bench;
  const hooks = await openOnServer(server, undiciHttpClient());
  for (const url of webhooks) check(await hooks.webhooks.register({ url, events: ["memory.updated"] }));
  await publishInChunks(hooks, "memory.updated", createPayloads(size / webhooks.length));
  check(await hooks.close());

  const settings = JSON.stringify({ server, concurrency });
  const workers = Array.from({ length: count }, () => startProcess("worker-process.ts", "any", [settings]));
  for (const worker of workers) await firstMessage(worker);
  await receiver.reset();
  for (const worker of workers) worker.send("begin");
  const { firstAt } = await receiver.reached(size);
  const seconds = (now() - firstAt) / 1000;
  for (const worker of workers) worker.kill();
  return { deliveredPerSecond: size / seconds };
}
