import { setImmediate } from "node:timers/promises";
import { drizzle } from "drizzle-orm/postgres-js";
import knex from "knex";
import { CompiledQuery, Kysely, PostgresDialect } from "kysely";
import pg from "pg";
import postgres from "postgres";
import { DataSource } from "typeorm";
import { describe, expect, inject, it, onTestFinished, vi } from "vitest";
import { postgresStorage, type PostgresTransaction } from "../../src/adapters/postgres/index.ts";
import { openHookledger } from "../../src/index.ts";
import { scriptedHttpClient } from "../../src/testing/scripted-http-client.ts";
import { createGate } from "../support/gate.ts";
import { value } from "../support/open-hooks.ts";
import { waitingForLocks } from "../support/postgres/activity.ts";
import { temporarySchema } from "../support/postgres/schema.ts";

const connectionString = inject("postgresUrl");
const event = "memory.updated";

/** Runs `work` in a transaction of a library's, and commits it unless `work` throws. */
type Transact = (work: (transaction: PostgresTransaction) => Promise<void>) => Promise<unknown>;

/** What is asked after the end of a transaction is never answered, so closing must not wait for it. */
const AT_ONCE = { timeout: 0 };

/** Opens a library, to be closed when the test is over, as its users do. */
const libraries: Readonly<Record<string, () => Transact>> = {
  "postgres.js": () => {
    const sql = postgres(connectionString);
    onTestFinished(() => sql.end(AT_ONCE));
    return (work) => sql.begin((transaction) => work(transaction));
  },
  "a savepoint of postgres.js": () => {
    const sql = postgres(connectionString);
    onTestFinished(() => sql.end(AT_ONCE));
    return (work) => sql.begin((transaction) => transaction.savepoint((inner) => work(inner)));
  },
  "drizzle on postgres.js": () => {
    const sql = postgres(connectionString);
    onTestFinished(() => sql.end(AT_ONCE));
    return (work) => drizzle({ client: sql }).transaction((transaction) => work(transaction));
  },
  Kysely: () => {
    const kysely = new Kysely({ dialect: new PostgresDialect({ pool: new pg.Pool({ connectionString }) }) });
    onTestFinished(() => kysely.destroy());
    return (work) =>
      kysely
        .transaction()
        .execute((transaction) =>
          work({ runSql: (sql, parameters) => transaction.executeQuery(CompiledQuery.raw(sql, parameters)) }),
        );
  },
  Knex: () => {
    const database = knex({ client: "pg", connection: connectionString });
    onTestFinished(() => database.destroy());
    return (work) =>
      database.transaction((transaction) =>
        work({ runSql: (sql, parameters) => transaction.raw(sql.replaceAll(/\$\d+/g, "?"), parameters) }),
      );
  },
  TypeORM: () => {
    const source = new DataSource({ type: "postgres", url: connectionString });
    onTestFinished(() => source.destroy());
    return async (work) => {
      if (!source.isInitialized) await source.initialize();
      await source.transaction((manager) => work({ runSql: (sql, parameters) => manager.query(sql, parameters) }));
    };
  },
};

async function openShop() {
  const { name: schema, remove } = temporarySchema();
  const http = scriptedHttpClient();
  const storage = postgresStorage({ connectionString, schema });
  const hooks = await value(openHookledger({ storage, http, network: { allow: ["127.0.0.1"] } }));
  onTestFinished(async () => {
    await value(hooks.close());
    await remove();
  });
  await value(hooks.webhooks.register({ webhookId: "w", url: "http://127.0.0.1:9/", events: [event] }));
  const bodies = async () => {
    await value(hooks.worker().runUntilIdle());
    return http.requests.map(({ body }) => Buffer.from(body).toString());
  };
  return { hooks, bodies };
}

describe.each(Object.entries(libraries))("within a transaction of %s", (_name, open) => {
  it("a message is published by the commit, whatever characters it holds", async () => {
    const { hooks, bodies } = await openShop();
    const transact = open();
    const payload = { text: `"quoted", {braced}, back\\slash, NULL, $1 and ? and žluťoučký 🐎` };
    await transact(async (transaction) => {
      const published = await value(hooks.within(transaction).publish({ event, payload, idempotencyKey: "k" }));
      expect(published).toMatchObject({ deliveries: [{ webhookId: "w" }], duplicate: false });
    });
    expect((await bodies()).map((body) => JSON.parse(body) as unknown)).toEqual([payload]);
    expect((await value(hooks.ledger.verify())).differences).toEqual([]);
  });

  it("nothing of a message is left by a rollback", async () => {
    const { hooks, bodies } = await openShop();
    const rolledBack = open()(async (transaction) => {
      await value(hooks.within(transaction).publish({ event, payload: { n: 1 } }));
      throw new Error("rolled back");
    });
    await expect(rolledBack).rejects.toThrow("rolled back");
    expect(await bodies()).toEqual([]);
  });

  it("a publish that nobody waits for is undone by a rollback, and does the next transaction no harm", async () => {
    const { hooks, bodies } = await openShop();
    const transact = open();
    const numbers = Array.from({ length: 12 }, (_, n) => n);
    const publish = (transaction: PostgresTransaction, payload: { readonly n: number; readonly isKept: boolean }) =>
      hooks.within(transaction).publish({ event, payload });
    for (const n of numbers) {
      const rolledBack = transact(async (transaction) => {
        void Promise.allSettled([publish(transaction, { n, isKept: false })]);
        for (let turn = 0; turn < n; turn += 1) await setImmediate();
        throw new Error("rolled back");
      });
      await expect(rolledBack).rejects.toThrow("rolled back");
      await transact(async (transaction) => {
        await value(publish(transaction, { n, isKept: true }));
      });
    }
    expect((await bodies()).map((body) => JSON.parse(body) as unknown)).toEqual(
      numbers.map((n) => ({ n, isKept: true })),
    );
  });

  it("a refusal leaves the rest as it was, and a repeat under one key gives the first answer", async () => {
    const { hooks, bodies } = await openShop();
    await open()(async (transaction) => {
      const publish = (n: number) => hooks.within(transaction).publish({ event, payload: { n }, idempotencyKey: "k" });
      const first = await value(publish(1));
      expect((await publish(2))._unsafeUnwrapErr().type).toBe("IdempotencyKeyReused");
      expect(await value(publish(1))).toEqual({ ...first, duplicate: true });
      await Promise.all([3, 4].map((n) => value(hooks.within(transaction).publish({ event, payload: { n } }))));
    });
    expect([...(await bodies())].sort()).toEqual(['{"n":1}', '{"n":3}', '{"n":4}']);
  });

  it("the second of two with one idempotency key waits for the first, and gives its answer", async () => {
    const { hooks } = await openShop();
    const [transact, rival] = [open(), open()];
    const message = { event, payload: { n: 1 }, idempotencyKey: "k" } as const;
    const [published, end] = [createGate<undefined>(), createGate<undefined>()];
    const answers: unknown[] = [];
    const first = transact(async (transaction) => {
      answers.push(await value(hooks.within(transaction).publish(message)));
      published.open(undefined);
      await end.opened;
    });
    await published.opened;
    const second = rival(async (transaction) => {
      answers.push(await value(hooks.within(transaction).publish(message)));
    });
    await vi.waitFor(async () => expect(await waitingForLocks()).toBeGreaterThan(0));
    end.open(undefined);
    await Promise.all([first, second]);
    expect(answers[1]).toEqual({ ...Object(answers[0]), duplicate: true });
  });
});
