import { describe, expect, it } from "vitest";
import { claimed, countByWebhook } from "../../src/testing/contracts/storage/claims.ts";
import {
  everything,
  record,
  registered,
  schedule,
  T0,
  webhookStream,
} from "../../src/testing/contracts/storage/facts.ts";
import { withLimit } from "../../src/testing/contracts/storage/rate-limit-laws.ts";
import { errorOf, valueOf } from "../../src/testing/contracts/results.ts";
import { connectionTo, newPath, storageOn } from "../support/sqlite-files.ts";

async function withRows() {
  const path = newPath();
  const storage = await storageOn({ path });
  await record(storage, webhookStream("a"), registered("a", { headers: { headersId: "h", names: ["x-a"] } }));
  await schedule(storage, "d");
  const database = connectionTo(path);
  return { storage, spoil: (statement: string) => database.exec(statement) };
}

describe("a damaged row of the ledger is an error with its position", () => {
  it.each([
    ["metadata that is not JSON", "metadata = '{'"],
    ["metadata that is not an object", "metadata = '[]'"],
    ["metadata that holds a number", `metadata = '{"a":1}'`],
    ["a time beyond all dates", "recorded_at = 8640000000000001"],
    ["a time before all dates", "recorded_at = -8640000000000001"],
  ])("%s", async (_what, change) => {
    const { storage, spoil } = await withRows();
    spoil(`update hookledger_events set ${change} where position = 2`);
    const damaged = { type: "DamagedEvent", position: 2, streamId: "delivery-d" };
    expect(await errorOf(storage.reader.readAll({ limit: 9 }))).toMatchObject(damaged);
    expect(await errorOf(storage.reader.readStream("delivery-d"))).toMatchObject(damaged);
    expect(await errorOf(storage.projections.verify())).toMatchObject(damaged);
    expect(await errorOf(storage.projections.rebuild())).toMatchObject(damaged);
    expect(await valueOf(storage.reader.readAll({ limit: 1 }))).toHaveLength(1);
  });
});

describe("a row of a projection that cannot be read is shown by verify, and rebuild mends it", () => {
  it.each([
    "events = 'x'",
    "events = '{}'",
    "retry_config = '[]'",
    "headers = '1'",
    "headers = 'x'",
    "schemes = '{}'",
    "key_pair = '{}'",
    "key_pair = 'x'",
    "rate_limit_per_second = 0",
    "rate_limit_per_second = -1",
    "active = 2",
    "paused = 2",
    "deactivation_reason = 'x'",
  ])("a webhook's %s is read from its stream", async (change) => {
    const { storage, spoil } = await withRows();
    const before = await everything(storage);
    spoil(`update hookledger_webhooks set ${change}`);
    expect(await everything(storage)).toEqual(before);
    expect(await valueOf(storage.webhooks.listAll({ activeOnly: true, limit: 9 }))).toEqual(before.webhooks);
    const { differences } = await valueOf(storage.projections.verify());
    expect(differences).toMatchObject([{ projection: "webhooks", id: "a" }]);
    await valueOf(storage.projections.rebuild());
    expect(await everything(storage)).toEqual(before);
  });

  it.each([
    "state = 'lost'",
    "cancellation_reason = 'whim'",
    "created_at = 8640000000000001",
    "updated_at = 8640000000000001",
    "next_attempt_at = 8640000000000001",
  ])("a delivery's %s is an error with its id", async (change) => {
    const { storage, spoil } = await withRows();
    const before = await everything(storage);
    spoil(`update hookledger_deliveries set ${change}`);
    expect((await errorOf(storage.deliveries.get("d"))).message).toContain("delivery d");
    expect(await errorOf(storage.deliveries.list({ limit: 1 }))).toMatchObject({
      type: "StorageError",
      reason: "unexpected",
    });
    const { differences } = await valueOf(storage.projections.verify());
    expect(differences).toMatchObject([{ projection: "deliveries", id: "d" }]);
    await valueOf(storage.projections.rebuild());
    expect(await everything(storage)).toEqual(before);
  });
});

