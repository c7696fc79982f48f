import { err, ok } from "neverthrow";
import { setImmediate } from "node:timers/promises";
import { expect, it } from "vitest";
import type { Connection } from "../../src/adapters/postgres/connection.ts";
import { createGroupCommit } from "../../src/adapters/postgres/group-commit.ts";
import type { Transact } from "../../src/adapters/postgres/transact.ts";
import { storageError } from "../../src/ports/storage-error.ts";
import { valueOf } from "../../src/testing/contracts/results.ts";
import { commit, deliveryStream, scheduled } from "../../src/testing/contracts/storage/facts.ts";
import { createGate, type Gate } from "../support/gate.ts";

const connection: Connection = Object.create(null);

/** Transactions that always go through, and what each of them was. */
function recorded() {
  const transactions: string[] = [];
  const transact: Transact = {
    async together(members, { step }) {
      await setImmediate();
      await step?.run(connection);
      transactions.push(`${members.length}${step === null ? "" : " and a step"}`);
      for (const { settle } of members) settle(ok([]));
      return "done";
    },
    alone: () => Promise.resolve(err(storageError("unexpected", "nothing is tried alone"))),
    async byItself(step) {
      await step.run(connection);
      transactions.push("a step");
      return "done";
    },
  };
  return { group: createGroupCommit(transact), transactions };
}

const append = commit(deliveryStream("d"), "no-stream", [scheduled("d")]);

it("a claim waits only for what was asked for before it, however many go on publishing", async () => {
  const { group, transactions } = recorded();
  let isOver = false;
  const publishers = Array.from({ length: 1500 }, async () => {
    while (!isOver && transactions.length < 100) await valueOf(group.append(append));
  });
  await setImmediate();
  const claimed = await group.following(() => Promise.resolve(transactions.length));
  isOver = true;
  await Promise.all(publishers);
  // 1,500 appends were asked for before it, and a transaction takes 512.
  expect(claimed._unsafeUnwrap()).toBe(2);
  expect(transactions.slice(0, 3)).toEqual(["512", "512", "512 and a step"]);
});

it("claims take one transaction each, in the order in which they were asked for", async () => {
  const { group, transactions } = recorded();
  const order: string[] = [];
  const follow = (name: string) => group.following(() => Promise.resolve(void order.push(name)));
  const asked = [follow("a"), group.append(append), follow("b"), follow("c")] as const;
  expect((await Promise.all(asked)).every((answer) => answer.isOk())).toBe(true);
  await group.drained();
  expect(order).toEqual(["a", "b", "c"]);
  expect(transactions).toEqual(["1 and a step", "a step", "a step"]);
});

/** Transactions that commit and end when the test says so. */
function stepwise() {
  const begun: { readonly size: number; commit(): void; end(outcome: "done" | "each alone"): void }[] = [];
  const alone: string[] = [];
  const transact: Transact = {
    together: (members, { committing }) =>
      new Promise((resolve) => {
        const end = (outcome: "done" | "each alone") => {
          if (outcome === "done") for (const { settle } of members) settle(ok([]));
          resolve(outcome);
        };
        begun.push({ size: members.length, commit: committing, end });
      }),
    alone({ streams }) {
      alone.push(...streams.map(({ streamId }) => streamId));
      return Promise.resolve(ok([]));
    },
    byItself: () => Promise.resolve("done"),
  };
  return { group: createGroupCommit(transact), begun, alone };
}

async function turns(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await setImmediate();
}

it("while a transaction commits, the next is sent with all that was asked for meanwhile, but no third", async () => {
  const { group, begun } = stepwise();
  const asked = [group.append(append)];
  await turns();
  asked.push(group.append(append), group.append(append));
  await turns();
  expect(begun.map(({ size }) => size)).toEqual([1]);
  begun[0]?.commit();
  await turns();
  asked.push(group.append(append));
  begun[1]?.commit();
  await turns();
  expect(begun.map(({ size }) => size)).toEqual([1, 2]);
  begun[0]?.end("done");
  await turns();
  expect(begun.map(({ size }) => size)).toEqual([1, 2, 1]);
  let isDrained = false;
  const draining = group.drained().then(() => (isDrained = true));
  begun[2]?.end("done");
  await turns();
  expect(isDrained).toBe(false);
  begun[1]?.end("done");
  await draining;
  expect((await Promise.all(asked)).every((answer) => answer.isOk())).toBe(true);
});

it("drained waits also for what is asked for as soon as the last answer has come", async () => {
  const heard: string[] = [];
  const ends: Gate<null>[] = [];
  const group = createGroupCommit({
    together: () => Promise.resolve("done"),
    alone: () => Promise.resolve(ok([])),
    async byItself(step, committing) {
      await step.run(connection);
      committing();
      const end = createGate<null>();
      ends.push(end);
      await end.opened;
      return "done";
    },
  });
  const claiming = (async () => {
    for (const round of ["first", "second"]) await valueOf(group.following(() => Promise.resolve(heard.push(round))));
  })();
  await turns();
  const drained = group.drained().then(() => heard.push("drained"));
  ends[0]?.open(null);
  await turns();
  ends[1]?.open(null);
  await Promise.all([claiming, drained]);
  expect(heard).toEqual(["first", "second", "drained"]);
});

it("if a transaction fails as it commits, its members are tried alone while the next goes on", async () => {
  const { group, begun, alone } = stepwise();
  const first = group.append(append);
  await turns();
  const second = group.append(append);
  begun[0]?.commit();
  await turns();
  begun[0]?.end("each alone");
  expect([(await first).isOk(), alone]).toEqual([true, [deliveryStream("d")]]);
  begun[1]?.end("done");
  expect((await second).isOk()).toBe(true);
});
