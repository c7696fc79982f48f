import pg from "pg";
import { expect, inject, it, onTestFinished, vi } from "vitest";
import { commit, deliveryStream, failed, record, schedule } from "../../src/testing/contracts/storage/facts.ts";
import { errorOf, valueOf } from "../../src/testing/contracts/results.ts";
import { openPostgres } from "../support/postgres/harness.ts";
import { temporarySchema } from "../support/postgres/schema.ts";

it("a commit that names a stream without events waits for a change under way, and conflicts with it", async () => {
  const connectionString = inject("postgresUrl");
  const { name: schema, remove } = temporarySchema();
  const storage = await openPostgres({ connectionString, schema });
  const [other, watcher] = [new pg.Client({ connectionString }), new pg.Client({ connectionString })];
  onTestFinished(async () => {
    for (const client of [other, watcher]) await client.end();
    await valueOf(storage.close());
    await remove();
  });
  for (const client of [other, watcher]) await client.connect();
  const stream = deliveryStream("d");
  await schedule(storage, "d");
  await record(storage, stream, failed(1, null), { type: "DeliveryExhausted", data: { attempts: 1 } });
  await other.query("begin");
  await other.query(`update ${schema}.deliveries set version = 4 where delivery_id = 'd'`);
  const refused = errorOf(storage.writer.append(commit(stream, 3, [])));
  const waits = vi.waitFor(async () => {
    const { rows } = await watcher.query("select 1 from pg_locks where not granted limit 1");
    expect(rows).toHaveLength(1);
  });
  await Promise.race([waits, refused]);
  await other.query("commit");
  expect(await refused).toMatchObject({ type: "VersionConflict", actual: 4 });
});
