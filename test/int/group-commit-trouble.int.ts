import { describe, expect, it } from "vitest";
import type { AppendError } from "../../src/ports/ledger-writer.ts";
import type { Storage } from "../../src/ports/storage.ts";
import { claimOf } from "../../src/testing/contracts/storage/claims.ts";
import {
  commit,
  deliveryStream,
  everything,
  message,
  schedule,
  scheduled,
  secret,
} from "../../src/testing/contracts/storage/facts.ts";
import { errorOf, valueOf } from "../../src/testing/contracts/results.ts";
import { onNew, troubles, withStreams } from "../support/commit-troubles.ts";
import { countedStorage } from "../support/counting-commits.ts";

async function prepared() {
  const counted = await countedStorage();
  const { storage } = counted;
  await schedule(storage, "there");
  await valueOf(storage.queue.claim(() => claimOf({ owner: "B" })));
  await valueOf(
    storage.writer.append(commit("message-s", "any", [], { secrets: [{ op: "put", secret: secret("there") }] })),
  );
  return { ...counted, before: counted.counts() };
}

function neighbour(storage: Storage, index: number) {
  const id = `d${index}`;
  const messages = [message(`m${index}`, { idempotencyKey: `key-${index}` })];
  return storage.writer.append(commit(deliveryStream(id), "no-stream", [scheduled(id)], { messages }));
}

/** Nothing of the refused commit was written, and everything of its neighbours. */
async function expectNeighbours(storage: Storage, count: number): Promise<void> {
  const { events, webhooks, deliveries } = await everything(storage);
  expect(webhooks).toEqual([]);
  expect(deliveries).toHaveLength(count + 1);
  expect(events).toHaveLength(count + 1);
  for (let index = 0; index < count; index += 1)
    expect(await valueOf(storage.messages.get(`m${index}`))).toMatchObject({ idempotencyKey: `key-${index}` });
  expect(await valueOf(storage.messages.get("mine"))).toBeNull();
  expect((await valueOf(storage.projections.verify())).differences).toEqual([]);
}

describe("the trouble of one member of a transaction does not touch the others", () => {
  it.each(troubles)("$what", async ({ commit: refused, error, isShared }) => {
    const { storage, counts, before } = await prepared();
    const first = [0, 1, 2].map((index) => neighbour(storage, index));
    const troubled: PromiseLike<AppendError> = errorOf(storage.writer.append(refused()));
    const last = [3, 4, 5].map((index) => neighbour(storage, index));
    for (const append of [...first, ...last]) expect(await valueOf(append)).toMatchObject([{ version: 1 }]);
    expect(await troubled).toMatchObject(error);
    const { commits, rollbacks } = counts();
    expect(commits - before.commits).toBe(isShared ? 1 : 6);
    expect(rollbacks > 0).toBe(!isShared);
    await expectNeighbours(storage, 6);
  });

  it("if a bug throws in an append or a claim, its promise rejects, and the others are written", async () => {
    const { storage } = await prepared();
    const bug = new Error("a bug");
    const metadata = Object.defineProperty({}, "actor", {
      enumerable: true,
      get: () => {
        throw bug;
      },
    });
    const first = neighbour(storage, 0);
    const appending = storage.writer.append(withStreams([onNew], { metadata }));
    const claiming = storage.queue.claim(() => {
      throw bug;
    });
    const last = neighbour(storage, 1);
    await expect(appending).rejects.toBe(bug);
    await expect(claiming).rejects.toBe(bug);
    for (const append of [first, last]) expect(await valueOf(append)).toMatchObject([{ version: 1 }]);
    await expectNeighbours(storage, 2);
    expect(await valueOf(neighbour(storage, 2))).toHaveLength(1);
  });

  it("with every trouble at once, each has its own error, and all the others are written", async () => {
    const { storage } = await prepared();
    const ok = troubles.flatMap((_, index) => [neighbour(storage, 2 * index), neighbour(storage, 2 * index + 1)]);
    const errors = await Promise.all(troubles.map((trouble) => errorOf(storage.writer.append(trouble.commit()))));
    for (const append of ok) expect(await valueOf(append)).toHaveLength(1);
    expect(errors).toMatchObject(troubles.map(({ error }) => error));
    await expectNeighbours(storage, ok.length);
  });
});
