import { describe, expect, inject, it, onTestFinished } from "vitest";
import { claimOf } from "../../src/testing/contracts/storage/claims.ts";
import { errorOf, valueOf } from "../../src/testing/contracts/results.ts";
import {
  commit,
  deliveryStream,
  everything,
  record,
  registered,
  schedule,
  succeeded,
  T0,
  webhookStream,
} from "../../src/testing/contracts/storage/facts.ts";
import { openPostgres } from "../support/postgres/harness.ts";
import { temporarySchema } from "../support/postgres/schema.ts";

/** A webhook and a delivery, and a way to change one of their rows behind the storage's back. */
async function withRows() {
  const { name: schema, query, remove } = temporarySchema();
  const storage = await openPostgres({ connectionString: inject("postgresUrl"), schema });
  onTestFinished(async () => {
    await valueOf(storage.close());
    await remove();
  });
  await record(storage, webhookStream("a"), registered("a"));
  await schedule(storage, "d");
  async function spoil(statement: string): Promise<void> {
    const { rowCount } = await query(statement.replace("@", `${schema}.`));
    if (rowCount !== 1) throw new Error(`there is nothing to spoil: ${statement}`);
  }
  return { storage, spoil };
}

describe("a damaged row on PostgreSQL", () => {
  it.each([
    "state = 'lost'",
    "created_at = 8640000000000001",
    "updated_at = -8640000000000001",
    "next_attempt_at = 9223372036854775807",
  ])("a delivery's %s is an error with its id, and rebuild mends it", async (change) => {
    const { storage, spoil } = await withRows();
    const before = await everything(storage);
    await spoil(`update @deliveries set ${change}`);
    const damaged = { type: "StorageError", message: expect.stringContaining("delivery d") as unknown };
    expect(await errorOf(storage.deliveries.get("d"))).toMatchObject(damaged);
    expect(await errorOf(storage.deliveries.list({ limit: 1 }))).toMatchObject(damaged);
    await valueOf(storage.projections.rebuild());
    expect(await everything(storage)).toEqual(before);
  });

  it("a due time before all dates is an error of the backlog, and one after all dates is not due", async () => {
    const { storage, spoil } = await withRows();
    await spoil("update @queue set due_at = -8640000000000001");
    const error = await errorOf(storage.queue.backlog(T0));
    expect(error).toMatchObject({ type: "StorageError", reason: "unexpected" });
    await spoil("update @queue set due_at = 9223372036854775807");
    expect(await valueOf(storage.queue.backlog(T0))).toEqual({ pending: 1, dueSince: null });
    await valueOf(storage.projections.rebuild());
    expect(await valueOf(storage.queue.backlog(T0))).toEqual({ pending: 1, dueSince: T0 });
  });

  it("a pending delivery whose state cannot be read is not pruned", async () => {
    const { storage, spoil } = await withRows();
    const before = await everything(storage);
    await spoil("update @deliveries set state = 'lost'");
    expect(await valueOf(storage.retention.pruneDeliveries(T0 + 1_000_000, "", 10))).toMatchObject({ removed: 0 });
    await valueOf(storage.projections.rebuild());
    expect(await everything(storage)).toEqual(before);
  });

  it("a row of the queue that is left of a settled delivery is told by verify, and goes with a rebuild", async () => {
    const { storage, spoil } = await withRows();
    await record(storage, deliveryStream("d"), succeeded);
    await spoil(`insert into @queue (delivery_id, webhook_id, due_at, ready) values ('d', 'webhook-1', ${T0}, true)`);
    const differences = [{ projection: "queue", id: "d", expected: null }];
    expect(await valueOf(storage.projections.verify())).toMatchObject({ differences });
    await valueOf(storage.projections.rebuild());
    expect(await valueOf(storage.projections.verify())).toMatchObject({ differences: [] });
    expect(await valueOf(storage.queue.backlog(T0))).toEqual({ pending: 0, dueSince: null });
  });

  it("a row of the queue under another webhook, or at another time, is told by verify, and mended by a rebuild", async () => {
    const { storage, spoil } = await withRows();
    await spoil(`update @queue set webhook_id = 'other', due_at = ${T0 + 9}`);
    const right = { webhookId: "webhook-1", dueAt: T0 };
    const differences = [
      { projection: "queue", id: "d", expected: right, actual: { webhookId: "other", dueAt: T0 + 9 } },
    ];
    expect(await valueOf(storage.projections.verify())).toMatchObject({ differences });
    await valueOf(storage.projections.rebuild());
    expect(await valueOf(storage.projections.verify())).toMatchObject({ differences: [] });
    expect(await valueOf(storage.queue.backlog(T0, ["webhook-1"]))).toEqual({ pending: 1, dueSince: T0 });
  });

  it("a pending delivery that the queue has lost can still be settled", async () => {
    const { storage, spoil } = await withRows();
    await schedule(storage, "other");
    await spoil("delete from @queue where delivery_id = 'd'");
    await record(storage, deliveryStream("d"), succeeded);
    expect(await valueOf(storage.deliveries.get("d"))).toMatchObject({ state: "delivered", version: 2 });
    expect((await valueOf(storage.projections.verify())).differences).toEqual([]);
  });

  it.each([
    ["in turn", {}],
    ["by name", { deliveryIds: ["d", "e"] }],
  ])(
    "a row of the queue whose delivery is gone is removed, and keeps no other from being claimed %s",
    async (_, named) => {
      const { storage, spoil } = await withRows();
      await schedule(storage, "e");
      await spoil("delete from @deliveries where delivery_id = 'd'");
      const claim = claimOf({ limit: 1, ...named });
      expect(await valueOf(storage.queue.claim(() => claim))).toMatchObject([{ delivery: { deliveryId: "e" } }]);
      await record(storage, deliveryStream("e"), succeeded);
      expect(await valueOf(storage.queue.nextDueAt())).toBeNull();
      await valueOf(storage.projections.rebuild());
      expect(await valueOf(storage.queue.claim(() => claim))).toMatchObject([{ delivery: { deliveryId: "d" } }]);
    },
  );

  it("if the counter of webhook changes is gone, a new webhook begins it again, above where it was", async () => {
    const { storage, spoil } = await withRows();
    const before = await valueOf(storage.webhooks.revision());
    await spoil("delete from @counters");
    await valueOf(storage.writer.append(commit(webhookStream("b"), "no-stream", [registered("b")])));
    expect(await valueOf(storage.webhooks.revision())).toBeGreaterThan(before);
    await record(storage, webhookStream("a"), { type: "WebhookDeactivated", data: { reason: "operator" } });
  });

  it("if the counter of webhook changes is gone, a change asks for a rebuild, which begins it again", async () => {
    const { storage, spoil } = await withRows();
    await spoil("delete from @counters");
    const change = commit(webhookStream("a"), 1, [{ type: "WebhookDeactivated", data: { reason: "operator" } }]);
    expect((await errorOf(storage.writer.append(change))).message).toContain("rebuild");
    await valueOf(storage.projections.rebuild());
    await valueOf(storage.writer.append(change));
  });
});
