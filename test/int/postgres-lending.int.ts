import { sql } from "drizzle-orm";
import pg from "pg";
import { describe, expect, inject, it, onTestFinished } from "vitest";
import { connectionsOf } from "../../src/adapters/postgres/connections.ts";
import { statement } from "../../src/adapters/postgres/statement.ts";
import { createGate } from "../support/gate.ts";
import { deafProxy } from "../support/postgres/deaf-proxy.ts";
import { promisesSettled } from "../support/when-idle.ts";

const backend = statement<{ readonly pid: number }>("backend", sql`select pg_backend_pid() as pid`);

/** A pool of the application's with one connection, and what lends it. */
function lendingOne() {
  const pool = new pg.Pool({ connectionString: inject("postgresUrl"), max: 1 });
  onTestFinished(() => pool.end());
  return { pool, ...connectionsOf({ schema: "x", transactionPooling: false, source: { kind: "pool", pool } }) };
}

/** Connections of hookledger's own. */
function lendingOwn(options: {
  readonly connectionString?: string;
  readonly statementTimeoutMs: number;
  readonly transactionPooling?: boolean;
}) {
  const { connectionString = inject("postgresUrl"), statementTimeoutMs, transactionPooling = false } = options;
  const source = { kind: "connectionString", connectionString, maxConnections: 2, statementTimeoutMs } as const;
  const connections = connectionsOf({ schema: "x", transactionPooling, source });
  let closing: Promise<void> | null = null;
  const close = () => (closing ??= connections.close());
  onTestFinished(close);
  return { ...connections, close };
}

describe.each(["lend", "lendShared", "lendForLong"] as const)("a connection that was lent (%s)", (how) => {
  it("is not used again if it was left in a transaction", async () => {
    const lending = lendingOne();
    await lending[how]((connection) => connection.execute("begin; set local search_path to left_open"));
    const shown = await lending[how]((connection) => connection.execute("show search_path"));
    expect(shown).not.toMatchObject({ rows: [{ search_path: "left_open" }] });
  });

  it("keeps no listener, however often it was lent", async () => {
    const { pool, [how]: lend } = lendingOne();
    const listeners = new Map<pg.PoolClient, number>();
    pool.on("release", (_, client) => listeners.set(client, client.listenerCount("error")));
    for (let time = 0; time < 20; time += 1) await lend((connection) => connection.execute("select 1"));
    expect([...listeners.values()]).toEqual([1]);
  });
});

it("whoever waits for a connection gets it before those who could have shared it", async () => {
  const { pool, lend, lendShared } = lendingOne();
  const used: string[] = [];
  const [begun, gate] = [createGate<null>(), createGate<null>()];
  const use = (who: string) => async () => void used.push(who);
  const first = lendShared(async () => {
    begun.open(null);
    await gate.opened;
  });
  await begun.opened;
  const waiting = lend(use("who waits"));
  expect(pool.waitingCount).toBe(1);
  const sharing = lendShared(use("who could have shared it"));
  gate.open(null);
  await Promise.all([first, waiting, sharing]);
  expect(used).toEqual(["who waits", "who could have shared it"]);
});

it("the longest statement timeout is longer than any statement, also for the driver", async () => {
  const { lend } = lendingOwn({ statementTimeoutMs: 2_147_483_647 });
  await expect(lend((connection) => connection.execute("select pg_sleep(0.1)"))).resolves.toBeDefined();
});

it("what takes long has a connection of its own, which is closed when it comes back", async () => {
  const { lend, lendForLong } = lendingOwn({ statementTimeoutMs: 30_000 });
  const pids: unknown[] = [];
  for (const from of [lend, lend, lendForLong, lendForLong])
    pids.push(await from(async (connection) => (await connection.run(backend, {})).map(({ pid }) => pid)));
  expect(pids[1]).toEqual(pids[0]);
  expect(new Set(pids.map(String)).size).toBe(3);
});

it.each(["lend", "lendForLong"] as const)("closing waits for a connection that is lent (%s)", async (how) => {
  const connections = lendingOwn({ statementTimeoutMs: 30_000 });
  const [lent, back] = [createGate<null>(), createGate<null>()];
  const lending = connections[how](async () => {
    lent.open(null);
    await back.opened;
  });
  await lent.opened;
  let isClosed = false;
  const closing = connections.close().then(() => (isClosed = true));
  for (let turn = 0; turn < 20; turn += 1) await promisesSettled();
  expect(isClosed).toBe(false);
  back.open(null);
  await Promise.all([lending, closing]);
});

it.each([
  { transactionPooling: false, prepared: 1 },
  { transactionPooling: true, prepared: 0 },
])("statements are prepared, but not behind a pooler, where the next is another session's: %j", async (setting) => {
  const { transactionPooling, prepared } = setting;
  const { lend } = lendingOwn({ statementTimeoutMs: 30_000, transactionPooling });
  const found = await lend(async (connection) => {
    await connection.run(backend, {});
    return connection.execute("select name from pg_prepared_statements");
  });
  expect(found).toMatchObject({ rowCount: prepared });
});

it("behind a pooler too, a server that falls silent keeps nobody waiting for ever", async () => {
  const proxy = await deafProxy(inject("postgresUrl"));
  const { connectionString } = proxy;
  const { lend } = lendingOwn({ connectionString, statementTimeoutMs: 1000, transactionPooling: true });
  onTestFinished(() => proxy.close());
  await lend((connection) => connection.execute("select 1"));
  proxy.silence();
  await expect(lend((connection) => connection.execute("select 1"))).rejects.toThrow("Query read timeout");
});
