import pg from "pg";
import { expect, inject, it, onTestFinished, vi } from "vitest";
import type { DomainEvent } from "../../src/domain/ledger/index.ts";
import type { Commit } from "../../src/ports/commit.ts";
import { valueOf } from "../../src/testing/contracts/results.ts";
import { claimOf } from "../../src/testing/contracts/storage/claims.ts";
import { commit, deliveryStream, failed, schedule, succeeded, T0 } from "../../src/testing/contracts/storage/facts.ts";
import { openPostgres } from "../support/postgres/harness.ts";
import { temporarySchema } from "../support/postgres/schema.ts";

const IDS = ["a", "b", "c"];

const KEYS = { queue: "delivery_id", deliveries: "delivery_id", webhook_health: "webhook_id" };

/** An append of what an attempt at a leased delivery came to. */
const outcome = (id: string, event: DomainEvent, version = 1, health: Commit["health"] = []): Commit =>
  commit(deliveryStream(id), version, [event], { health });

/** Three leased deliveries, and somebody else who can lock rows. The first by id was the last to be scheduled. */
async function openLeased() {
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
  const lock = (table: string, where: string) =>
    holder.query(`select from ${schema.name}.${table} where ${where} for update`);
  const { rows } = await holder.query<{ pid: number }>("select pg_backend_pid() as pid");
  const isWaitedFor = () =>
    vi.waitFor(async () => {
      const waiting = await schema.query(
        `select from pg_stat_activity where ${rows[0]?.pid ?? 0} = any(pg_blocking_pids(pid))`,
      );
      expect(waiting.rowCount).toBe(1);
    });
  const free = async (table: keyof typeof KEYS) => {
    const found = await schema.query(
      `select ${KEYS[table]} as id from ${schema.name}.${table} order by 1 for update skip locked`,
    );
    return found.rows.map((row: { readonly id: string }) => row.id);
  };
  return { storage, holder, lock, isWaitedFor, free };
}

/** The same, and the first by id is locked. */
async function openLocked() {
  const opened = await openLeased();
  await opened.holder.query("begin");
  await opened.lock("queue", "delivery_id = 'a'");
  return opened;
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

it("a rebuild waits for whoever has gone through the queue, and has taken nothing away until then", async () => {
  const { storage, holder, isWaitedFor, free } = await openLocked();
  const rebuilding = valueOf(storage.projections.rebuild());
  await isWaitedFor();
  expect(await free("deliveries")).toEqual(IDS);
  await holder.query("rollback");
  expect(await rebuilding).toEqual({ events: 3 });
  expect(await free("deliveries")).toEqual(IDS);
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

it("a transaction that settles some and tries others again locks the queue in the order of the ids of all", async () => {
  const { storage, holder, isWaitedFor, free } = await openLocked();
  const outcomes = [outcome("c", succeeded), outcome("b", succeeded), outcome("a", failed(1, T0 + 9000))];
  const appended = Promise.all(outcomes.map((one) => valueOf(storage.writer.append(one))));
  await isWaitedFor();
  expect(await free("queue")).toEqual(["b", "c"]);
  await holder.query("rollback");
  expect(await appended).toMatchObject([[{ version: 2 }], [{ version: 2 }], [{ version: 2 }]]);
});

it("a renewal locks the queue in the order of the ids, and an outcome does not wait for it", async () => {
  const { storage, holder, isWaitedFor, free } = await openLocked();
  const appended = valueOf(storage.writer.append(outcome("b", succeeded)));
  const renewing = valueOf(
    storage.queue.renew(() => ({ owner: "A", deliveryIds: ["c", "b", "a"], leaseUntil: T0 + 5000 })),
  );
  expect(await appended).toMatchObject([{ version: 2 }]);
  await isWaitedFor();
  expect(await free("queue")).toEqual(["c"]);
  await holder.query("rollback");
  await renewing;
  const claims = async (now: number) => (await valueOf(storage.queue.claim(() => claimOf({ owner: "B", now })))).length;
  expect(await claims(T0 + 4999)).toBe(0);
  expect(await claims(T0 + 5000)).toBe(2);
});

it("outcomes lock what is known of webhooks in the order of their ids, whether they fail or recover", async () => {
  const { storage, holder, lock, isWaitedFor, free } = await openLeased();
  const attempted = (webhookId: string, pausedUntil: number | null, failing = true) => [
    { webhookId, at: T0, failing, pausedUntil },
  ];
  await valueOf(storage.writer.append(outcome("a", failed(1, T0), 1, attempted("w1", null))));
  await valueOf(storage.writer.append(outcome("b", failed(1, T0), 1, attempted("w2", null))));
  await holder.query("begin");
  await lock("webhook_health", "webhook_id = 'w1'");
  const outcomes = [
    outcome("b", succeeded, 2, attempted("w2", null, false)),
    outcome("a", failed(2, T0), 2, attempted("w1", T0 + 60_000)),
  ];
  const appended = Promise.all(outcomes.map((one) => valueOf(storage.writer.append(one))));
  await isWaitedFor();
  expect(await free("webhook_health")).toEqual(["w2"]);
  await holder.query("rollback");
  expect(await appended).toMatchObject([[{ version: 3 }], [{ version: 3 }]]);
  expect(await valueOf(storage.queue.health("w2"))).toEqual({ failingSince: null, pausedUntil: null });
  expect(await valueOf(storage.queue.health("w1"))).toEqual({ failingSince: T0, pausedUntil: T0 + 60_000 });
});

it("pruning locks deliveries in the order of their ids", async () => {
  const { storage, holder, lock, isWaitedFor, free } = await openLeased();
  for (const id of IDS) await valueOf(storage.writer.append(outcome(id, succeeded)));
  await holder.query("begin");
  await lock("deliveries", "delivery_id = 'a'");
  const pruned = valueOf(storage.retention.pruneDeliveries(T0 + 1, "", 100));
  await isWaitedFor();
  expect(await free("deliveries")).toEqual(["b", "c"]);
  await holder.query("rollback");
  expect(await pruned).toMatchObject({ removed: 3 });
});
