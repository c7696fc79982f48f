import { drizzle } from "drizzle-orm/node-postgres";
import fc from "fast-check";
import { okAsync } from "neverthrow";
import { describe, expect, it, vi } from "vitest";
import { postgresStorage } from "../../src/adapters/postgres/index.ts";
import { failure, readLedger, value } from "../support/open-hooks.ts";
import { listening, waitingForLocks } from "../support/postgres/activity.ts";
import { event, openShop, paid, RolledBack } from "../support/postgres/shop.ts";

describe("within a transaction of the application's, on PostgreSQL", () => {
  it("a bug in the middle of a call leaves nothing in the transaction, which can go on", async () => {
    const { schema, pool, hooks, insert, orders, messages, transact } = await openShop();
    const storage = (await postgresStorage({ pool, schema }).open())._unsafeUnwrap();
    await transact(async (client) => {
      const broken = storage.join(client).map((joined) =>
        joined.inTurn(okAsync(null), (part) =>
          part.webhooks("").map(() => {
            throw new Error("a bug");
          }),
        ),
      );
      await expect(Promise.resolve(broken._unsafeUnwrap())).rejects.toThrow("a bug");
      await insert(client, 1);
      await value(hooks.within(client).publish(paid(2)));
    });
    expect([await orders(), await messages()]).toEqual([[1], [2]]);
    await value(storage.close());
  });

  it("a message is published by the commit, and wakes the worker of another instance", async () => {
    const { hooks, other, http, insert, transact } = await openShop();
    const worker = other.worker();
    await value(worker.start());
    await vi.waitFor(async () => expect(await listening()).toBeGreaterThan(0));
    const publication = await transact(async (client) => {
      await insert(client, 1);
      return value(hooks.within(client).publish(paid(1)));
    });
    expect(publication).toMatchObject({ deliveries: [{ webhookId: "w" }], skipped: [], duplicate: false });
    await vi.waitFor(() => expect(http.requests).toHaveLength(1));
    expect(http.requests[0]?.headers["webhook-id"]).toBe(publication.messageId);
    await value(worker.runUntilIdle());
    expect((await value(hooks.ledger.verify())).differences).toEqual([]);
  });

  it("nothing of a message is left by a rollback", async () => {
    const { hooks, http, insert, orders, messages, transact } = await openShop();
    const before = await readLedger(hooks);
    const shop = transact(async (client) => {
      await insert(client, 1);
      await value(hooks.within(client).publish(paid(1)));
      throw new RolledBack();
    });
    await expect(shop).rejects.toThrow(RolledBack);
    expect([await orders(), await messages()]).toEqual([[], []]);
    expect(await readLedger(hooks)).toEqual(before);
    await value(hooks.worker().runUntilIdle());
    expect(http.requests).toEqual([]);
  });

  it("drizzle's transactions can be joined, nested ones too", async () => {
    const { pool, hooks, messages } = await openShop();
    await drizzle({ client: pool }).transaction(async (outer) => {
      await value(hooks.within(outer).publish(paid(1)));
      const inner = outer.transaction(async (nested) => {
        await value(hooks.within(nested).publish(paid(2)));
        throw new RolledBack();
      });
      await expect(inner).rejects.toThrow(RolledBack);
      await value(hooks.within(outer).publish(paid(3)));
    });
    expect(await messages()).toEqual([1, 3]);
  });

  it("messages that are published at once on one client are written one after the other", async () => {
    const { hooks, messages, transact } = await openShop();
    await transact(async (client) => {
      await Promise.all([1, 2, 3, 4].map((id) => value(hooks.within(client).publish(paid(id)))));
    });
    expect(await messages()).toEqual([1, 2, 3, 4]);
  });

  it("an idempotency key that was used in the transaction gives the first answer again", async () => {
    const { hooks, other, transact } = await openShop();
    const message = { ...paid(1), idempotencyKey: "k" };
    const [first, again] = await transact(async (client) => {
      const publish = () => value(hooks.within(client).publish(message));
      return [await publish(), await publish()];
    });
    expect(again).toEqual({ ...first, duplicate: true });
    expect(await value(other.publish(message))).toEqual({ ...first, duplicate: true });
  });

  it("a message may be for one webhook alone, and its idempotency key stands for that webhook too", async () => {
    const { hooks, transact } = await openShop();
    await value(hooks.webhooks.register({ webhookId: "named", url: "http://127.0.0.1:9/hook", events: [] }));
    const message = { ...paid(1), idempotencyKey: "k", webhookId: "named" };
    const [first, other] = await transact(async (client) => [
      await value(hooks.within(client).publish(message)),
      await failure(hooks.within(client).publish({ ...message, webhookId: "w" })),
    ]);
    const skipped = [{ webhookId: "w", reason: "not-addressed" }];
    expect(first).toMatchObject({ deliveries: [{ webhookId: "named" }], skipped });
    expect(other).toMatchObject({ type: "IdempotencyKeyReused" });
  });

  it("the second of two transactions with one idempotency key waits for the first, and gives its answer", async () => {
    const { hooks, other, transact } = await openShop();
    const message = { ...paid(1), idempotencyKey: "k" };
    const [first, second] = await transact(async (client) => {
      const published = await value(hooks.within(client).publish(message));
      const waiting = transact((rival) => value(other.within(rival).publish(message)));
      await vi.waitFor(async () => expect(await waitingForLocks()).toBeGreaterThan(0));
      return [published, waiting] as const;
    });
    expect(await second).toEqual({ ...first, duplicate: true });
  });

  it("a refusal leaves the transaction as it was", async () => {
    const { hooks, insert, orders, messages, transact } = await openShop();
    await value(hooks.publish({ ...paid(0), idempotencyKey: "k" }));
    const types = await transact(async (client) => {
      await insert(client, 1);
      const refused = [
        await hooks.within(client).publish({ ...paid(7), idempotencyKey: "k" }),
        await hooks.within(client).publish({ event, payload: { id: Number.NaN } }),
        await hooks.within(client).publish({ ...paid(7), ...{ tenant: "a" } }),
        await hooks.within(client).publish({ ...paid(7), webhookId: "nobody" }),
      ].map((result) => result._unsafeUnwrapErr().type);
      await value(hooks.within(client).publish(paid(2)));
      return refused;
    });
    expect(types).toEqual(["IdempotencyKeyReused", "InvalidPayload", "InvalidInput", "WebhookNotFound"]);
    expect([await orders(), await messages()]).toEqual([[1], [0, 2]]);
  });

  it("outside a transaction, in a failed one and on no client, the error says so, and nothing is written", async () => {
    const { pool, hooks, messages, transact } = await openShop();
    const client = await pool.connect();
    expect(await hooks.within(client).publish(paid(1))).toMatchObject({
      error: { type: "StorageError", reason: "no-transaction", retryable: false },
    });
    client.release();
    const failed = transact(async (inside) => {
      await expect(inside.query("select nothing")).rejects.toThrow();
      expect(await hooks.within(inside).publish(paid(1))).toMatchObject({
        error: { reason: "no-transaction", message: expect.stringContaining("rolled back") as unknown },
      });
      throw new RolledBack();
    });
    await expect(failed).rejects.toThrow(RolledBack);
    for (const wrong of [pool, drizzle({ client: pool }), {}, null]) {
      // @ts-expect-error: the types tell a pool from a client too.
      expect(await hooks.within(wrong).publish(paid(1))).toMatchObject({
        error: { type: "InvalidInput", field: "transaction" },
      });
    }
    expect(await messages()).toEqual([]);
  });

  it("the table and the messages agree exactly, whatever commits or rolls back, in any isolation", async () => {
    const { hooks, insert, orders, messages, transact } = await openShop();
    let id = 0;
    const begin = fc.constantFrom(
      "begin",
      "begin isolation level repeatable read",
      "begin isolation level serializable",
    );
    const transaction = fc.record({ begin, commits: fc.boolean(), size: fc.integer({ min: 1, max: 3 }) });
    await fc.assert(
      fc.asyncProperty(fc.array(transaction, { minLength: 10, maxLength: 10 }), async (transactions) => {
        const done = transactions.map(({ begin: how, commits, size }) =>
          transact(async (client) => {
            for (let left = size; left > 0; left -= 1) {
              id += 1;
              const mine = id;
              await insert(client, mine);
              await value(hooks.within(client).publish(paid(mine)));
            }
            if (!commits) throw new RolledBack();
          }, how),
        );
        for (const result of await Promise.allSettled(done))
          if (result.status === "rejected") expect(result.reason).toBeInstanceOf(RolledBack);
        expect(await messages()).toEqual(await orders());
      }),
      { numRuns: 100 },
    );
  });
});
