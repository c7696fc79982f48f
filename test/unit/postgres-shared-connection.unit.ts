import { expect, it } from "vitest";
import type { Connection, Lend } from "../../src/adapters/postgres/connection.ts";
import { shareConnection } from "../../src/adapters/postgres/shared-connection.ts";
import { createGate } from "../support/gate.ts";
import { promisesSettled } from "../support/when-idle.ts";

/** Lends one connection after another, and notes how each has come back. */
function lending(isAwaited = () => false) {
  const lent: Connection[] = [];
  const back: unknown[] = [];
  const lend: Lend = async (work) => {
    const connection: Connection = Object.create(null);
    lent.push(connection);
    try {
      const value = await work(connection);
      back.push("well");
      return value;
    } catch (thrown) {
      back.push(thrown);
      throw thrown;
    }
  };
  return { share: shareConnection(lend, isAwaited), lent, back };
}

it("whoever asks while a connection is lent shares it, and it goes back when the last user has ended", async () => {
  const { share, lent, back } = lending();
  const [one, two] = [createGate<string>(), createGate<string>()];
  const used: Connection[] = [];
  const use = (gate: typeof one) =>
    share((connection) => {
      used.push(connection);
      return gate.opened;
    });
  const [first, second] = [use(one), use(two)];
  one.open("one");
  expect(await first).toBe("one");
  await promisesSettled();
  expect(back).toEqual([]);
  two.open("two");
  expect(await second).toBe("two");
  await promisesSettled();
  expect([back, lent.length, new Set(used).size]).toEqual([["well"], 1, 1]);
  await share(() => Promise.resolve());
  expect(lent).toHaveLength(2);
});

it("after one user has failed nobody joins, and the lender hears of the failure when all have ended", async () => {
  const { share, lent, back } = lending();
  const [one, two] = [createGate<string>(), createGate<string>()];
  const failed = new Error("failed");
  const first = share(async () => {
    await one.opened;
    throw failed;
  });
  const second = share(() => two.opened);
  one.open("");
  await expect(first).rejects.toBe(failed);
  const third = share((connection) => Promise.resolve(connection));
  await promisesSettled();
  expect([lent.length, back]).toEqual([1, []]);
  two.open("two");
  expect(await second).toBe("two");
  expect(await third).toBe(lent[1]);
  expect(back).toEqual([failed, "well"]);
});

it("while somebody waits for a connection nobody joins, and the next is lent another once it is back", async () => {
  let isAwaited = false;
  const { share, lent, back } = lending(() => isAwaited);
  const gate = createGate<string>();
  const first = share(() => gate.opened);
  await promisesSettled();
  isAwaited = true;
  const second = share(() => Promise.resolve("second"));
  await promisesSettled();
  expect(lent).toHaveLength(1);
  isAwaited = false;
  gate.open("first");
  expect([await first, await second, lent.length, back.length]).toEqual(["first", "second", 2, 2]);
});

it("the connection goes back after a while, even if users follow each other without a pause", async () => {
  const { share, lent, back } = lending();
  let ended = 0;
  const use = async (left: number): Promise<void> => {
    if (left === 0) return;
    const gate = createGate<null>();
    const using = share(() => gate.opened);
    // The next one asks before this one has ended.
    const next = promisesSettled().then(() => use(left - 1));
    await promisesSettled();
    gate.open(null);
    await using;
    ended += 1;
    await next;
  };
  await use(250);
  expect([ended, lent.length, back]).toEqual([250, 3, ["well", "well", "well"]]);
});

it("if no connection can be lent, whoever asks hears why, and the next one asks again", async () => {
  const reason = new Error("none");
  let refusals = 0;
  const share = shareConnection(
    () => {
      refusals += 1;
      return Promise.reject(reason);
    },
    () => false,
  );
  for (const times of [1, 2]) {
    await expect(share(() => Promise.resolve())).rejects.toBe(reason);
    expect(refusals).toBe(times);
  }
});
