import type { Contender } from "../contender.ts";
import type { Figures } from "../job.ts";
import { now } from "../payload.ts";
import type { Bench } from "./bench.ts";
import { fill, publishByCallers } from "./load.ts";

const WARM_UP = 3000;
const FIRST = 10_000;

/**
 * Times the first 10,000 deliveries of a backlog, and then measures the heap. It first waits until the store has done
 * what filling it left to do. `size` is the backlog, in messages.
 */
export async function measureGrowth(contender: Contender, bench: Bench, size: number): Promise<Figures> {
  const session = await contender.open(bench);
  await publishByCallers(session.publish, WARM_UP);
  await session.drain();
  await fill(session, size);
  await bench.settleStore();
  await bench.receiver.reset();
  await session.start();
  const first = Math.min(FIRST, size);
  const { firstAt } = await bench.receiver.reached(first);
  const seconds = (now() - firstAt) / 1000;
  globalThis.gc?.();
  const { heapUsed, rss } = process.memoryUsage();
  await session.close();
  return { deliveredPerSecond: first / seconds, heapMb: heapUsed / 2 ** 20, rssMb: rss / 2 ** 20 };
}
