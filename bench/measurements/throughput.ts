import type { Contender } from "../contender.ts";
import type { Figures } from "../job.ts";
import { now } from "../payload.ts";
import type { Bench } from "./bench.ts";
import { fill, publishByCallers } from "./load.ts";

/** Deliveries before anything is measured: in its first seconds, a process runs much code that is not compiled yet. */
const WARM_UP = 20_000;
/** How many of them callers publish one by one. */
const WARM_UP_BY_CALLERS = 3000;
const PUBLISHING_MS = 1500;

/** Publishes, makes a backlog, and drains it. `size` is in deliveries. */
export async function measureThroughput(contender: Contender, bench: Bench, size: number): Promise<Figures> {
  const { webhooks, receiver } = bench;
  const session = await contender.open(bench);
  await publishByCallers(session.publish, WARM_UP_BY_CALLERS / webhooks.length);
  await fill(session, (WARM_UP - WARM_UP_BY_CALLERS) / webhooks.length);
  await session.drain();

  const messages = size / webhooks.length;
  const startedAt = now();
  const published = await publishByCallers(session.publish, messages, PUBLISHING_MS);
  const publishSeconds = (now() - startedAt) / 1000;
  await fill(session, messages - published);

  await receiver.reset();
  const cpu = process.cpuUsage();
  await session.drain();
  const drainedAt = now();
  const { user, system } = process.cpuUsage(cpu);
  const { firstAt } = await receiver.reached(size);
  await session.close();
  return {
    publishedPerSecond: published / publishSeconds,
    deliveredPerSecond: (size * 1000) / (drainedAt - firstAt),
    cpuMsPerThousand: (user + system) / size,
    peakRssMb: process.resourceUsage().maxRSS / 1024,
  };
}
