import pg from "pg";
import { expect, inject, it, onTestFinished, vi } from "vitest";
import type { DomainEvent } from "../../src/domain/ledger/index.ts";
import { valueOf } from "../../src/testing/contracts/results.ts";
import { claimOf } from "../../src/testing/contracts/storage/claims.ts";
import { commit, deliveryStream, failed, schedule, succeeded, T0 } from "../../src/testing/contracts/storage/facts.ts";
import { openPostgres } from "../support/postgres/harness.ts";
import { temporarySchema } from "../support/postgres/schema.ts";

const IDS = ["a", "b", "c"];

/** Three leased deliveries, of which somebody else has locked the first by id, the last to be scheduled. */
async function openLocked() {
  const schema = temporarySchema();
  const connectionString = inject("postgresUrl");
  const storage = await openPostgres({ connectionString, schema: schema.name });
  const holder = new pg.Client({ connectionString });
  await holder.connect();
  onTestFinished(async () => {
    await holder.end();
    await valueOf(storage.close());
    await schema.remove();
  });
  for (const id of IDS.toReversed()) await schedule(storage, id);
  expect(await valueOf(storage.queue.claim(() => claimOf({ owner: "A" })))).toHaveLength(3);
  await holder.query("begin");
  await holder.query(`select from ${schema.name}.queue where delivery_id = 'a' for update`);
  const { rows } = await holder.query<{ pid: number }>("select pg_backend_pid() as pid");
  const isWaitedFor = () =>
    vi.waitFor(async () => {
      const waiting = await schema.query(
        `select from pg_stat_activity where ${rows[0]?.pid ?? 0} = any(pg_blocking_pids(pid))`,
      );
      expect(waiting.rowCount).toBe(1);
    });
  const free = async (table: string) => {
    const found = await schema.query(
      `select delivery_id from ${schema.name}.${table} order by 1 for update skip locked`,
    );
    return found.rows.map((row: { readonly delivery_id: string }) => row.delivery_id);
  };
  return { storage, holder, isWaitedFor, free };
}

it.each<readonly [string, DomainEvent]>([
  ["settles", succeeded],
  ["is tried again", failed(1, T0 + 9000)],
])("a commit of what %s locks the queue first, in the order of the ids, and waits there", async (_, event) => {
  const { storage, holder, isWaitedFor, free } = await openLocked();
  const appending = ["c", "b", "a"].map((id) => storage.writer.append(commit(deliveryStream(id), 1, [event])));
  // Under way from now on, and awaited once the lock is released.
  const appended = Promise.all(appending.map(valueOf));
  await isWaitedFor();
  expect(await free("queue")).toEqual(["b", "c"]);
  expect(await free("deliveries")).toEqual(IDS);
  await holder.query("rollback");
  expect(await appended).toMatchObject([[{ version: 2 }], [{ version: 2 }], [{ version: 2 }]]);
});

it("a release locks the queue in the order of the ids", async () => {
  const { storage, holder, isWaitedFor, free } = await openLocked();
  const releasing = valueOf(storage.queue.release("A", ["c", "b", "a"]));
  await isWaitedFor();
  expect(await free("queue")).toEqual(["b", "c"]);
  await holder.query("rollback");
  await releasing;
  expect(await valueOf(storage.queue.claim(() => claimOf({ owner: "B" })))).toHaveLength(3);
});
