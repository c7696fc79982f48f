import { undiciHttpClient } from "hookledger/undici";
import pg from "pg";
import { check, openOnServer, publishInChunks } from "../contenders/hookledger-on-disk.ts";
import type { Figures } from "../job.ts";
import { createPayloads } from "../payload.ts";
import type { Bench } from "./bench.ts";

/** The tables whose rows are updated or deleted for each delivery, and one that is only appended to. */
export const TABLES = ["queue", "webhook_health", "deliveries", "events"];
/** The sizes are read after the first and the last of these parts. */
const PARTS = 10;
const CHUNK = 10_000;

const sizesOf = `select name, pg_total_relation_size(format('hookledger.%I', name)::regclass)::float8 / 2 ^ 20 as mb
  from unnest($1::text[]) as name`;

/**
 * Measures how large the tables are after a tenth of the deliveries and after all of them, with 10,000 to 20,000
 * pending throughout. Every tenth request fails and is made again. `size` is in deliveries.
 */
export async function measureDeadRows({ server, flakyWebhooks, receiver }: Bench, size: number): Promise<Figures> {
  const hooks = await openOnServer(server, undiciHttpClient());
  const retryConfig = { maxRetries: 20, baseDelaySeconds: 1, maxDelaySeconds: 2 };
  for (const url of flakyWebhooks) {
    check(await hooks.webhooks.register({ url, events: ["memory.updated"], retryConfig }));
  }
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  const sizes = async (part: string): Promise<Figures> => {
    const { rows } = await client.query<{ name: string; mb: number }>(sizesOf, [TABLES]);
    return Object.fromEntries(rows.map(({ name, mb }) => [`${name} ${part}`, mb]));
  };

  await receiver.reset();
  check(await hooks.worker({ perWebhookConcurrency: 64 }).start());
  let figures: Figures = {};
  for (let part = 1; part <= PARTS; part += 1) {
    const end = (size * part) / PARTS;
    for (let published = (size * (part - 1)) / PARTS; published < end; published += CHUNK) {
      const count = Math.min(CHUNK, end - published);
      await publishInChunks(hooks, "memory.updated", createPayloads(Math.ceil(count / flakyWebhooks.length)));
      await receiver.reached(Math.max(0, published - CHUNK));
    }
    if (part === 1) figures = await sizes("first");
  }
  await receiver.reached(size);
  figures = { ...figures, ...(await sizes("last")) };
  const queueLastOfFirst = (figures["queue last"] ?? NaN) / (figures["queue first"] ?? NaN);
  await client.end();
  check(await hooks.close());
  return { ...figures, queueLastOfFirst };
}
