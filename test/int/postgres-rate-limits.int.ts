import pg from "pg";
import { describe, expect, inject, it, onTestFinished, vi } from "vitest";
import { claimed, countByWebhook, scheduleMany } from "../../src/testing/contracts/storage/claims.ts";
import { T0 } from "../../src/testing/contracts/storage/facts.ts";
import { withLimit } from "../../src/testing/contracts/storage/rate-limit-laws.ts";
import { valueOf } from "../../src/testing/contracts/results.ts";
import { openPostgres } from "../support/postgres/harness.ts";
import { temporarySchema } from "../support/postgres/schema.ts";

async function open() {
  const connectionString = inject("postgresUrl");
  const { name: schema, query, remove } = temporarySchema();
  const storage = await openPostgres({ connectionString, schema });
  const client = new pg.Client({ connectionString });
  await client.connect();
  onTestFinished(async () => {
    await client.end();
    await valueOf(storage.close());
    await remove();
  });
  return { storage, query, schema, client };
}

describe("a rate limit on PostgreSQL", () => {
  it("that is removed while a claim is under way stops no claim; the next one finds what it held back", async () => {
    const { storage, query, schema, client } = await open();
    await withLimit(storage, 1, 3);
    await client.query("select pg_advisory_lock(7)");
    await query(`alter table ${schema}.webhook_health rename to health_rows`);
    await query(`create function ${schema}.gate() returns boolean volatile language sql
      as 'select pg_advisory_lock_shared(7) is not null and pg_advisory_unlock_shared(7)'`);
    await query(`create view ${schema}.webhook_health as select * from ${schema}.health_rows where ${schema}.gate()`);
    const claiming = claimed(storage);
    const waiting = "select from pg_locks where locktype = 'advisory' and not granted and objid = 7";
    await vi.waitFor(async () => expect(await query(waiting)).toMatchObject({ rowCount: 1 }));
    await query(`update ${schema}.health_rows set rate_limit_per_second = null`);
    await client.query("select pg_advisory_unlock(7)");
    expect(await claiming).toEqual([]);
    expect(await claimed(storage)).toHaveLength(3);
  });

  it.each(["0", "-1", "1e-300", "1e300", "'NaN'", "'infinity'", "'-infinity'"])(
    "that is damaged, %s, stops no claim, and rebuild mends it",
    async (damage) => {
      const { storage, query, schema } = await open();
      await withLimit(storage, 1, 4);
      await scheduleMany(storage, { other: 2 });
      await query(`update ${schema}.webhook_health set rate_limit_per_second = ${damage}`);
      await query(`update ${schema}.webhooks set rate_limit_per_second = ${damage}`);
      const { other, w } = countByWebhook(await claimed(storage));
      expect(other).toBe(2);
      expect(w).toBeGreaterThan(0);
      await valueOf(storage.projections.rebuild());
      const { pausedUntil } = await valueOf(storage.queue.health("w"));
      expect(pausedUntil).toBeGreaterThan(T0);
      const again = await claimed(storage, { now: T0 + 100_000 });
      expect(countByWebhook(again)).toEqual({ other: 2, w: 1 });
    },
  );

  it.each([
    ["in turn", {}],
    ["named", { deliveryIds: ["w-0000", "w-0001", "other-0000"] }],
  ])("that another claim serves: one %s leaves its webhook out, and waits for nobody", async (_, named) => {
    const { storage, schema, client } = await open();
    await withLimit(storage, 1, 2);
    await scheduleMany(storage, { other: 1 });
    await client.query("begin");
    await client.query(`select from ${schema}.webhook_health where webhook_id = 'w' for update`);
    expect(countByWebhook(await claimed(storage, named))).toEqual({ other: 1 });
    await client.query("commit");
    expect(countByWebhook(await claimed(storage, named))).toEqual({ w: 1 });
  });
});
