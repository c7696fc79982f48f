import { randomUUID } from "node:crypto";
import { drizzle } from "drizzle-orm/node-postgres";
import pg from "pg";
import { describe, expect, inject, it, onTestFinished, vi } from "vitest";
import { createGate } from "../support/gate.ts";
import { value } from "../support/open-hooks.ts";
import { waitingForLocks } from "../support/postgres/activity.ts";
import { openShop, paid, RolledBack } from "../support/postgres/shop.ts";

/** More than a publish needs. */
const MOST_STATEMENTS = 9;

/** A pool with one client, which the next user gets as soon as it is given back. */
function poolOfOne() {
  const pool = new pg.Pool({ connectionString: inject("postgresUrl"), max: 1 });
  onTestFinished(() => pool.end());
  return pool;
}

/** Resolves when the client was asked for so many statements, or when no more will come. */
function untilAsked(client: pg.ClientBase, count: number, over: Promise<unknown>): Promise<unknown> {
  if (count === 0) return Promise.resolve();
  const query = client.query.bind(client);
  let asked = 0;
  const reached = new Promise<void>((resolve) => {
    client.query = ((...asking: Parameters<typeof query>) => {
      const answer: unknown = query(...asking);
      asked += 1;
      if (asked === count) resolve();
      return answer;
    }) as typeof client.query;
  });
  return Promise.race([reached, over]).finally(() => {
    client.query = query;
  });
}

/** The ends with a chain begin the next transaction too. */
const ends = ["commit", "rollback", "commit and chain", "rollback and chain"];
const cases = ends.flatMap((end) =>
  Array.from({ length: MOST_STATEMENTS + 1 }, (_, statements) => ({ end, statements })),
);

describe("a publish that nobody waits for before its transaction ends", () => {
  it.each(cases)("is written in it or nowhere: $end after $statements statements", async ({ end, statements }) => {
    const { hooks, insert, orders, messages } = await openShop();
    const pool = poolOfOne();
    const client = await pool.connect();
    await client.query("begin");
    await insert(client, 1);
    const publish = async (id: number) => hooks.within(client).publish(paid(id));
    const publishing = [publish(1)];
    await untilAsked(client, statements, Promise.all(publishing));
    publishing.push(publish(2));
    await client.query(end);
    const isChained = end.endsWith("chain");
    if (!isChained) client.release();

    const next = isChained ? client : await pool.connect();
    if (!isChained) await next.query("begin");
    await insert(next, 3);
    await value(hooks.within(next).publish(paid(3)));
    await insert(next, 4);
    await next.query("commit");
    next.release();

    const answers = await Promise.all(publishing);
    const published = [1, 2].filter((_id, index) => answers[index]?.isOk());
    expect(await orders()).toEqual(end.startsWith("commit") ? [1, 3, 4] : [3, 4]);
    expect(await messages()).toEqual(end.startsWith("commit") ? [...published, 3] : [3]);
    for (const answer of answers)
      if (answer.isErr()) expect(answer.error).toMatchObject({ type: "StorageError", reason: "no-transaction" });
  });

  it.each(cases.filter(({ end }) => end === "rollback"))(
    "is undone with the savepoint that it belongs to, after $statements statements",
    async ({ statements }) => {
      const { hooks, messages } = await openShop();
      await drizzle({ client: poolOfOne() }).transaction(async (outer) => {
        await value(hooks.within(outer).publish(paid(1)));
        const publishing: Promise<unknown>[] = [];
        const inner = outer.transaction(async (nested) => {
          const publish = async (id: number) => hooks.within(nested).publish(paid(id));
          publishing.push(publish(2));
          const { client } = Object(Reflect.get(nested, "session")) as { client: pg.PoolClient };
          await untilAsked(client, statements, Promise.all(publishing));
          publishing.push(publish(4));
          throw new RolledBack();
        });
        await expect(inner).rejects.toThrow(RolledBack);
        await value(hooks.within(outer).publish(paid(3)));
        await Promise.all(publishing);
      });
      expect(await messages()).toEqual([1, 3]);
    },
  );

  it("keeps what else is done in the transaction meanwhile, even if it has to be tried again", async () => {
    const { hooks, other, insert, orders, messages, transact } = await openShop();
    const message = { ...paid(0), idempotencyKey: "k" };
    const [published, end] = [createGate<undefined>(), createGate<undefined>()];
    const rival = transact(async (client) => {
      await value(other.within(client).publish(message));
      published.open(undefined);
      await end.opened;
    });
    await published.opened;
    await transact(async (client) => {
      const publishing = value(hooks.within(client).publish(message));
      const inserting = [1, 2, 3].map((id) => insert(client, id));
      await vi.waitFor(async () => expect(await waitingForLocks()).toBeGreaterThan(0));
      end.open(undefined);
      expect(await publishing).toMatchObject({ duplicate: true });
      await Promise.all([...inserting, rival]);
    });
    expect([await orders(), await messages()]).toEqual([[1, 2, 3], [0]]);
  });

  it("holds up neither another publish on the client nor closing, if its schema never answers", async () => {
    const { hooks, messages, transact } = await openShop();
    await transact(async (client) => {
      void Promise.allSettled([hooks.within(client).publish({ event: "never", payload: null })]);
      await value(hooks.within(client).publish(paid(1)));
    });
    expect(await messages()).toEqual([1]);
    await value(hooks.close());
  });

  it("rejects alone if a port has a bug", async () => {
    let isBroken = false;
    const next = () => {
      if (isBroken) throw new Error("a bug");
      return randomUUID();
    };
    const { hooks, messages, transact } = await openShop({ next });
    await transact(async (client) => {
      isBroken = true;
      await expect(Promise.resolve(hooks.within(client).publish(paid(1)))).rejects.toThrow("a bug");
      isBroken = false;
      await value(hooks.within(client).publish(paid(2)));
    });
    expect(await messages()).toEqual([2]);
  });
});
