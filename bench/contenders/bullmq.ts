import { Queue, Worker } from "bullmq";
import type { Contender, Payload } from "../contender.ts";
import { createCountdown } from "./countdown.ts";
import { undiciPoster } from "./post.ts";

interface Delivery {
  readonly url: string;
  readonly body: string;
}

/** Defaults, by measurement: automatic pipelining halves publish/s, and removing completed jobs changes little. */
const NAME = "deliveries";

function bullmq(appendfsync: "always" | "everysec"): Contender {
  return {
    name: `BullMQ, appendfsync ${appendfsync}`,
    settings: `Redis, appendonly, appendfsync ${appendfsync}; attempts 5, addBulk for several jobs, undici.request`,
    store: `redis, appendfsync ${appendfsync}`,
    async open({ server, webhooks, concurrency }) {
      const connection = { url: server, maxRetriesPerRequest: null };
      const options = { connection, defaultJobOptions: { attempts: 5, backoff: { type: "exponential", delay: 1000 } } };
      const queue = new Queue<Delivery>(NAME, options);
      await queue.waitUntilReady();
      const poster = undiciPoster();
      const remaining = createCountdown();
      const jobsOf = (payload: Payload) => {
        const body = JSON.stringify(payload);
        return webhooks.map((url) => ({ name: NAME, data: { url, body } }));
      };
      const insert = async (payloads: readonly Payload[]) => {
        const jobs = payloads.flatMap(jobsOf);
        remaining.add(jobs.length);
        for (let from = 0; from < jobs.length; from += 1000) await queue.addBulk(jobs.slice(from, from + 1000));
      };
      const start = () => {
        const worker = new Worker<Delivery>(NAME, ({ data: { url, body } }) => poster.post(url, body), {
          connection,
          concurrency,
        });
        worker.on("completed", () => remaining.done());
        worker.on("error", (error) => {
          throw error;
        });
        return worker;
      };
      let background: Worker<Delivery> | null = null;
      return {
        async publish(payload) {
          const [only, ...others] = jobsOf(payload);
          if (only === undefined || others.length > 0) return insert([payload]);
          remaining.add(1);
          await queue.add(NAME, only.data);
        },
        fill: insert,
        async drain() {
          const worker = start();
          await remaining.over();
          await worker.close();
        },
        async start() {
          background = start();
          await background.waitUntilReady();
        },
        async close() {
          await background?.close();
          await queue.close();
          await poster.close();
        },
      };
    },
  };
}

export const bullmqAlways = bullmq("always");
export const bullmqEverysec = bullmq("everysec");
