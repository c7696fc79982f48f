import Driver from "better-sqlite3";
import { drizzle } from "drizzle-orm/better-sqlite3";
import fc from "fast-check";
import * as v from "valibot";
import { describe, expect, it, vi } from "vitest";
import { memoryStorage } from "../../src/adapters/memory/index.ts";
import { sqliteStorage } from "../../src/adapters/sqlite/index.ts";
import {
  defineEvents,
  type Message,
  type PublishError,
  type Publication,
  type TransactionPublisher,
} from "../../src/index.ts";
import type { Clock } from "../../src/ports/clock.ts";
import { createFakeClock } from "../../src/testing/fake-clock.ts";
import { scriptedHttpClient } from "../../src/testing/scripted-http-client.ts";
import { openHooks, readLedger, value } from "../support/open-hooks.ts";
import { connectionTo, newPath } from "../support/sqlite-files.ts";

const url = "http://127.0.0.1:9/hook";
const events = defineEvents({
  "order.paid": v.object({ id: v.number() }),
  "order.slow": v.pipeAsync(
    v.object({ id: v.number() }),
    v.checkAsync(() => Promise.resolve(true)),
  ),
});
const event = "order.paid";
const paid = (id: number) => ({ event, payload: { id } }) as const;

class RolledBack extends Error {}

/** An application's database with a table of orders, and hookledger's tables beside it. */
async function openShop(options: { readonly clock?: Clock } = {}) {
  const path = newPath();
  const database = connectionTo(path);
  database.pragma("journal_mode = WAL");
  database.exec("create table orders (id integer primary key)");
  const http = scriptedHttpClient();
  const hooks = await openHooks({ storage: sqliteStorage({ database }), events, http, ...options });
  await value(hooks.webhooks.register({ webhookId: "w", url, events: [event] }));
  const insert = database.prepare("insert into orders values (?)");
  const orders = () => database.prepare<[], number>("select id from orders order by id").pluck().all();
  const messages = () =>
    database.prepare<[], number>("select json_extract(body, '$.id') from hookledger_messages order by 1").pluck().all();
  /** The error of publishing within a transaction that goes on and commits. */
  const refused = (message: Message<typeof events>) =>
    database.transaction(() => hooks.within(database).publishSync(message)._unsafeUnwrapErr())();
  return { path, database, hooks, http, insert, orders, messages, refused };
}

