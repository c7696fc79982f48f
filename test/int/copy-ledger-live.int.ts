import { ResultAsync } from "neverthrow";
import pg from "pg";
import { describe, expect, inject, it, onTestFinished } from "vitest";
import { memoryStorage } from "../../src/adapters/memory/index.ts";
import { postgresStorage } from "../../src/adapters/postgres/index.ts";
import { copyLedger } from "../../src/index.ts";
import type { Storage } from "../../src/ports/storage.ts";
import { pairs } from "../support/ledger-pairs.ts";
import { failure, newSchema, openHooks, readLedger, value } from "../support/open-hooks.ts";
import { wrapStorage } from "../support/wrap-storage.ts";

const url = "http://127.0.0.1:9/hook";
const message = { event: "memory.updated", payload: {} } as const;

type Before = <Args extends readonly unknown[], T, E>(
  read: (...args: Args) => ResultAsync<T, E>,
) => (...args: Args) => ResultAsync<T, E>;

/** Where somebody writes again and again while the ledger is copied. */
const moments: Readonly<Record<string, (storage: Storage, writing: Before) => Partial<Storage>>> = {
  "each page of events": ({ reader }, writing) => ({ reader: { ...reader, readAll: writing(reader.readAll) } }),
  "each page of messages": ({ transfer }, writing) => ({
    transfer: { ...transfer, messages: writing(transfer.messages) },
  }),
  "the checkpoints": ({ transfer }, writing) => ({
    transfer: { ...transfer, checkpoints: writing(transfer.checkpoints) },
  }),
};

/** The writer stops after so many writes, so that a copy that chases it stops too. */
const MOST_WRITES = 12;

describe.each(pairs)("a ledger that is written to while it is copied from $name", ({ from, to }) => {
  it.each(Object.keys(moments))("before %s, is not chased; a copy after the writes is complete", async (moment) => {
    const [source, target] = [from(), to()];
    const hooks = await openHooks({ storage: source });
    await value(hooks.webhooks.register({ url, events: [message.event] }));
    await value(hooks.publish(message));
    let writes = 0;
    const write = async () => {
      writes += 1;
      if (writes <= MOST_WRITES) await value(hooks.publishMany(Array.from({ length: 500 }, () => message)));
    };
    const writing: Before =
      (read) =>
      (...args) =>
        ResultAsync.fromSafePromise(write()).andThen(() => read(...args));
    const lively = wrapStorage(source, (storage) => moments[moment]?.(storage, writing) ?? {});
    expect(await failure(copyLedger({ from: lively, to: target }))).toMatchObject({
      type: "CopyDiffers",
      what: "events",
      message: expect.stringContaining("the source was written to during the copy; stop the writers"),
    });
    expect(writes).toBeLessThan(MOST_WRITES);

    const copied = await value(copyLedger({ from: source, to: target }));
    const moved = await openHooks({ storage: target });
    expect(await readLedger(moved)).toEqual(await readLedger(hooks));
    expect(copied.messages).toBe(writes * 500 + 1);
    expect((await value(moved.ledger.verify())).differences).toEqual([]);
  });

  it("a follower from a later position neither moves positions on nor prevents another copy", async () => {
    const [source, target] = [from(), to()];
    const hooks = await openHooks({ storage: source });
    const follower = await value(hooks.ledger.follow({ name: "n", from: 1000, onEvents: () => undefined }));
    await value(hooks.publish(message));
    await value(follower.stop());
    await value(copyLedger({ from: source, to: target }));
    await value(hooks.publish(message));
    await value(copyLedger({ from: source, to: target }));
    expect(await readLedger(await openHooks({ storage: target }))).toEqual(await readLedger(hooks));
  });
});

describe("a transaction that is open in the source", () => {
  it.each([0, 1])(
    "makes a copy fail with the reason, with %i writes beside it; a later copy is complete",
    async (writes) => {
      const connectionString = inject("postgresUrl");
      const [source, target] = [postgresStorage({ connectionString, schema: newSchema() }), memoryStorage()];
      const hooks = await openHooks({ storage: source });
      await value(hooks.publish(message));
      const client = new pg.Client({ connectionString });
      await client.connect();
      onTestFinished(() => client.end());
      await client.query("begin");
      await value(hooks.within(client).publish(message));
      await value(hooks.publish(message));
      const write = () => value(hooks.publishMany(Array.from({ length: writes }, () => message)));
      const written = wrapStorage(source, ({ transfer }) => ({
        transfer: {
          ...transfer,
          checkpoints: () => ResultAsync.fromSafePromise(write()).andThen(() => transfer.checkpoints()),
        },
      }));
      expect(await failure(copyLedger({ from: written, to: target }))).toMatchObject({
        type: "CopyDiffers",
        what: "events",
        message: expect.stringContaining("number of events: a transaction is still open in the source; end it"),
      });
      await client.query("rollback");
      const copied = await value(copyLedger({ from: source, to: target }));
      expect(copied).toMatchObject({ events: 2 + writes, messages: 2 + writes });
    },
  );
});
