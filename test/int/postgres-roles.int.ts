import pg from "pg";
import { describe, expect, inject, it, vi } from "vitest";
import { postgresStorage } from "../../src/adapters/postgres/index.ts";
import type { RecordedEvent } from "../../src/index.ts";
import { aesGcmCipher } from "../../src/index.ts";
import { scriptedHttpClient } from "../../src/testing/scripted-http-client.ts";
import { openHooks, value } from "../support/open-hooks.ts";
import { queryOnce } from "../support/postgres/schema.ts";
import { twoRoles } from "../support/postgres/two-roles.ts";

const cipher = aesGcmCipher({ current: "k", keys: { k: new Uint8Array(32).fill(1) } })._unsafeUnwrap();
const event = "memory.updated";
const servers = [inject("postgresUrl"), ...inject("otherPostgres").map(({ url }) => url)];

describe.each(servers)("what the page grants the application's role, on %s", (server) => {
  it("is enough for whatever hookledger does, apart from what the page excepts", async () => {
    const { connectionString, storage, asOwner, maintain, version } = await twoRoles(server);
    const http = scriptedHttpClient(() => (http.requests.length === 2 ? 500 : 200));
    const hooks = await openHooks({ storage, http, cipher });
    const register = () => value(hooks.webhooks.register({ url: "http://127.0.0.1:9/hook", events: [event] }));
    const [{ webhookId }, { webhookId: gone }] = [await register(), await register()];
    await value(hooks.webhooks.update(webhookId, { retryConfig: { maxRetries: 1 }, headers: { "X-A": "b" } }));
    await value(hooks.webhooks.rotateSecret(webhookId));
    await value(hooks.webhooks.delete(gone));

    await value(hooks.publish({ event, payload: { n: 1 }, subject: "s", idempotencyKey: "k" }));
    const client = new pg.Client({ connectionString });
    await client.connect();
    await client.query("begin");
    await value(hooks.within(client).publish({ event, payload: { n: 2 } }));
    await client.query("commit");
    await client.end();
    await value(hooks.worker().runUntilIdle());
    await value(hooks.deliveries.replay({ states: ["exhausted"] }));
    await value(hooks.worker().runUntilIdle());
    expect(http.requests).toHaveLength(3);

    const followed: RecordedEvent[] = [];
    const follower = await value(
      hooks.ledger.follow({ name: "f", onEvents: (events) => void followed.push(...events) }),
    );
    await vi.waitFor(() => expect(followed.filter(({ type }) => type === "DeliverySucceeded")).toHaveLength(2));
    await value(follower.stop());

    if (version >= 17) await maintain();
    const eraser =
      version >= 17 ? hooks : await openHooks({ storage: postgresStorage({ connectionString: asOwner }), cipher });
    expect(await value(eraser.messages.erase({ subject: "s" }))).toEqual({ erased: 1 });
    await value(eraser.webhooks.reEncryptSecrets());
    await value(hooks.ledger.rebuild());
    expect(await value(hooks.ledger.verify())).toMatchObject({ differences: [] });
    expect(await value(hooks.ledger.prune({ finishedBefore: new Date(Date.now() + 1000) }))).toMatchObject({
      deliveries: 2,
      messages: 2,
    });
  });

  it.each([
    "update hookledger.events set type = type",
    "delete from hookledger.migrations",
    "truncate hookledger.events",
    "drop table hookledger.queue",
    "create table hookledger.others ()",
    "select setval('hookledger.events_position_seq', 1)",
  ])("is not enough for: %s", async (sql) => {
    const { connectionString } = await twoRoles(server);
    await expect(queryOnce(connectionString, sql)).rejects.toMatchObject({ code: "42501" });
  });

  it("is granted on the tables of later migrations too", async () => {
    const { connectionString, asOwner } = await twoRoles(server);
    await queryOnce(asOwner, "create table hookledger.later (id bigint generated always as identity)");
    const { rows } = await queryOnce(connectionString, "insert into hookledger.later default values returning id");
    expect(rows).toHaveLength(1);
  });
});
