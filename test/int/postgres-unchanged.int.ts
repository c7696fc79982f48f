import pg from "pg";
import { expect, inject, it, onTestFinished, vi } from "vitest";
import { commit, deliveryStream, failed, record, schedule, T0 } from "../../src/testing/contracts/storage/facts.ts";
import { errorOf } from "../../src/testing/contracts/results.ts";
import { toIso } from "../../src/domain/instant.ts";
import { postgresHarness } from "../support/postgres/harness.ts";

it("what a commit says is still as it was, nobody changes until it is committed", async () => {
  const { storage, slow, dispose } = await postgresHarness("connectionString");
  const client = new pg.Client({ connectionString: inject("postgresUrl") });
  onTestFinished(async () => {
    await client.end();
    await dispose();
  });
  await client.connect();
  const stream = deliveryStream("d");
  await schedule(storage, "d");
  await record(storage, stream, failed(1, null), { type: "DeliveryExhausted", data: { attempts: 1 } });
  const redelivery = { type: "RedeliveryRequested", data: { dueAt: toIso(T0) } } as const;
  const other = await slow?.(commit(stream, 3, [redelivery]));
  const refused = errorOf(storage.writer.append(commit(stream, 3, [])));
  const waits = vi.waitFor(async () => {
    const { rows } = await client.query("select 1 from pg_locks where not granted limit 1");
    expect(rows).toHaveLength(1);
  });
  await Promise.race([waits, refused]);
  await other?.end("commit");
  expect(await refused).toMatchObject({ type: "VersionConflict", actual: 4 });
});
