import { setImmediate } from "node:timers/promises";
import { expect, it } from "vitest";
import type { RecordedEvent } from "../../../domain/ledger/index.ts";
import type { Storage } from "../../../ports/storage.ts";
import { valueOf } from "../results.ts";
import { commit, deliveryStream, record, registered, scheduled, webhookStream } from "./facts.ts";
import type { StorageHarness } from "./harness.ts";
import type { Harnesses } from "./opening.ts";

const appendedTo = (id: string) => commit(deliveryStream(id), "no-stream", [scheduled(id)]);

/** Creates a follower: each look reads on from where the last one ended, up to what is settled. */
function createFollower({ reader }: Storage) {
  const seen: RecordedEvent[] = [];
  return {
    seen,
    async look(): Promise<void> {
      const settled = await valueOf(reader.settledPosition());
      const after = seen.at(-1)?.position ?? 0;
      const page = await valueOf(reader.readAll({ limit: 1000, ...(after > 0 && { after }) }));
      seen.push(...page.filter(({ position }) => position <= settled));
    },
  };
}

/** If an adapter has one writer at a time, nothing can commit beside a slow transaction, and `slow` is left out. */
export function registerSettledPositionCases(lent: StorageHarness, harnesses: Harnesses): void {
  registerCases(harnesses);
  if (lent.slow !== undefined) registerSlowTransactionCases(harnesses);
}

function registerCases({ open }: Harnesses): void {
  it("is the position of the last event", async () => {
    const { storage } = await open();
    expect(await valueOf(storage.reader.settledPosition())).toBe(0);
    for (const id of ["a", "b"]) await record(storage, webhookStream(id), registered(id));
    const events = await valueOf(storage.reader.readAll({ limit: 9 }));
    expect(await valueOf(storage.reader.settledPosition())).toBe(events.at(-1)?.position);
  });

  it("lets whoever reads up to it miss nothing of what several storages append at once, and read it in order", async () => {
    const { storage, another } = await open();
    const writers = [storage, await another(), await another()];
    const follower = createFollower(await another());
    const appends = writers.flatMap(({ writer }, index) =>
      Array.from({ length: 40 }, async (_, turn) => {
        // One after the other, so that many transactions overlap with the others'.
        for (const part of [1, 2]) await valueOf(writer.append(appendedTo(`d-${index}-${turn}-${part}`)));
      }),
    );
    const done = Promise.all(appends).then(() => "done");
    // What is under way goes on between two looks.
    while ((await Promise.race([done, setImmediate("not yet")])) !== "done") await follower.look();
    await follower.look();
    expect(follower.seen).toEqual(await valueOf(storage.reader.readAll({ limit: 1000 })));
    expect(follower.seen).toHaveLength(writers.length * 80);
  });
}

function registerSlowTransactionCases({ open }: Harnesses): void {
  it("does not pass over a transaction that commits after a later position was read (the gap)", async () => {
    const { storage, another, slow } = await open();
    const follower = createFollower(await another());
    const transaction = await slow?.(appendedTo("slow"));
    await valueOf(storage.writer.append(appendedTo("quick")));
    expect(await valueOf(storage.reader.readStream(deliveryStream("quick")))).toHaveLength(1);
    await follower.look();
    expect(follower.seen).toEqual([]);
    await transaction?.end("commit");
    await follower.look();
    expect(follower.seen.map(({ streamId }) => streamId)).toEqual(["slow", "quick"].map(deliveryStream));
  });

  it("is not held up by the gap that a rolled back transaction leaves", async () => {
    const { storage, slow } = await open();
    const follower = createFollower(storage);
    const transaction = await slow?.(appendedTo("slow"));
    await valueOf(storage.writer.append(appendedTo("quick")));
    await transaction?.end("rollback");
    await follower.look();
    expect(follower.seen.map(({ streamId }) => streamId)).toEqual([deliveryStream("quick")]);
  });
}