it("a due time before all dates is an error of the backlog, and one after all dates is not due", async () => {
  const { storage, spoil } = await withRows();
  spoil("update hookledger_deliveries set next_attempt_at = -8640000000000001");
  const error = await errorOf(storage.queue.backlog(T0));
  expect(error).toMatchObject({ type: "StorageError", reason: "unexpected" });
  spoil("update hookledger_deliveries set next_attempt_at = 9223372036854775807");
  expect(await valueOf(storage.queue.backlog(T0))).toEqual({ pending: 1, dueSince: null });
  await valueOf(storage.projections.rebuild());
  expect(await valueOf(storage.queue.backlog(T0))).toEqual({ pending: 1, dueSince: T0 });
});

it("a pending delivery whose state cannot be read is not pruned", async () => {
  const { storage, spoil } = await withRows();
  const before = await everything(storage);
  spoil("update hookledger_deliveries set state = 'lost'");
  expect(await valueOf(storage.retention.pruneDeliveries(T0 + 1_000_000, "", 10))).toMatchObject({ removed: 0 });
  await valueOf(storage.projections.rebuild());
  expect(await everything(storage)).toEqual(before);
});

it("a delivery that is under way keeps its lease if a rebuild mends its state, so that nobody sends it again", async () => {
  const { storage, spoil } = await withRows();
  const claim = { now: T0, leaseUntil: T0 + 60_000, limit: 9 };
  expect(await valueOf(storage.queue.claim(() => ({ ...claim, owner: "first" })))).toHaveLength(1);
  spoil("update hookledger_deliveries set state = 'lost'");
  await valueOf(storage.projections.rebuild());
  expect(await valueOf(storage.queue.claim(() => ({ ...claim, owner: "second" })))).toEqual([]);
  expect(await valueOf(storage.queue.nextDueAt())).toBe(T0 + 60_000);
});

describe("verify compares every column", () => {
  it.each([
    ["webhooks", "tenant_id = 't'"],
    ["webhooks", "active = 0"],
    ["webhooks", "secret_id = 's'"],
    ["webhooks", "headers = null"],
    ["webhooks", "version = 9"],
    ["webhooks", "created_at = 9"],
    ["webhooks", "updated_at = 9"],
    ["deliveries", "message_id = 'm'"],
    ["deliveries", "webhook_id = 'w'"],
    ["deliveries", "tenant_id = 't'"],
    ["deliveries", "event_type = 'e'"],
    ["deliveries", "state = 'delivered'"],
    ["deliveries", "attempts_before_round = 9"],
    ["deliveries", "next_attempt_at = 9"],
    ["deliveries", "version = 9"],
    ["deliveries", "created_at = 9"],
    ["deliveries", "updated_at = 9"],
  ])("%s: %s", async (projection, change) => {
    const { storage, spoil } = await withRows();
    spoil(`update hookledger_${projection} set ${change}`);
    expect((await valueOf(storage.projections.verify())).differences).toMatchObject([{ projection }]);
  });
});

it.each(["0", "-1", "1e-300", "1e300", "9e999", "-9e999"])(
  "a rate limit that is damaged, %s, stops no claim, and rebuild mends it",
  async (damage) => {
    const { storage, spoil } = await withRows();
    await withLimit(storage, 1, 4);
    spoil(`update hookledger_webhooks set rate_limit_per_second = ${damage} where webhook_id = 'w'`);
    const counts = countByWebhook(await claimed(storage, { limit: 4 }));
    expect(counts).toMatchObject({ "webhook-1": 1, w: expect.any(Number) as number });
    const { pausedUntil } = await valueOf(storage.queue.health("w"));
    expect(pausedUntil).toBeGreaterThan(T0);
    await valueOf(storage.projections.rebuild());
    expect(await valueOf(storage.projections.verify())).toMatchObject({ differences: [] });
  },
);
