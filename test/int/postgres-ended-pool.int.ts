import pg from "pg";
import { expect, inject, it, onTestFinished, vi } from "vitest";
import { connectionsOf } from "../../src/adapters/postgres/connections.ts";
import { errorOf, valueOf } from "../../src/testing/contracts/results.ts";
import { claimOf } from "../../src/testing/contracts/storage/claims.ts";
import { schedule } from "../../src/testing/contracts/storage/facts.ts";
import { openPostgres } from "../support/postgres/harness.ts";
import { newSchema } from "../support/open-hooks.ts";

/** A storage on a pool of the application's, which listens. */
async function openListening() {
  const schema = newSchema();
  const pool = new pg.Pool({ connectionString: inject("postgresUrl"), max: 3 });
  const storage = await openPostgres({ pool, schema });
  await schedule(storage, "a");
  await valueOf(storage.queue.claim(() => claimOf({ limit: 0 })));
  return { pool, storage };
}

it("a pool that the application ends first ends, and what is asked then is answered as closed", async () => {
  const { pool, storage } = await openListening();
  await pool.end();
  expect(await errorOf(storage.queue.claim(() => claimOf()))).toMatchObject({ reason: "closed", retryable: false });
  await valueOf(storage.close());
});

it("a pool of which only the connection that listens is left ends with the next claim", async () => {
  const { pool, storage } = await openListening();
  await vi.waitFor(() => expect(pool.totalCount - pool.idleCount).toBe(1));
  while (pool.idleCount > 0) (await pool.connect()).release(true);
  const ended = pool.end();
  expect(await errorOf(storage.queue.claim(() => claimOf()))).toMatchObject({ reason: "closed" });
  await ended;
  await valueOf(storage.close());
});

it.each(["lend", "lendShared", "lendForLong", "keep"] as const)(
  "whoever waits for a connection in %s when the application ends its pool is answered",
  async (how) => {
    const pool = new pg.Pool({ connectionString: inject("postgresUrl"), max: 1 });
    const connections = connectionsOf({ schema: "x", transactionPooling: false, source: { kind: "pool", pool } });
    onTestFinished(() => connections.close());
    const held = await pool.connect();
    const waiting = connections[how](() => Promise.resolve());
    const ended = pool.end();
    held.release();
    await expect(waiting).rejects.toThrow("Cannot use a pool after calling end on the pool");
    await ended;
  },
);
