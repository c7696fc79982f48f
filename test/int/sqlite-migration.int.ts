import { describe, expect, it } from "vitest";
import { DEFAULT_RETRY_CONFIG } from "../../src/domain/retry/index.ts";
import { createFakeClock } from "../../src/testing/fake-clock.ts";
import { scriptedHttpClient } from "../../src/testing/scripted-http-client.ts";
import { sqliteStorage } from "../../src/adapters/sqlite/index.ts";
import { claimed } from "../../src/testing/contracts/storage/claims.ts";
import {
  everything,
  failed,
  registered,
  scheduled,
  secret,
  succeeded,
  T0,
} from "../../src/testing/contracts/storage/facts.ts";
import { valueOf } from "../../src/testing/contracts/results.ts";
import { createFirstSchema } from "../support/first-schema.ts";
import { openHooks, value } from "../support/open-hooks.ts";
import { connectionTo, newPath, storageOn } from "../support/sqlite-files.ts";

const HOUR = 3_600_000;
const LATER = T0 + HOUR;

/** Two webhooks, "live" and "off", and deliveries in every state to "live". */
function writeFirstVersion(): string {
  const path = newPath();
  const { insert, append, deliver } = createFirstSchema(path, T0);
  for (const webhookId of ["live", "off"]) {
    const url = `http://127.0.0.1:9/${webhookId}`;
    const active = webhookId === "live";
    const [{ position, version } = { position: 0, version: 0 }] = append(
      `webhook-${webhookId}`,
      registered(webhookId, { url, active }),
    );
    insert("webhooks", {
      ...{ webhook_id: webhookId, tenant_id: "", url, events: '["memory.updated"]', active: Number(active) },
      ...{ deactivation_reason: null, retry_config: JSON.stringify(DEFAULT_RETRY_CONFIG), headers: null },
      ...{
        secret_id: `${webhookId}-secret`,
        version,
        created_at: T0 + 1000 * position,
        updated_at: T0 + 1000 * position,
      },
      registered_position: position,
    });
    insert("webhook_secrets", {
      ...{ secret_id: `${webhookId}-secret`, webhook_id: webhookId, kind: "signing", value: "s3cret" },
      ...{ created_at: T0, expires_at: null },
    });
  }
  insert("messages", {
    ...{ message_id: "m", tenant_id: "", event_type: "memory.updated", body: '{"a":1}' },
    ...{ idempotency_key: "key", created_at: T0 },
  });
  const begin = (id: string, dueAt = T0) => scheduled(id, { messageId: "m", webhookId: "live", dueAt });
  deliver("due", [begin("due")]);
  deliver("retried", [begin("retried"), failed(1, T0 + HOUR)]);
  deliver("future", [begin("future", LATER + HOUR)]);
  deliver("leased", [begin("leased")], { owner: "old", until: LATER + 60_000 });
  deliver("abandoned", [begin("abandoned")], { owner: "old", until: LATER });
  deliver("delivered", [begin("delivered"), succeeded]);
  deliver("exhausted", [begin("exhausted"), failed(1, null), { type: "DeliveryExhausted", data: { attempts: 1 } }]);
  deliver("cancelled", [begin("cancelled"), { type: "DeliveryCancelled", data: { reason: "operator" } }]);
  insert("responses", { delivery_id: "exhausted", attempt: 1, excerpt: "no" });
  insert("checkpoints", { name: "follower", position: 3, updated_at: T0 });
  return path;
}

describe("a database of the first version", () => {
  it("keeps all that it had: ledger, projections, messages, secrets, responses, checkpoints", async () => {
    const path = writeFirstVersion();
    const raw = connectionTo(path);
    const rows = (table: string) => raw.prepare<[], object>(`select * from hookledger_${table} order by 1`).all();
    const tables = ["events", "webhooks", "deliveries", "webhook_secrets", "responses", "checkpoints"];
    const before = tables.map(rows);
    const storage = await storageOn({ path });
    // The columns of later versions hold what was so before there were any.
    const added: Readonly<Record<string, object>> = {
      webhooks: { schemes: '["kemi","v1"]', key_pair: null, paused: 0, rate_limit_per_second: null },
      webhook_secrets: { key_id: null },
      checkpoints: { lease_owner: null, lease_expires_at: null },
    };
    const expected = tables.map((table, index) => before[index]?.map((row) => ({ ...row, ...added[table] })));
    expect(tables.map(rows)).toEqual(expected);
    expect((await valueOf(storage.projections.verify())).differences).toEqual([]);
    expect(await valueOf(storage.messages.findByIdempotencyKey("", "key"))).toEqual({
      ...{ messageId: "m", tenantId: "", event: "memory.updated", body: '{"a":1}' },
      ...{ idempotencyKey: "key", createdAt: T0, subject: null, erasedAt: null },
    });
    expect(await valueOf(storage.secrets.ofWebhook("live", T0))).toMatchObject([
      { ...secret("live-secret", { webhookId: "live" }) },
    ]);
    expect(await valueOf(storage.queue.health("live"))).toEqual({ failingSince: null, pausedUntil: null });
    expect(await valueOf(storage.webhooks.revision())).toBe(0);
  });

  it("hands out what is pending as it comes due, respects leases, and hands out nothing settled", async () => {
    const storage = await storageOn({ path: writeFirstVersion() });
    const idsAt = async (now: number) =>
      (await claimed(storage, { now, leaseUntil: now + 24 * HOUR })).map(({ deliveryId }) => deliveryId).sort();
    expect(await valueOf(storage.queue.nextDueAt())).toBeLessThanOrEqual(LATER - 1);
    expect(await idsAt(LATER - 1)).toEqual(["due"]);
    expect(await valueOf(storage.queue.nextDueAt())).toBe(LATER);
    expect(await idsAt(LATER)).toEqual(["abandoned", "retried"]);
    expect(await idsAt(LATER + 59_999)).toEqual([]);
    expect(await idsAt(LATER + 60_000)).toEqual(["leased"]);
    expect(await idsAt(LATER + HOUR)).toEqual(["future"]);
    expect((await valueOf(storage.deliveries.listPending("live", null, 10))).length).toBe(5);
  });

  it("can be published to and delivered by a worker of today, and a rebuild changes nothing", async () => {
    const clock = createFakeClock({ startAt: LATER, autoAdvance: true });
    const http = scriptedHttpClient();
    const hooks = await openHooks({ storage: sqliteStorage({ path: writeFirstVersion() }), clock, http });
    expect((await value(hooks.publish({ event: "memory.updated", payload: {} }))).deliveries).toHaveLength(1);
    await value(hooks.deliveries.redeliver("exhausted"));
    await value(hooks.worker().runUntilIdle());
    expect(http.requests).toHaveLength(7);
    expect((await value(hooks.deliveries.list({ state: "delivered" }))).items).toHaveLength(8);
    expect((await value(hooks.ledger.verify())).differences).toEqual([]);
    const before = (await value(hooks.deliveries.list())).items;
    await value(hooks.ledger.rebuild());
    expect((await value(hooks.deliveries.list())).items).toEqual(before);
  });

  it("is the same for all, if several open and migrate it at once", async () => {
    const path = writeFirstVersion();
    const storages = await Promise.all([1, 2, 3].map(() => storageOn({ path })));
    const [first, ...others] = await Promise.all(storages.map(everything));
    for (const other of others) expect(other).toEqual(first);
    expect(first?.deliveries).toHaveLength(8);
  });
});
