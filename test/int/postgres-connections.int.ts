import pg from "pg";
import { expect, inject, it, onTestFinished } from "vitest";
import { connectionsOf } from "../../src/adapters/postgres/connections.ts";
import { postgresStorage } from "../../src/adapters/postgres/index.ts";
import { scriptedHttpClient } from "../../src/testing/scripted-http-client.ts";
import { openHooks, value } from "../support/open-hooks.ts";
import { errorOf, valueOf } from "../../src/testing/contracts/results.ts";
import { claimOf } from "../../src/testing/contracts/storage/claims.ts";
import { schedule } from "../../src/testing/contracts/storage/facts.ts";
import { deafProxy } from "../support/postgres/deaf-proxy.ts";
import { openPostgres } from "../support/postgres/harness.ts";
import { temporarySchema } from "../support/postgres/schema.ts";

const event = "memory.updated";
const payload = { memory_id: "m-1" };

it("if a server falls silent, what was asked fails as disconnected, and a new connection is made", async () => {
  const schema = temporarySchema();
  const proxy = await deafProxy(inject("postgresUrl"));
  const { connectionString } = proxy;
  const options = { connectionString, schema: schema.name, maxConnections: 2, statementTimeoutMs: 1000 };
  const storage = await openPostgres(options);
  onTestFinished(async () => {
    await valueOf(storage.close());
    proxy.close();
    await schema.remove();
  });
  await schedule(storage, "a");
  // From then on, listening takes one of the two connections.
  expect(await valueOf(storage.queue.claim(() => claimOf({ limit: 1 })))).toHaveLength(1);
  proxy.silence();
  expect(await errorOf(storage.queue.claim(() => claimOf()))).toMatchObject({
    reason: "disconnected",
    retryable: true,
  });
  // Another server has taken its place, and answers new connections.
  await schedule(storage, "b");
  expect(await valueOf(storage.queue.claim(() => claimOf()))).toMatchObject([{ delivery: { deliveryId: "b" } }]);
});

it.each(["lend", "lendShared", "lendForLong"] as const)(
  "if the server ends a connection while %s waits for it, that is an error, and the next one works",
  async (how) => {
    const proxy = await deafProxy(inject("postgresUrl"));
    const pool = new pg.Pool({ connectionString: proxy.connectionString });
    onTestFinished(async () => {
      await pool.end();
      proxy.close();
    });
    const connections = connectionsOf({ schema: "x", transactionPooling: false, source: { kind: "pool", pool } });
    proxy.endOnceReady();
    await expect(connections[how]((connection) => connection.execute("select 1"))).rejects.toThrow();
    await expect(connections[how]((connection) => connection.execute("select 1"))).resolves.toBeDefined();
    await connections.close();
    expect(pool.listenerCount("connect")).toBe(0);
  },
);

it.each(["lend", "lendShared", "lendForLong"] as const)(
  "a connection that %s has found read-only, as after a failover, is not used again",
  async (how) => {
    const pool = new pg.Pool({ connectionString: inject("postgresUrl"), max: 1 });
    onTestFinished(() => pool.end());
    const connections = connectionsOf({ schema: "x", transactionPooling: false, source: { kind: "pool", pool } });
    const ask = (statement: string) => connections[how]((connection) => connection.execute(statement));
    await ask("set default_transaction_read_only = on");
    await expect(ask("create schema never")).rejects.toMatchObject({ code: "25006" });
    expect(await ask("show default_transaction_read_only")).toMatchObject({
      rows: [{ default_transaction_read_only: "off" }],
    });
    await connections.close();
  },
);

it("a client is given back once all that was asked of it is answered, even if the first has failed", async () => {
  const pool = new pg.Pool({ connectionString: inject("postgresUrl"), max: 1 });
  onTestFinished(() => pool.end());
  const { lend } = connectionsOf({ schema: "x", transactionPooling: false, source: { kind: "pool", pool } });
  const answered: string[] = [];
  const asking = lend(async (connection) => {
    const ask = (text: string) => connection.execute(text).finally(() => answered.push(text));
    await Promise.all(["select 1 / 0", "select 1", "select 2"].map(ask));
  });
  await expect(asking).rejects.toThrow("division by zero");
  expect(answered).toEqual(["select 1 / 0", "select 1", "select 2"]);
  expect(pool.idleCount).toBe(pool.totalCount);
});

it("a client that does not pipeline is asked for nothing more once a query has timed out", async () => {
  const schema = temporarySchema();
  onTestFinished(async () => {
    await schema.remove();
  });
  const connectionString = inject("postgresUrl");
  const asked = `"${schema.name}".asked`;
  await schema.query(`create schema "${schema.name}"; create sequence ${asked}`);
  const pool = new pg.Pool({ connectionString, max: 1, query_timeout: 1000 });
  onTestFinished(() => pool.end());
  const { lend } = connectionsOf({ schema: "x", transactionPooling: false, source: { kind: "pool", pool } });
  const asking = lend((connection) => {
    const others = Array.from({ length: 5 }, () => `select nextval('${asked}')`);
    return Promise.all(["select pg_sleep(3)", ...others].map((text) => connection.execute(text)));
  });
  await expect(asking).rejects.toThrow("Query read timeout");
  expect((await schema.query(`select is_called from ${asked}`)).rows).toEqual([{ is_called: false }]);
  expect(pool.totalCount).toBe(0);
});

it("a pool of the application's with one connection is enough for all the work", async () => {
  const schema = temporarySchema();
  const pool = new pg.Pool({ connectionString: inject("postgresUrl"), max: 1 });
  const hooks = await openHooks({
    storage: postgresStorage({ pool, schema: schema.name }),
    http: scriptedHttpClient((_, before) => (before === 0 ? 500 : 204)),
  });
  onTestFinished(async () => {
    await value(hooks.close());
    await pool.end();
    await schema.remove();
  });
  const retryConfig = { baseDelaySeconds: 0 };
  await value(hooks.webhooks.register({ url: "http://127.0.0.1:9/", events: [event], retryConfig }));
  const publishing = Array.from({ length: 20 }, (_, key) =>
    value(hooks.publish({ event, payload, idempotencyKey: `${key % 15}`, subject: "s" })),
  );
  await Promise.all([...publishing, value(hooks.worker({ concurrency: 10_000 }).runUntilIdle())]);
  await value(hooks.worker().runUntilIdle());
  const { items } = await value(hooks.deliveries.list({ state: "delivered" }));
  expect(items).toHaveLength(15);
  expect(await value(hooks.messages.erase({ subject: "s" }))).toEqual({ erased: 15 });
  expect(await value(hooks.ledger.verify())).toMatchObject({ differences: [] });
  expect(pool.totalCount).toBe(1);
});
