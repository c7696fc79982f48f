import { expect, it } from "vitest";
import { valueOf } from "../results.ts";
import { commit, deliveryStream, message, record, scheduled, succeeded, T0 } from "./facts.ts";
import type { Harnesses } from "./opening.ts";
import { prune, publish } from "./retention.ts";

export function registerRetentionStepCases({ open }: Harnesses): void {
  it("looks in each step at no more than it was asked to, and in all together at everything", async () => {
    const { storage } = await open();
    const ids = Array.from({ length: 7 }, (_, index) => `d${index}`);
    await publish(storage, "a", ids);
    for (const id of ids) if (id !== "d3") await record(storage, deliveryStream(id), succeeded);
    const first = await valueOf(storage.retention.pruneDeliveries(T0 + 1, "", 2));
    expect(first).toEqual({ removed: 2, events: 4, next: "d1" });
    expect(await prune(storage, T0 + 1, 2)).toMatchObject({ deliveries: 4, messages: 0 });
    expect((await valueOf(storage.deliveries.list({ limit: 10 }))).map(({ deliveryId }) => deliveryId)).toEqual(["d3"]);
  });

  it("goes through deliveries and messages by their ids, in whatever order they came", async () => {
    const { storage } = await open();
    const order = ["c", "a", "d", "b"];
    for (const id of order) await publish(storage, id, [`of-${id}`]);
    for (const id of order) await record(storage, deliveryStream(`of-${id}`), succeeded);
    const { retention } = storage;
    for (const [id, next] of [
      ["", "a"],
      ["a", "b"],
      ["b", "c"],
      ["c", "d"],
    ] as const) {
      const after = id === "" ? "" : `of-${id}`;
      expect(await valueOf(retention.pruneDeliveries(T0 + 1, after, 1))).toMatchObject({ next: `of-${next}` });
      expect(await valueOf(retention.pruneMessages(T0 + 1, id, 1))).toMatchObject({ removed: 1, next });
    }
  });

  it("ends at a step whose rows are all younger, since those after them are younger too", async () => {
    const { storage } = await open();
    const streams = [{ streamId: deliveryStream("d0"), expectedVersion: "any", events: [scheduled("d0")] }] as const;
    await valueOf(storage.writer.append({ recordedAt: T0, streams, messages: [message("m0")] }));
    for (const index of [1, 2, 3]) {
      const events = [scheduled(`d${index}`)];
      const later = commit(deliveryStream(`d${index}`), "any", events, {
        recordedAt: T0 + 10,
        messages: [message(`m${index}`, { createdAt: T0 + 10 })],
      });
      await valueOf(storage.writer.append(later));
    }
    const { retention } = storage;
    const next = async (before: number, afterIndex: number | null, limit: number) => {
      const [delivery, sent] = afterIndex === null ? ["", ""] : [`d${afterIndex}`, `m${afterIndex}`];
      const deliveries = await valueOf(retention.pruneDeliveries(before, delivery, limit));
      const messages = await valueOf(retention.pruneMessages(before, sent, limit));
      return [deliveries.next, messages.next];
    };
    expect(await next(T0, null, 2)).toEqual([null, null]);
    expect(await next(T0 + 10, null, 2)).toEqual(["d1", "m1"]); // d0 is pending, and older
    expect(await next(T0 + 10, 1, 1)).toEqual([null, null]);
    expect(await next(T0 + 11, 1, 1)).toEqual(["d2", "m2"]);
  });

  it("gives the event loop a turn before each step", async () => {
    const { storage } = await open();
    let turns = 0;
    setImmediate(() => (turns += 1));
    await valueOf(storage.retention.pruneDeliveries(T0, "", 1));
    expect(turns).toBe(1);
    setImmediate(() => (turns += 1));
    await valueOf(storage.retention.pruneMessages(T0, "", 1));
    expect(turns).toBe(2);
  });
}
