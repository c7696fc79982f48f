import { err, ok } from "neverthrow";
import { setImmediate } from "node:timers/promises";
import { expect, it } from "vitest";
import type { Connection } from "../../src/adapters/postgres/connection.ts";
import { createGroupCommit } from "../../src/adapters/postgres/group-commit.ts";
import type { Transact } from "../../src/adapters/postgres/transact.ts";
import { storageError } from "../../src/ports/storage-error.ts";
import { valueOf } from "../../src/testing/contracts/results.ts";
import { commit, deliveryStream, scheduled } from "../../src/testing/contracts/storage/facts.ts";

const connection: Connection = Object.create(null);

/** Transactions that always go through, and what each of them was. */
function recorded() {
  const transactions: string[] = [];
  const transact: Transact = {
    async together(members, step) {
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

it("a claim is made after what was asked for before it, however many publish without end", async () => {
  const { group, transactions } = recorded();
  let isOver = false;
  const publishers = Array.from({ length: 1500 }, async () => {
    while (!isOver && transactions.length < 100) await valueOf(group.append(append));
  });
  await setImmediate();
  const claimed = await group.following(() => Promise.resolve(transactions.length));
  isOver = true;
  await Promise.all(publishers);
  // 1,500 were asked for before it, 512 at a time.
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
