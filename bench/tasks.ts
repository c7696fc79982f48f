import type { Contender } from "./contender.ts";
import { bullmqAlways } from "./contenders/bullmq.ts";
import { floor } from "./contenders/floor.ts";
import { graphileWorkerWithOutcome } from "./contenders/graphile-worker.ts";
import { hookledgerOnKy, hookledgerOnPostgres, hookledgerOnUndici } from "./contenders/hookledger.ts";
import { contenders } from "./contenders/index.ts";
import { outbox } from "./contenders/outbox.ts";
import { pgBossOverUndici } from "./contenders/pg-boss.ts";
import type { Job } from "./job.ts";

/** A measurement, and the contenders that take part in it. */
export interface Task extends Pick<Job, "measurement" | "webhooks" | "size"> {
  readonly contenders: readonly Contender[];
  /** Fewer rounds than the others have, for a measurement that takes long and varies little. */
  readonly mostRounds?: number;
}

export type Part = "throughput" | "latency" | "growth" | "fairness" | "idle" | "postgres";

/** One of each kind: another HTTP client, or no fsync, changes a system's figures only by a constant. */
const timed = [
  floor,
  outbox,
  hookledgerOnUndici,
  hookledgerOnKy,
  hookledgerOnPostgres,
  bullmqAlways,
  pgBossOverUndici,
  graphileWorkerWithOutcome,
];
const hookledger = [hookledgerOnUndici];
const onPostgres = [hookledgerOnPostgres];

export const backlogs = [10_000, 100_000, 1_000_000];

export const tasks: Readonly<Record<Part, readonly Task[]>> = {
  throughput: [
    { measurement: "throughput", webhooks: 1, size: 20_000, contenders },
    { measurement: "throughput", webhooks: 10, size: 20_000, contenders },
  ],
  latency: [{ measurement: "latency", webhooks: 1, size: 1000, contenders: timed }],
  growth: backlogs.map((size) => ({
    ...{ measurement: "growth", webhooks: 1, size, contenders: [outbox, ...hookledger, ...onPostgres] },
    mostRounds: 3,
  })),
  fairness: [
    { measurement: "alone", webhooks: 1, size: 1000, contenders: hookledger },
    { measurement: "beside a dead webhook", webhooks: 1, size: 1000, contenders: hookledger },
  ],
  idle: [{ measurement: "idle", webhooks: 1, size: 20, contenders: [...hookledger, ...onPostgres], mostRounds: 3 }],
  postgres: [
    { measurement: "one process", webhooks: 10, size: 40_000, contenders: onPostgres },
    { measurement: "two processes", webhooks: 10, size: 40_000, contenders: onPostgres },
    // An hour of 200 deliveries a second.
    { measurement: "dead rows", webhooks: 10, size: 720_000, contenders: onPostgres, mostRounds: 1 },
  ],
};