describe("within a transaction of the application's", () => {
  it("a message is published by the commit, and sent by the worker that is there", async () => {
    const clock = createFakeClock();
    const { database, hooks, http, insert } = await openShop({ clock });
    const worker = hooks.worker();
    await value(worker.start());
    // It waits, and by this clock it would wait for ever if it were not told.
    await vi.waitFor(() => expect(clock.sleepers()).toBe(1));
    const publication = database.transaction((): Publication => {
      insert.run(1);
      return hooks.within(database).publishSync(paid(1))._unsafeUnwrap();
    })();
    expect(publication).toMatchObject({ deliveries: [{ webhookId: "w" }], skipped: [], duplicate: false });
    await vi.waitFor(() => expect(http.requests).toHaveLength(1));
    await value(worker.stop());
    expect(http.requests.map(({ headers }) => headers["webhook-id"])).toEqual([publication.messageId]);
    expect((await value(hooks.ledger.verify())).differences).toEqual([]);
  });

  it("a tenant's `within` publishes to its own webhooks alone", async () => {
    const { database, hooks } = await openShop();
    const acme = hooks.tenant("acme");
    await value(acme.webhooks.register({ webhookId: "acme's", url, events: [event] }));
    const publish = (tenant: typeof acme | typeof hooks) =>
      database
        .transaction(() => tenant.within(database).publishSync(paid(1)))()
        ._unsafeUnwrap();
    expect(publish(acme)).toMatchObject({ deliveries: [{ webhookId: "acme's" }], skipped: [] });
    expect(publish(hooks)).toMatchObject({ deliveries: [{ webhookId: "w" }], skipped: [] });
  });

  it("publish is refused, since it would answer later, and the error says to call publishSync", async () => {
    const { database, hooks } = await openShop();
    // better-sqlite3 itself throws if the callback answers with a promise.
    const calls: ReturnType<TransactionPublisher<typeof events>["publish"]>[] = [];
    database.transaction(() => void calls.push(hooks.within(database).publish(paid(1))))();
    expect((await calls[0])?._unsafeUnwrapErr()).toEqual({
      type: "InvalidInput",
      field: "publish",
      rule: "cannot be used in a transaction of this storage, which answers at once; call publishSync instead",
      message:
        "publish cannot be used in a transaction of this storage, which answers at once; call publishSync instead",
    });
  });

  it("nothing of a message is left by a rollback, and its positions are given again", async () => {
    const { database, hooks, http, insert, orders, messages } = await openShop();
    const before = await readLedger(hooks);
    const shop = database.transaction(() => {
      insert.run(1);
      hooks.within(database).publishSync(paid(1))._unsafeUnwrap();
      throw new RolledBack();
    });
    expect(shop).toThrow(RolledBack);
    expect([orders(), messages()]).toEqual([[], []]);
    expect(await readLedger(hooks)).toEqual(before);
    await value(hooks.worker().runUntilIdle());
    expect(http.requests).toEqual([]);
    await value(hooks.publish(paid(2)));
    expect((await readLedger(hooks)).map(({ position }) => position)).toEqual([1, 2, 3]);
  });

  it("nobody else sees a message before the commit", async () => {
    const { database, hooks, path } = await openShop();
    const other = await openHooks({ storage: sqliteStorage({ path }), events });
    const before = await readLedger(other);
    database.exec("begin");
    hooks.within(database).publishSync(paid(1))._unsafeUnwrap();
    expect(await readLedger(other)).toEqual(before);
    database.exec("commit");
    expect(await readLedger(other)).toHaveLength(before.length + 2);
  });

  it("drizzle's transactions on the handle can be joined, nested ones too", async () => {
    const { database, hooks, insert, orders, messages } = await openShop();
    const db = drizzle({ client: database });
    db.transaction((outer) => {
      insert.run(1);
      hooks.within(outer).publishSync(paid(1))._unsafeUnwrap();
      expect(() =>
        outer.transaction((inner) => {
          insert.run(2);
          hooks.within(inner).publishSync(paid(2))._unsafeUnwrap();
          throw new RolledBack();
        }),
      ).toThrow(RolledBack);
    });
    expect([orders(), messages()]).toEqual([[1], [1]]);
  });

  it("an idempotency key that was used in the transaction gives the first answer again", async () => {
    const { database, hooks } = await openShop();
    const message = { ...paid(1), idempotencyKey: "k" };
    const [first, again] = database.transaction(() => {
      const publish = () => hooks.within(database).publishSync(message)._unsafeUnwrap();
      return [publish(), publish()];
    })();
    expect(again).toEqual({ ...first, duplicate: true });
    expect(await value(hooks.publish(message))).toEqual({ ...first, duplicate: true });
  });

  it("a message may be for one webhook alone, and its idempotency key stands for that webhook too", async () => {
    const { database, hooks, refused } = await openShop();
    await value(hooks.webhooks.register({ webhookId: "named", url, events: [] }));
    const message = { ...paid(1), idempotencyKey: "k", webhookId: "named" };
    const [first, other] = database.transaction(() => [
      hooks.within(database).publishSync(message)._unsafeUnwrap(),
      refused({ ...message, webhookId: "w" }),
    ])();
    const skipped = [{ webhookId: "w", reason: "not-addressed" }];
    expect(first).toMatchObject({ deliveries: [{ webhookId: "named" }], skipped });
    expect(other).toMatchObject({ type: "IdempotencyKeyReused" });
  });

  it("a refusal leaves the transaction as it was", async () => {
    const { database, hooks, insert, orders, messages, refused } = await openShop();
    await value(hooks.publish({ ...paid(0), idempotencyKey: "k" }));
    const errors = database.transaction((): readonly PublishError["type"][] => {
      insert.run(1);
      return [
        refused({ ...paid(7), idempotencyKey: "k" }).type,
        refused({ event, payload: JSON.parse('{"id":"text"}') }).type,
        refused({ event: "order.slow", payload: { id: 1 } }).type,
        refused({ ...paid(1), tenantId: "two\nlines" }).type,
        refused({ ...paid(1), ...{ tenant: "a" } }).type,
        refused({ ...paid(1), webhookId: "nobody" }).type,
      ];
    })();
    const invalid = "InvalidInput";
    expect(errors).toEqual(["IdempotencyKeyReused", "InvalidPayload", invalid, invalid, invalid, "WebhookNotFound"]);
    expect([orders(), messages()]).toEqual([[1], [0]]);
  });

  it("if a statement of a publish fails, no part of the message is left", async () => {
    const { database, hooks, insert, orders, messages, refused } = await openShop();
    database.exec("create trigger stop before insert on hookledger_deliveries begin select raise(abort, 'stop'); end");
    const error = database.transaction(() => {
      insert.run(1);
      return refused(paid(1));
    })();
    expect(error).toMatchObject({ type: "StorageError", reason: "unexpected" });
    expect([orders(), messages()]).toEqual([[1], []]);
    database.exec("drop trigger stop");
    await value(hooks.publish(paid(2)));
    expect((await value(hooks.ledger.verify())).differences).toEqual([]);
  });

  it("if the disk is full, all of the transaction is undone: the error says so, and no commit works", async () => {
    const { database, hooks, insert, orders, messages } = await openShop();
    database.pragma("max_page_count = 1");
    const errors: PublishError[] = [];
    const transaction = database.transaction(() => {
      insert.run(1);
      for (let id = 0; errors.length < 2; id += 1) {
        const published = hooks.within(database).publishSync(paid(id));
        if (published.isErr()) errors.push(published.error);
      }
    });
    expect(transaction).toThrow("no transaction is active");
    expect(errors).toMatchObject([
      { type: "StorageError", reason: "full", message: expect.stringContaining("rolled back the whole transaction") },
      { type: "StorageError", reason: "no-transaction" },
    ]);
    expect([orders(), messages()]).toEqual([[], []]);
    database.pragma("max_page_count = 1000000");
    await value(hooks.publish(paid(2)));
    expect((await value(hooks.ledger.verify())).differences).toEqual([]);
  });

  it("a publish outside a transaction, on another handle or after closing is refused by name", async () => {
    const { database, hooks, refused } = await openShop();
    const message = "no transaction is open on the database handle";
    await value(hooks.publish({ ...paid(1), idempotencyKey: "k" }));
    for (const outside of [paid(1), { ...paid(1), idempotencyKey: "k" }, { ...paid(1), webhookId: "nobody" }])
      expect(hooks.within(database).publishSync(outside)._unsafeUnwrapErr()).toMatchObject({
        ...{ type: "StorageError", reason: "no-transaction", message: expect.stringContaining(message) },
      });
    const other = new Driver(":memory:");
    const publish = other.transaction(() => hooks.within(other).publishSync(paid(1)));
    expect(publish()._unsafeUnwrapErr()).toMatchObject({ type: "InvalidInput", field: "transaction" });
    other.close();
    await value(hooks.close());
    expect(refused(paid(1))).toMatchObject({ type: "StorageError", reason: "closed" });
  });

  it("a storage with a connection of its own has no transaction to join, by types and in JavaScript", async () => {
    for (const storage of [memoryStorage(), sqliteStorage({ path: newPath() })]) {
      const hooks = await openHooks({ storage, events });
      // @ts-expect-error: there is no transaction that could be given.
      const within = hooks.within(connectionTo(newPath()));
      expect(within.publishSync(paid(1))._unsafeUnwrapErr()).toMatchObject({
        type: "InvalidInput",
        field: "transaction",
      });
    }
  });

  it("the orders and the messages agree exactly after 1,000 random commits and rollbacks", async () => {
    const { database, hooks, insert, orders, messages } = await openShop();
    const order = fc.record({
      publishesFirst: fc.boolean(),
      savepoint: fc.constantFrom("none", "kept", "rolled back"),
    });
    const transaction = fc.record({ orders: fc.array(order, { minLength: 1, maxLength: 4 }), commits: fc.boolean() });
    let id = 0;
    const place = (publishesFirst: boolean) => {
      id += 1;
      const steps = [
        () => void insert.run(id),
        () => void hooks.within(database).publishSync(paid(id))._unsafeUnwrap(),
      ];
      for (const step of publishesFirst ? steps.reverse() : steps) step();
    };
    for (const { orders: placed, commits } of fc.sample(transaction, 1000)) {
      database.exec("begin");
      for (const { publishesFirst, savepoint } of placed) {
        if (savepoint !== "none") database.exec("savepoint application");
        place(publishesFirst);
        if (savepoint === "rolled back") database.exec("rollback to application");
        if (savepoint !== "none") database.exec("release application");
      }
      database.exec(commits ? "commit" : "rollback");
    }
    expect(orders().length).toBeGreaterThan(100);
    expect(messages()).toEqual(orders());
    expect((await value(hooks.ledger.verify())).differences).toEqual([]);
  });
});
