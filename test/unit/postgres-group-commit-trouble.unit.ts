import { ok } from "neverthrow";
import { expect, it } from "vitest";
import type { Connection } from "../../src/adapters/postgres/connection.ts";
import type { Decided } from "../../src/adapters/postgres/decide.ts";
import { createGroupCommit } from "../../src/adapters/postgres/group-commit.ts";
import type { Outcome, StillHeldUp, Transact } from "../../src/adapters/postgres/transact.ts";
import type { Commit } from "../../src/ports/commit.ts";
import { storageError } from "../../src/ports/storage-error.ts";
import { commit, deliveryStream, message, scheduled } from "../../src/testing/contracts/storage/facts.ts";
import { createGate } from "../support/gate.ts";
import { promisesSettled } from "../support/when-idle.ts";

const connection: Connection = Object.create(null);

const plain = (id: string): Commit => commit(deliveryStream(id), "no-stream", [scheduled(id)]);
const under = (key: string): Commit => ({ ...plain(key), messages: [message(key, { idempotencyKey: key })] });
const idsOf = ({ streams }: Commit) => streams.map(({ streamId }) => streamId.slice(deliveryStream("").length));

interface Script {
  /** What the first transactions come to, or the bug that breaks them off. Those after them are done. */
  readonly together?: readonly (Outcome | Error)[];
  readonly alone?: (times: number) => Promise<Decided | StillHeldUp>;
}

/** Records what each transaction was asked to do, and what was tried alone. */
function coming({ together: outcomes = [], alone: answer = () => Promise.resolve(ok([])) }: Script) {
  const together: string[][] = [];
  const alone: string[] = [];
  const doubts: boolean[] = [];
  const transact: Transact = {
    async together(members, { step }) {
      const outcome = outcomes[together.length] ?? "done";
      together.push([...members.flatMap((member) => idsOf(member.commit)), ...(step === null ? [] : ["a step"])]);
      await step?.run(connection).catch(() => undefined);
      if (outcome instanceof Error) throw outcome;
      if (step?.blame()) return "each alone";
      if (outcome === "done") for (const { settle } of members) settle(ok([]));
      return outcome;
    },
    alone(asked, isInDoubt) {
      alone.push(...idsOf(asked));
      doubts.push(isInDoubt);
      return answer(alone.length);
    },
    byItself: () => Promise.resolve(storageError("unexpected", "no step is to run by itself")),
  };
  return { group: createGroupCommit(transact), together, alone, doubts };
}

it("commits that carry keys are held up, no others are, and a later one under such a key waits behind them", async () => {
  const held = createGate<Decided>();
  const { group, together, alone } = coming({ together: ["held up"], alone: () => held.opened });
  const holding = [group.append(under("k"))];
  expect((await group.append(plain("a"))).isOk()).toBe(true);
  holding.push(group.append(under("k")));
  const others = [group.append(under("other")), group.append(plain("b"))];
  expect((await Promise.all(others)).every((one) => one.isOk())).toBe(true);
  expect(together).toEqual([["k", "a"], ["a"], ["other", "b"]]);
  expect(alone).toEqual(["k"]);
  let isDrained = false;
  const drained = group.drained().then(() => (isDrained = true));
  for (let turn = 0; turn < 5; turn += 1) await promisesSettled();
  expect(isDrained).toBe(false);
  held.open(ok([]));
  await drained;
  expect((await Promise.all(holding)).every((one) => one.isOk())).toBe(true);
  expect(alone).toEqual(["k", "k"]);
});

it.each<[come: Outcome, doubts: readonly boolean[]]>([
  ["held up", [false, true, true]],
  ["each alone", [false, true, true]],
  ["each alone, in doubt", [true, true, true]],
])("once a commit may have been done, it is in doubt at every later try (%s)", async (come, doubts) => {
  const stillHeld = { heldUp: true, isInDoubt: true } as const;
  const setting = coming({ together: [come], alone: async (times) => (times < 3 ? stillHeld : ok([])) });
  expect((await setting.group.append(under("k"))).isOk()).toBe(true);
  expect(setting.doubts).toEqual(doubts);
});

it("a claim that the database refuses keeps no append from being done together with the others", async () => {
  const { group, together, alone } = coming({});
  const refusal = Object.assign(new Error("the server refuses"), { code: "57014", severity: "ERROR" });
  const appends = [group.append(plain("a")), group.append(plain("b"))];
  const claim = await group.following(() => Promise.reject(refusal));
  expect(claim._unsafeUnwrapErr()).toMatchObject({ type: "StorageError", reason: "timeout" });
  expect((await Promise.all(appends)).every((one) => one.isOk())).toBe(true);
  expect(together).toEqual([
    ["a", "b", "a step"],
    ["a", "b"],
  ]);
  expect(alone).toEqual([]);
});

it("what a claim has found in a transaction that came to nothing is not its answer", async () => {
  const { group } = coming({ together: ["held up"] });
  const appending = [group.append(under("k")), group.append(plain("a"))];
  let runs = 0;
  const claim = group.following(() => {
    runs += 1;
    return runs === 1 ? Promise.resolve("leased") : Promise.reject(new Error("Connection terminated unexpectedly"));
  });
  expect((await claim)._unsafeUnwrapErr()).toMatchObject({ type: "StorageError", reason: "disconnected" });
  expect(runs).toBe(2);
  expect((await Promise.all(appending)).every((one) => one.isOk())).toBe(true);
});

it("if a bug breaks off a transaction, all who wait for it are told", async () => {
  const bug = new Error("a bug");
  const { group } = coming({ together: [bug] });
  const asked = [group.append(plain("a")), group.following(() => Promise.resolve("claimed"))];
  expect(await Promise.allSettled(asked)).toEqual(Array(2).fill({ status: "rejected", reason: bug }));
  expect((await group.append(plain("b")))._unsafeUnwrap()).toEqual([]);
});
