import { PgBoss, type Job, type JobResult } from "pg-boss";
import type { Contender, Payload } from "../contender.ts";
import { createCountdown } from "./countdown.ts";
import { createLimit } from "./limit.ts";
import { fetchPoster, undiciPoster, type Poster } from "./post.ts";

interface Delivery {
  readonly url: string;
  readonly body: string;
}

const QUEUE = "deliveries";
const retries = { retryLimit: 5, retryBackoff: true };
/**
 * The fastest of several settings tried: large batches save transactions, and while one batch is completed the other is
 * sent. Batches of 16 to 64, without our own limit, delivered about half as many.
 */
const work = { batchSize: 1000, localConcurrency: 2, burstWhenBatchFull: true, perJobResults: true } as const;

function pgBoss(createPoster: () => Poster, client: string): Contender {
  return {
    name: `pg-boss, ${client}`,
    settings: `PostgreSQL; 2 workers with batches of 1000, insert() for several jobs; NOTIFY for latency, not for throughput`,
    store: "postgres",
    async open({ server, webhooks, concurrency, prompt }) {
      const boss = new PgBoss({ connectionString: server, useListenNotify: prompt, schedule: false });
      boss.on("error", (error) => {
        throw error;
      });
      await boss.start();
      // NOTIFY makes publishing slower, because PostgreSQL commits transactions that notify one by one.
      await boss.createQueue(QUEUE, { notify: prompt, ...retries });
      const poster = createPoster();
      const limit = createLimit(concurrency);
      const remaining = createCountdown();
      const jobsOf = (payload: Payload) => {
        const body = JSON.stringify(payload);
        return webhooks.map((url): { readonly data: Delivery } => ({ data: { url, body } }));
      };
      const insert = async (payloads: readonly Payload[]) => {
        const jobs = payloads.flatMap(jobsOf);
        remaining.add(jobs.length);
        for (let from = 0; from < jobs.length; from += 1000) await boss.insert(QUEUE, jobs.slice(from, from + 1000));
      };
      const deliver = async ({ id, data: { url, body } }: Job<Delivery>): Promise<JobResult> => {
        await limit(() => poster.post(url, body));
        remaining.done();
        return { id, status: "completed" };
      };
      const start = () => boss.work(QUEUE, work, (jobs: Job<Delivery>[]) => Promise.all(jobs.map(deliver)));
      return {
        async publish(payload) {
          const [only, ...others] = jobsOf(payload);
          if (only === undefined || others.length > 0) return insert([payload]);
          remaining.add(1);
          await boss.send(QUEUE, only.data);
        },
        fill: insert,
        async drain() {
          await start();
          await remaining.over();
          await boss.offWork(QUEUE, { wait: true });
        },
        async start() {
          await start();
        },
        async close() {
          await boss.stop({ graceful: true });
          await poster.close();
        },
      };
    },
  };
}

export const pgBossOverUndici = pgBoss(undiciPoster, "undici.request");
export const pgBossOverFetch = pgBoss(fetchPoster, "global fetch");
