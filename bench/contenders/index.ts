import type { Contender } from "../contender.ts";
import { bullmqAlways, bullmqEverysec } from "./bullmq.ts";
import { floor } from "./floor.ts";
import { graphileWorkerWithout, graphileWorkerWithOutcome } from "./graphile-worker.ts";
import { hookledgerOnKy, hookledgerOnPostgres, hookledgerOnUndici } from "./hookledger.ts";
import { outbox } from "./outbox.ts";
import { pgBossOverFetch, pgBossOverUndici } from "./pg-boss.ts";

/** All contenders, in the order of the table. */
export const contenders: readonly Contender[] = [
  floor,
  outbox,
  hookledgerOnUndici,
  hookledgerOnKy,
  hookledgerOnPostgres,
  bullmqAlways,
  bullmqEverysec,
  pgBossOverUndici,
  pgBossOverFetch,
  graphileWorkerWithOutcome,
  graphileWorkerWithout,
];
