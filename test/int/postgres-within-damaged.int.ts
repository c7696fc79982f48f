import { describe, expect, it } from "vitest";
import { failure, value } from "../support/open-hooks.ts";
import { openShop, paid } from "../support/postgres/shop.ts";

describe("within a transaction of the application's, on PostgreSQL", () => {
  it("a message that the ledger lacks is the same error as outside, and leaves the transaction as it was", async () => {
    const { pool, schema, hooks, messages, transact } = await openShop();
    const message = { ...paid(1), idempotencyKey: "k" };
    const { messageId } = await value(hooks.publish(message));
    await pool.query(`delete from ${schema}.events where stream_id = $1`, [`message-${messageId}`]);
    const outside = await failure(hooks.publish(message));
    expect(outside).toMatchObject({ type: "StorageError", reason: "unexpected", retryable: false });
    await transact(async (client) => {
      expect(await failure(hooks.within(client).publish(message))).toEqual(outside);
      await value(hooks.within(client).publish(paid(2)));
    });
    expect(await messages()).toEqual([1, 2]);
  });
});
