import { expect, it } from "vitest";
import type { PruneStep } from "../../../ports/retention.ts";
import type { Storage } from "../../../ports/storage.ts";
import { valueOf } from "../results.ts";
import { commit, deliveryStream, failed, message, record, schedule, succeeded, T0 } from "./facts.ts";
import type { Harnesses } from "./opening.ts";

export const exhausted = { type: "DeliveryExhausted", data: { attempts: 1 } } as const;

export async function publish(storage: Storage, messageId: string, deliveryIds: readonly string[]): Promise<void> {
  const matched = deliveryIds.map((deliveryId) => ({ webhookId: "webhook-1", deliveryId }));
  const data = { messageId, tenantId: "", event: "memory.updated", matched, skipped: [] };
  const messages = [message(messageId, { idempotencyKey: `key-${messageId}` })];
  const published = commit(`message-${messageId}`, "no-stream", [{ type: "MessagePublished", data }], { messages });
  await valueOf(storage.writer.append(published));
  for (const deliveryId of deliveryIds) await schedule(storage, deliveryId, { messageId });
}

/** Prunes deliveries and then messages, step by step. */
export async function prune({ retention }: Storage, before: number, limit = 100) {
  const removed = { deliveries: 0, messages: 0, events: 0, steps: 0 };
  for (const kind of ["deliveries", "messages"] as const) {
    for (let after: string | null = ""; after !== null; removed.steps += 1) {
      const done: PruneStep = await valueOf(
        kind === "deliveries"
          ? retention.pruneDeliveries(before, after, limit)
          : retention.pruneMessages(before, after, limit),
      );
      removed[kind] += done.removed;
      removed.events += done.events;
      after = done.next;
    }
  }
  return removed;
}

export function registerRetentionCases({ open }: Harnesses): void {
  it("removes what was settled before, with its stream, its responses and its message; all else stays", async () => {
    const { storage } = await open();
    await publish(storage, "a", ["a1", "a2"]);
    await publish(storage, "b", ["b1", "b2"]);
    await publish(storage, "c", []);
    await publish(storage, "d", ["d1"]);
    const responses = [{ deliveryId: "a1", attempt: 1, excerpt: "no" }];
    const ending = commit(deliveryStream("a1"), 1, [failed(1, null), exhausted], { responses });
    await valueOf(storage.writer.append(ending));
    for (const id of ["a2", "b1"]) await record(storage, deliveryStream(id), succeeded);
    const late = commit(deliveryStream("d1"), 1, [succeeded]);
    await valueOf(storage.writer.append({ ...late, recordedAt: T0 + 10 }));
    expect(await prune(storage, T0 + 1)).toEqual({ deliveries: 3, messages: 2, events: 9, steps: 2 });
    const left = await valueOf(storage.reader.readAll({ limit: 100 }));
    expect(new Set(left.map(({ streamId }) => streamId))).toEqual(
      new Set(["message-b", "delivery-b2", "message-d", "delivery-d1"]),
    );
    expect(await valueOf(storage.responses.ofDeliveries(["a1"]))).toEqual([]);
    expect(await valueOf(storage.deliveries.get("a1"))).toBeNull();
    expect(await valueOf(storage.messages.get("a"))).toBeNull();
    expect(await valueOf(storage.messages.get("b"))).not.toBeNull();
    expect((await valueOf(storage.projections.verify())).differences).toEqual([]);
    await valueOf(storage.projections.rebuild());
    expect((await valueOf(storage.deliveries.list({ limit: 10 }))).map(({ deliveryId }) => deliveryId)).toEqual([
      "b2",
      "d1",
    ]);
  });

  it("gives no position again, even if the last event is gone, so whoever follows them misses nothing", async () => {
    const { storage } = await open();
    await publish(storage, "a", ["a1"]);
    await record(storage, deliveryStream("a1"), succeeded);
    expect((await prune(storage, T0 + 1)).events).toBe(3);
    expect(await valueOf(storage.reader.readAll({ limit: 10 }))).toEqual([]);
    await publish(storage, "b", ["b1"]);
    const positions = (await valueOf(storage.reader.readAll({ after: 3, limit: 10 }))).map(({ position }) => position);
    expect(positions).toHaveLength(2);
    expect(Math.min(...positions)).toBeGreaterThan(3);
    expect(await valueOf(storage.reader.readAll({ after: positions[0] ?? 0, limit: 10 }))).toHaveLength(1);
  });

  it("leaves what was settled at that very time", async () => {
    const { storage } = await open();
    await publish(storage, "a", ["a1"]);
    await valueOf(storage.writer.append({ ...commit(deliveryStream("a1"), 1, [succeeded]), recordedAt: T0 + 10 }));
    expect(await prune(storage, T0 + 10)).toMatchObject({ deliveries: 0, messages: 0 });
    expect(await prune(storage, T0 + 11)).toMatchObject({ deliveries: 1, messages: 1 });
  });

  it("makes an idempotency key free again once its message is gone", async () => {
    const { storage } = await open();
    await publish(storage, "a", []);
    await prune(storage, T0 + 1);
    expect(await valueOf(storage.messages.findByIdempotencyKey("", "key-a"))).toBeNull();
    const messages = [message("b", { idempotencyKey: "key-a" })];
    await valueOf(storage.writer.append({ recordedAt: T0, streams: [], messages }));
  });

  it("leaves what was redelivered, which is pending", async () => {
    const { storage } = await open();
    await publish(storage, "a", ["a1"]);
    await record(storage, deliveryStream("a1"), failed(1, null), exhausted);
    const dueAt = new Date(T0).toISOString();
    await record(storage, deliveryStream("a1"), { type: "RedeliveryRequested", data: { dueAt } });
    expect(await prune(storage, T0 + 1)).toMatchObject({ deliveries: 0, messages: 0, events: 0 });
  });
}
