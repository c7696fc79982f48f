import { err, ok } from "neverthrow";
import { expect, it } from "vitest";
import type { Append } from "../../src/adapters/postgres/append.ts";
import type { Connection } from "../../src/adapters/postgres/connection.ts";
import type { Connections } from "../../src/adapters/postgres/connections.ts";
import type { Enquiry } from "../../src/adapters/postgres/enquiry.ts";
import { createPerform } from "../../src/adapters/postgres/perform.ts";
import type { Statement } from "../../src/adapters/postgres/statement.ts";
import { createWrites, type Writes } from "../../src/adapters/postgres/writes.ts";
import { writerMark } from "../../src/adapters/postgres/writer-mark.ts";
import { storageError } from "../../src/ports/storage-error.ts";
import { commit, deliveryStream, scheduled } from "../../src/testing/contracts/storage/facts.ts";
import { createGate } from "../support/gate.ts";
import { promisesSettled } from "../support/when-idle.ts";

const enquiry: Enquiry = {
  wasCommitted: () => Promise.reject(new Error("nobody is to ask")),
  appendedBy: () => Promise.reject(new Error("nobody is to ask")),
};
const published = commit(deliveryStream("a"), "no-stream", [scheduled("a")]);

interface Setting {
  readonly failure?: string;
  readonly asks?: Enquiry;
  /** What looking things up comes to, if something has to be looked up. */
  readonly plan?: Append["plan"];
  /** What is written if nothing has to be looked up. */
  readonly writes?: Writes;
}

/** A connection that answers a statement once its gate, if it has one, is open, and fails those in `failing`. */
function connecting(
  gates: Readonly<Record<string, Promise<unknown>>>,
  failing: readonly string[] = [],
  { failure = "fails", asks = enquiry, plan, writes = createWrites() }: Setting = {},
) {
  const asked: string[] = [];
  const ask = async (text: string) => {
    const [word = ""] = text.split(" ");
    asked.push(word);
    await gates[word];
    if (failing.includes(word)) throw new Error(failure === "fails" ? `${word} fails` : failure);
    return [];
  };
  const connection: Connection = {
    get orm(): never {
      throw new Error("nobody is to ask this");
    },
    run: async <Row extends object>({ name, isRow }: Statement<Row>) => {
      await ask(name.replace("hookledger ", ""));
      const rows: readonly object[] = [{ transactionId: "753" }];
      return rows.filter(isRow);
    },
    execute: ask,
  };
  const lend: Connections["lend"] = (work) => work(connection);
  const append: Append = {
    planAtOnce: () => (plan === undefined ? { decided: [ok([])], writes } : null),
    plan: plan ?? (() => Promise.reject(new Error("nothing is to be looked up"))),
    write: () => ask("write"),
  };
  const perform = createPerform({ lend, lendShared: lend }, append, writerMark("hookledger"), asks, () => undefined);
  return { asked, perform };
}

it("the next transaction may be sent once everything but the commit is answered", async () => {
  const [write, committed] = [createGate<null>(), createGate<null>()];
  const { asked, perform } = connecting({ write: write.opened, commit: committed.opened });
  let isCommitting = false;
  const performing = perform([published], { step: null, committing: () => (isCommitting = true) });
  await promisesSettled();
  expect([asked, isCommitting]).toEqual([["begin", "begin", "write", "commit"], false]);
  write.open(null);
  await promisesSettled();
  expect(isCommitting).toBe(true);
  committed.open(null);
  expect((await performing).isOk()).toBe(true);
});

it("what takes several statements to write is written before the commit is sent", async () => {
  const writes = createWrites();
  writes.webhook("w", "webhook-w", null);
  const write = createGate<null>();
  const { asked, perform } = connecting({ write: write.opened }, [], { writes });
  const performing = perform([published], { step: null, committing: () => undefined });
  await promisesSettled();
  expect(asked).toEqual(["begin", "begin", "write"]);
  write.open(null);
  expect((await performing).isOk()).toBe(true);
  expect(asked).toEqual(["begin", "begin", "write", "commit"]);
});

it.each([["write"], ["commit"]])(
  "if %s fails, nothing is rolled back: the commit was sent, so a rollback would hit what is sent behind it",
  async (failing) => {
    const { asked, perform } = connecting({}, [failing]);
    let isCommitting = false;
    const performing = perform([published], { step: null, committing: () => (isCommitting = true) });
    await expect(performing).rejects.toThrow(`${failing} fails`);
    expect([asked, isCommitting]).toEqual([["begin", "begin", "write", "commit"], failing === "commit"]);
  },
);

it.each([
  { is: "done", appended: [{ streamId: deliveryStream("a"), version: 1 }] },
  { is: "unseen", appended: null },
])("what the server says is committed is $is, as its events are: a crash gives ids again", async ({ is, appended }) => {
  const asks: Enquiry = { wasCommitted: async () => ok(true), appendedBy: async () => ok(appended) };
  const { perform } = connecting({}, ["commit"], { failure: "Connection terminated unexpectedly", asks });
  const performed = await perform([published], { step: null, committing: () => undefined });
  expect(performed.isOk() ? "done" : performed.error).toBe(is);
});

it("what the server says is not committed was not done, so it can be tried again, and nobody looks for it", async () => {
  const asks: Enquiry = { ...enquiry, wasCommitted: async () => ok(false) };
  const { perform } = connecting({}, ["commit"], { failure: "Connection terminated unexpectedly", asks });
  const performed = await perform([published], { step: null, committing: () => undefined });
  expect(performed._unsafeUnwrapErr()).toMatchObject({ reason: "disconnected", retryable: true });
});

it("if the connection is lost before the commit was sent, nothing was done, and nobody is asked", async () => {
  const lost = new Error("Connection terminated unexpectedly");
  const { asked, perform } = connecting({}, [], { plan: () => Promise.reject(lost) });
  await expect(perform([published], { step: null, committing: () => undefined })).rejects.toBe(lost);
  expect(asked).not.toContain("commit");
});

it("if looking up fails or finds damage, the transaction is rolled back: others may be behind it on the connection", async () => {
  const shared = { step: null, committing: () => undefined };
  const failing = connecting({}, [], { plan: () => Promise.reject(new Error("the look-up fails")) });
  await expect(failing.perform([published], shared)).rejects.toThrow("the look-up fails");
  const damage = storageError("unexpected", "a row is damaged");
  const damaged = connecting({}, [], { plan: async () => err(damage) });
  expect((await damaged.perform([published], shared))._unsafeUnwrapErr()).toEqual(damage);
  for (const { asked } of [failing, damaged]) expect(asked).toEqual(["begin", "begin", "rollback"]);
});

it("a bug in deciding is thrown before anything is sent on the connection", async () => {
  const asked: string[] = [];
  const connection: Connection = {
    get orm(): never {
      throw new Error("nobody is to ask this");
    },
    run: async ({ name }) => {
      asked.push(name);
      return [];
    },
    execute: async (statements) => void asked.push(statements),
  };
  const lend: Connections["lend"] = (work) => work(connection);
  const bug = new Error("a bug");
  const append: Append = {
    planAtOnce() {
      throw bug;
    },
    plan: () => Promise.reject(bug),
    write: () => Promise.reject(bug),
  };
  const perform = createPerform({ lend, lendShared: lend }, append, writerMark("hookledger"), enquiry, () => undefined);
  await expect(perform([published], { step: null, committing: () => undefined })).rejects.toBe(bug);
  expect(asked).toEqual([]);
});
