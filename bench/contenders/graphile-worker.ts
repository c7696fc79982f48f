import { Logger, makeWorkerUtils, run, type Runner } from "graphile-worker";
import { setTimeout as pause } from "node:timers/promises";
import { Pool } from "pg";
import { z } from "zod";
import type { Contender, Payload } from "../contender.ts";
import { createCountdown } from "./countdown.ts";
import { undiciPoster } from "./post.ts";

const TASK = "deliver";
const delivery = z.object({ url: z.string(), body: z.string() });

/** Keeps it from writing a line for each job. */
const logger = new Logger(() => (level, message) => {
  if (level === "error") console.error(message);
});

/** The fastest of several settings tried. Without them it delivers about a third less. */
const batching = { localQueue: { size: 1000 }, completeJobBatchDelay: 5 };
/** As fast as the 66 that graphile-worker recommends for this concurrency, and as its default of 10. */
const POOL_SIZE = 20;

const createOutcomes = `create table outcome (
  job_id bigint primary key, url text not null, status_code integer not null, at timestamptz not null default now())`;
const insertOutcome = {
  name: "insert-outcome",
  text: "insert into outcome (job_id, url, status_code) values ($1, $2, $3)",
};

/** graphile-worker deletes a job that is done. To keep its outcome, the task has to write it down. */
function graphileWorker(outcome: "kept" | "not kept"): Contender {
  return {
    name: `graphile-worker, outcome ${outcome}`,
    settings: `PostgreSQL; localQueue 1000, completeJobBatchDelay 5 ms, pool of ${POOL_SIZE}, addJobs for several, undici.request`,
    store: "postgres",
    async open({ server, webhooks, concurrency }) {
      const pgPool = new Pool({ connectionString: server, max: POOL_SIZE });
      for (const event of ["error", "connect"] as const) pgPool.on(event, () => undefined);
      const shared = { pgPool, logger, preset: { worker: batching } };
      const utils = await makeWorkerUtils(shared);
      await utils.migrate();
      await pgPool.query(createOutcomes);
      const poster = undiciPoster();
      const remaining = createCountdown();
      const jobsOf = (payload: Payload) => {
        const body = JSON.stringify(payload);
        return webhooks.map((url) => ({ identifier: TASK, payload: { url, body } }));
      };
      const insert = async (payloads: readonly Payload[]) => {
        const jobs = payloads.flatMap(jobsOf);
        remaining.add(jobs.length);
        for (let from = 0; from < jobs.length; from += 1000) await utils.addJobs(jobs.slice(from, from + 1000));
      };
      const taskList = {
        async [TASK](payload: unknown, { job }: { readonly job: { readonly id: string } }) {
          const { url, body } = delivery.parse(payload);
          await poster.post(url, body);
          if (outcome === "kept") await pgPool.query({ ...insertOutcome, values: [job.id, url, 204] });
          remaining.done();
        },
      };
      const start = () => run({ ...shared, concurrency, noHandleSignals: true, taskList });
      const isBusy = async () =>
        (await pgPool.query("select from graphile_worker._private_jobs limit 1")).rows.length > 0;
      let runner: Runner | null = null;
      return {
        async publish(payload) {
          const [only, ...others] = jobsOf(payload);
          if (only === undefined || others.length > 0) return insert([payload]);
          remaining.add(1);
          await utils.addJob(TASK, only.payload);
        },
        fill: insert,
        async drain() {
          const running = await start();
          await remaining.over();
          while (await isBusy()) await pause(2);
          await running.stop();
        },
        async start() {
          runner = await start();
        },
        async close() {
          await runner?.stop();
          await utils.release();
          await pgPool.end();
          await poster.close();
        },
      };
    },
  };
}

export const graphileWorkerWithOutcome = graphileWorker("kept");
export const graphileWorkerWithout = graphileWorker("not kept");
