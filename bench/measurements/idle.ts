import { setTimeout as pause } from "node:timers/promises";
import type { Contender } from "../contender.ts";
import type { Figures } from "../job.ts";
import type { Bench } from "./bench.ts";
import { publishByCallers } from "./load.ts";

const WARM_UP = 500;
/** A client keeps its sockets for a few seconds, which is no cost of an idle worker. */
const SETTLE_MS = 6000;

/** Measures what a worker costs while it has nothing to do. `size` is in seconds. */
export async function measureIdle(contender: Contender, bench: Bench, size: number): Promise<Figures> {
  const session = await contender.open(bench);
  await bench.receiver.reset();
  await session.start();
  await publishByCallers(session.publish, WARM_UP);
  await bench.receiver.reached(WARM_UP);
  await pause(SETTLE_MS);
  const before = process.cpuUsage();
  await pause(size * 1000);
  const { user, system } = process.cpuUsage(before);
  await session.close();
  return { cpuPercent: (user + system) / (size * 10_000) };
}
