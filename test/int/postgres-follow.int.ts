import pg from "pg";
import { describe, expect, inject, it, onTestFinished, vi } from "vitest";
import { postgresStorage } from "../../src/adapters/postgres/index.ts";
import { openHookledger, type RecordedEvent } from "../../src/index.ts";
import { readLedger, value } from "../support/open-hooks.ts";
import { temporarySchema } from "../support/postgres/schema.ts";

const event = "memory.updated";
const message = (memoryId: string) => ({ event, payload: { memory_id: memoryId } }) as const;

async function openFollowed() {
  const { name: schema, remove } = temporarySchema();
  const connectionString = inject("postgresUrl");
  const open = () => value(openHookledger({ storage: postgresStorage({ connectionString, schema }) }));
  const [hooks, other] = [await open(), await open()];
  const handed: RecordedEvent[] = [];
  const onEvents = (events: readonly RecordedEvent[]) => void handed.push(...events);
  await value(hooks.ledger.follow({ name: "n", onEvents }));
  const clients: pg.Client[] = [];
  onTestFinished(async () => {
    for (const client of clients) await client.end();
    for (const each of [hooks, other]) await value(each.close());
    await remove();
  });
  /** A connection with a transaction open on it. */
  async function begin(database?: string): Promise<pg.Client> {
    const address = new URL(connectionString);
    if (database !== undefined) address.pathname = `/${database}`;
    const client = new pg.Client({ connectionString: address.href });
    clients.push(client);
    await client.connect();
    await client.query("begin");
    return client;
  }
  return { schema, hooks, other, handed, begin };
}

/** The most that an open transaction may delay a follower. It is promised, so a slow machine gets no longer. */
const WITHIN_A_SECOND = { timeout: 1000 };

describe("following the ledger on PostgreSQL", () => {
  it("misses nothing of a slow transaction, even if later positions were committed before it", async () => {
    const { hooks, other, handed, begin } = await openFollowed();
    const slow = await begin();
    const first = await value(hooks.within(slow).publish(message("slow")));
    const second = await value(other.publish(message("quick")));
    // The follower would see what was committed after the slow transaction's position, if it did not wait.
    await value(other.ledger.readAll({ limit: 10 }));
    expect(handed).toEqual([]);
    await slow.query("commit");
    await vi.waitFor(() => expect(handed).toHaveLength(2));
    expect(handed.map(({ streamId }) => streamId)).toEqual(
      [first, second].map(({ messageId }) => `message-${messageId}`),
    );
    expect(handed).toEqual(await readLedger(hooks));
  });

  it("goes on over the gap that a transaction leaves when it rolls back", async () => {
    const { hooks, other, handed, begin } = await openFollowed();
    const slow = await begin();
    await value(hooks.within(slow).publish(message("never")));
    await value(other.publish(message("quick")));
    await slow.query("rollback");
    await vi.waitFor(() => expect(handed).toHaveLength(1));
    await value(other.publish(message("next")));
    await vi.waitFor(() => expect(handed).toHaveLength(2));
  });

  it("does not wait for transactions that write nothing of hookledger's, here or in another database", async () => {
    const { schema, hooks, handed, begin } = await openFollowed();
    const here = await begin();
    await here.query(`create table ${schema}.elsewhere (id integer)`);
    await here.query(`insert into ${schema}.elsewhere values (1)`);
    const there = await begin("template1");
    await there.query("select pg_current_xact_id()");
    const reader = await begin();
    await reader.query("set transaction isolation level repeatable read");
    await reader.query(`select count(*) from ${schema}.events`);
    await value(hooks.publish(message("quick")));
    await vi.waitFor(() => expect(handed).toHaveLength(1), WITHIN_A_SECOND);
  });

  it("does not wait for another schema's slow transaction", async () => {
    const [mine, others] = [await openFollowed(), await openFollowed()];
    const slow = await others.begin();
    await value(others.hooks.within(slow).publish(message("slow")));
    await value(mine.hooks.publish(message("quick")));
    await vi.waitFor(() => expect(mine.handed).toHaveLength(1), WITHIN_A_SECOND);
  });

  it("hands over what the ledger holds, in order, whatever two processes and transactions write at once", async () => {
    const { hooks, other, handed, begin } = await openFollowed();
    const clients = await Promise.all(Array.from({ length: 4 }, () => begin()));
    const transactions = clients.map(async (client, index) => {
      for (let round = 0; round < 10; round += 1) {
        for (let size = 0; size <= (index + round) % 4; size += 1)
          await value(hooks.within(client).publish(message(`${index}-${round}-${size}`)));
        await client.query((index + round) % 3 === 0 ? "rollback" : "commit");
        await client.query("begin");
      }
    });
    const publishers = [hooks, other].map(async (each) => {
      for (let count = 0; count < 60; count += 1) await value(each.publish(message(`p-${count}`)));
    });
    await Promise.all([...transactions, ...publishers]);
    const ledger = await readLedger(hooks);
    await vi.waitFor(() => expect(handed).toHaveLength(ledger.length));
    expect(handed).toEqual(ledger);
  });
});
