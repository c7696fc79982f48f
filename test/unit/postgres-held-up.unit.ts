import { err, ok } from "neverthrow";
import { expect, it } from "vitest";
import { createHeldUp } from "../../src/adapters/postgres/held-up.ts";
import type { Transact } from "../../src/adapters/postgres/transact.ts";
import type { Commit } from "../../src/ports/commit.ts";
import { message } from "../../src/testing/contracts/storage/facts.ts";

const under = (idempotencyKey: string): Commit => ({
  recordedAt: 0,
  streams: [],
  messages: [message(`m-${idempotencyKey}`, { idempotencyKey })],
});

/** Each try takes a quarter of a second, and finds the key held if it is in `held`. */
function setUp(...keys: string[]) {
  return setUpInDoubt(false, ...keys);
}

function setUpInDoubt(isInDoubt: boolean, ...keys: string[]) {
  const held = new Set(keys);
  let time = 0;
  const tried: string[] = [];
  const alone: Transact["alone"] = (commit) => {
    const key = commit.messages?.[0]?.idempotencyKey ?? "";
    tried.push(key);
    time += 250;
    if (key === "broken") throw new Error("a bug");
    return Promise.resolve(held.has(key) ? { heldUp: true, isInDoubt } : ok([]));
  };
  const heldUp = createHeldUp(alone, () => time);
  const outcomes: [string, unknown][] = [];
  const add = (key: string) =>
    heldUp.add(
      {
        commit: under(key),
        settle: (outcome) => outcomes.push([key, outcome]),
        reject: (bug) => outcomes.push([key, bug.message]),
      },
      false,
    );
  return { heldUp, add, tried, outcomes };
}

it("commits are tried in turn, and neither a held key nor a bug keeps the others waiting", async () => {
  const { heldUp, add, outcomes } = setUp("k");
  for (const key of ["k", "broken", "free"]) add(key);
  expect(["k", "free", "other"].map((key) => heldUp.isBefore(under(key)))).toEqual([true, true, false]);
  await heldUp.drained();
  expect(outcomes.slice(0, 2)).toEqual([
    ["broken", "a bug"],
    ["free", ok([])],
  ]);
  expect(heldUp.isBefore(under("k"))).toBe(false);
});

it("a commit that is held up for half a minute is locked, and can be tried again", async () => {
  const { heldUp, add, tried, outcomes } = setUp("k");
  add("k");
  await heldUp.drained();
  const message = "another transaction has held the idempotency key for 30 s";
  expect(outcomes).toEqual([["k", err(expect.objectContaining({ reason: "locked", retryable: true, message }))]]);
  expect(tried).toHaveLength(120);
});

it("if a commit that is held up may have been done meanwhile, it is in doubt, and not retryable", async () => {
  const { heldUp, add, outcomes } = setUpInDoubt(true, "k");
  add("k");
  await heldUp.drained();
  const locked: unknown = expect.objectContaining({ reason: "locked" });
  expect(outcomes).toEqual([
    ["k", err(expect.objectContaining({ reason: "in-doubt", retryable: false, cause: locked }))],
  ]);
});
