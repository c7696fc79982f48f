import type { Contender } from "../contender.ts";
import type { Figures } from "../job.ts";
import type { Receiver } from "../receiver/receiver.ts";
import { percentile } from "../statistics.ts";
import type { Bench } from "./bench.ts";
import { publishByCallers, publishOnSchedule, type Publish } from "./load.ts";

const WARM_UP = 2000;
export const PER_SECOND = 200;

/** Times messages from publish to receipt, with a worker in the background. `size` is in messages. */
export async function measureLatency(contender: Contender, bench: Bench, size: number): Promise<Figures> {
  const session = await contender.open(bench);
  await session.start();
  await bench.receiver.reset();
  await publishByCallers(session.publish, WARM_UP);
  await bench.receiver.reached(WARM_UP);
  const latencies = await timeSchedule(bench.receiver, session.publish, size);
  await session.close();
  return latencies;
}

export async function timeSchedule(receiver: Receiver, publish: Publish, size: number): Promise<Figures> {
  await receiver.reset(true);
  await publishOnSchedule(publish, size, PER_SECOND);
  const { latencies } = await receiver.reached(size);
  return { p50Ms: percentile(latencies, 0.5), p99Ms: percentile(latencies, 0.99) };
}
