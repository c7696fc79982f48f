import { expect, it } from "vitest";
import type { Commit } from "../../../ports/commit.ts";
import { errorOf, valueOf } from "../results.ts";
import { commit, deliveryStream, failed, record, scheduled, T0 } from "./facts.ts";
import type { Harnesses } from "./opening.ts";
import { exhausted, prune, publish } from "./retention.ts";

function erasing(messageId: string): Commit {
  return commit(`message-${messageId}`, 1, [{ type: "MessageErased", data: {} }], { erasures: [messageId] });
}

/** Returns a delivery of the message to one more webhook. */
function addressing(messageId: string): Commit {
  const deliveryId = `${messageId}-2`;
  const addressed = { type: "MessageAddressed", data: { webhookId: "webhook-2", deliveryId } } as const;
  const { streams } = commit(`message-${messageId}`, 1, [addressed]);
  const delivery = commit(deliveryStream(deliveryId), "no-stream", [scheduled(deliveryId, { messageId })]);
  return { ...delivery, streams: [...streams, ...delivery.streams] };
}

/** Returns the redelivery of an exhausted delivery. */
function redelivering(deliveryId: string): Commit {
  const dueAt = new Date(T0).toISOString();
  return commit(deliveryStream(deliveryId), 3, [{ type: "RedeliveryRequested", data: { dueAt } }]);
}

export function registerPrunedMeanwhileCases({ open }: Harnesses): void {
  it("is refused if it was decided on what was there before", async () => {
    const { storage } = await open();
    await publish(storage, "a", ["a1"]);
    await record(storage, deliveryStream("a1"), failed(1, null), exhausted);
    await prune(storage, T0 + 1);
    for (const late of [erasing("a"), addressing("a"), redelivering("a1")])
      expect(await errorOf(storage.writer.append(late))).toMatchObject({ type: "VersionConflict", actual: 0 });
    expect(await valueOf(storage.reader.readAll({ limit: 10 }))).toEqual([]);
    expect(await valueOf(storage.deliveries.list({ limit: 10 }))).toEqual([]);
  });

  it("goes to a whole stream or is refused if it is made at the same time, and leaves no delivery without its message", async () => {
    const { storage, another } = await open();
    const pruner = await another();
    const late: Commit[] = [];
    for (let n = 10; n < 30; n += 1) {
      for (const kind of ["erased", "addressed"]) await publish(storage, `${n}-${kind}`, []);
      await publish(storage, `${n}-redelivered`, [`${n}`]);
      await record(storage, deliveryStream(`${n}`), failed(1, null), exhausted);
      late.push(erasing(`${n}-erased`), addressing(`${n}-addressed`), redelivering(`${n}`));
    }
    const [answers] = await Promise.all([
      Promise.all(late.map((one) => storage.writer.append(one))),
      prune(pruner, T0 + 1, 7),
    ]);
    for (const answer of answers)
      if (answer.isErr()) expect(answer.error).toMatchObject({ type: "VersionConflict", actual: 0 });
    expect((await valueOf(storage.projections.verify())).differences).toEqual([]);
    for (const { messageId } of await valueOf(storage.deliveries.list({ limit: 100 })))
      expect(await valueOf(storage.messages.get(messageId))).not.toBeNull();
    await prune(storage, T0 + 1);
    const left = await valueOf(storage.reader.readAll({ limit: 1000 }));
    expect(left.filter(({ type }) => type === "MessageErased")).toEqual([]);
  });
}
