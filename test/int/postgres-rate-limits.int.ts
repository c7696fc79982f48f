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
  onTestFinished(async () => {
    await valueOf(storage.close());
    await remove();
  });
  return { storage, query, schema, connectionString };
}

describe("a rate limit on PostgreSQL", () => {
  it("that is removed while a claim is under way stops no claim", async () => {
    const { storage, query, schema, connectionString } = await open();
    await withLimit(storage, 1, 3);
    const gate = new pg.Client({ connectionString });
    await gate.connect();
    onTestFinished(() => gate.end());
    await gate.query("select pg_advisory_lock(7)");
    await query(`alter table ${schema}.webhook_health rename to health_rows`);
    await query(`create function ${schema}.gate() returns boolean volatile language sql
      as 'select pg_advisory_lock_shared(7) is not null and pg_advisory_unlock_shared(7)'`);
    await query(`create view ${schema}.webhook_health as select * from ${schema}.health_rows where ${schema}.gate()`);
    const claiming = claimed(storage);
    const waiting = "select from pg_locks where locktype = 'advisory' and not granted and objid = 7";
    await vi.waitFor(async () => expect(await query(waiting)).toMatchObject({ rowCount: 1 }));
    await query(`update ${schema}.health_rows set rate_limit_per_second = null`);
    await gate.query("select pg_advisory_unlock(7)");
    expect(await claiming).toHaveLength(3);
  });

  it.each(["0", "-1", "1e-300", "1e300", "'NaN'", "'infinity'", "'-infinity'"])(
    "that is damaged, %s, stops no claim, and rebuild mends it",
    async (damage) => {
      const { storage, query, schema } = await open();
      await withLimit(storage, 1, 4);
      await scheduleMany(storage, { other: 2 });
      await query(`update ${schema}.webhook_health set rate_limit_per_second = ${damage}`);
      await query(`update ${schema}.webhooks set rate_limit_per_second = ${damage}`);
      expect(countByWebhook(await claimed(storage))).toEqual({ other: 2, w: expect.any(Number) as number });
      await valueOf(storage.projections.rebuild());
      const { pausedUntil } = await valueOf(storage.queue.health("w"));
      expect(pausedUntil).toBeGreaterThan(T0);
      const again = await claimed(storage, { now: T0 + 100_000 });
      expect(countByWebhook(again)).toEqual({ other: 2, w: 1 });
    },
  );
});
