import { expect, it } from "vitest";
import type { AttemptedWebhook } from "../../../ports/commit.ts";
import type { Storage } from "../../../ports/storage.ts";
import { valueOf } from "../results.ts";
import { claimed } from "./claims.ts";
import { commit, deliveryStream, failed, record, registered, schedule, scheduled, T0, webhookStream } from "./facts.ts";
import type { Harnesses } from "./opening.ts";

function pause(webhookId: string, pausedUntil: number | null): AttemptedWebhook {
  return { webhookId, at: T0, failing: true, pausedUntil };
}

/** Pauses a webhook as the outcome of an attempt does. */
async function pauseUntil(storage: Storage, webhookId: string, pausedUntil: number): Promise<void> {
  await valueOf(storage.writer.append(commit("message-m", "any", [], { health: [pause(webhookId, pausedUntil)] })));
}

async function idsAt(storage: Storage, now: number): Promise<readonly string[]> {
  return (await claimed(storage, { now, leaseUntil: now + 1 })).map(({ deliveryId }) => deliveryId).sort();
}

export function registerPauseCases({ open }: Harnesses): void {
  it("holds back claims to the webhook until its exact millisecond, by any storage; others are served", async () => {
    const { storage, another } = await open();
    const other = await another();
    await schedule(storage, "a", { webhookId: "paused" });
    await schedule(storage, "b", { webhookId: "other" });
    await pauseUntil(storage, "paused", T0 + 500);
    expect(await idsAt(other, T0)).toEqual(["b"]);
    await record(storage, deliveryStream("b"), failed(1, T0 + 10_000));
    expect(await valueOf(other.queue.nextDueAt())).toBe(T0 + 500);
    expect(await valueOf(storage.queue.nextDueAt({ deliveryIds: ["a"] }))).toBe(T0 + 500);
    expect(await idsAt(other, T0 + 499)).toEqual([]);
    expect(await idsAt(storage, T0 + 500)).toEqual(["a"]);
  });

  it("holds back what is scheduled, retried, released or redelivered during it too", async () => {
    const { storage } = await open();
    for (const id of ["released", "retried", "redelivered"]) await schedule(storage, id);
    expect(await claimed(storage)).toHaveLength(3);
    await pauseUntil(storage, "webhook-1", T0 + 500);
    await schedule(storage, "scheduled");
    await valueOf(storage.queue.release("A", ["released"]));
    await record(storage, deliveryStream("retried"), failed(1, T0 + 1));
    await record(
      storage,
      deliveryStream("redelivered"),
      { type: "DeliveryCancelled", data: { reason: "operator" } },
      { type: "RedeliveryRequested", data: { dueAt: new Date(T0).toISOString() } },
    );
    expect(await idsAt(storage, T0 + 499)).toEqual([]);
    expect(await valueOf(storage.queue.nextDueAt())).toBe(T0 + 500);
    expect(await idsAt(storage, T0 + 500)).toEqual(["redelivered", "released", "retried", "scheduled"]);
  });

  it("is not shortened by a shorter pause that comes later, or by none; a longer one makes it longer", async () => {
    const { storage } = await open();
    await schedule(storage, "d");
    await pauseUntil(storage, "webhook-1", T0 + 500);
    await pauseUntil(storage, "webhook-1", T0 + 300);
    const nothing = [pause("webhook-1", null), { ...pause("webhook-1", null), failing: false }];
    await valueOf(storage.writer.append(commit("message-m", "any", [], { health: nothing })));
    expect(await valueOf(storage.queue.nextDueAt())).toBe(T0 + 500);
    expect(await idsAt(storage, T0 + 499)).toEqual([]);
    await pauseUntil(storage, "webhook-1", T0 + 700);
    expect(await idsAt(storage, T0 + 699)).toEqual([]);
    expect(await idsAt(storage, T0 + 700)).toEqual(["d"]);
  });

  it("is the longest of several in one commit", async () => {
    const { storage } = await open();
    await schedule(storage, "d");
    const health = [200, 900, 400].map((delay) => pause("webhook-1", T0 + delay));
    await valueOf(storage.writer.append(commit("message-m", "any", [], { health })));
    expect(await valueOf(storage.queue.nextDueAt())).toBe(T0 + 900);
  });

  it("holds back named deliveries too", async () => {
    const { storage } = await open();
    await schedule(storage, "d");
    await pauseUntil(storage, "webhook-1", T0 + 500);
    expect(await claimed(storage, { deliveryIds: ["d"], now: T0 + 499 })).toEqual([]);
    expect(await claimed(storage, { deliveryIds: ["d"], now: T0 + 500 })).toHaveLength(1);
  });

  it("does not change when a delivery is due that is due after it", async () => {
    const { storage } = await open();
    await schedule(storage, "d", { dueAt: T0 + 800 });
    await pauseUntil(storage, "webhook-1", T0 + 500);
    expect(await valueOf(storage.queue.nextDueAt())).toBe(T0 + 800);
    expect(await idsAt(storage, T0 + 799)).toEqual([]);
    expect(await idsAt(storage, T0 + 800)).toEqual(["d"]);
  });

  it("holds back a webhook's first delivery too, which comes in the same commit or later", async () => {
    const { storage } = await open();
    const health = [pause("webhook-1", T0 + 500)];
    await valueOf(storage.writer.append(commit(deliveryStream("d"), "any", [scheduled("d")], { health })));
    await pauseUntil(storage, "webhook-2", T0 + 500);
    await schedule(storage, "e", { webhookId: "webhook-2" });
    expect(await idsAt(storage, T0 + 499)).toEqual([]);
    expect(await valueOf(storage.queue.nextDueAt())).toBe(T0 + 500);
    expect(await idsAt(storage, T0 + 500)).toEqual(["d", "e"]);
  });

  it("outlasts a rebuild, as turns and leases do", async () => {
    const { storage } = await open();
    for (const [id, webhookId] of [
      ["a", "paused"],
      ["b", "free"],
      ["c", "free"],
    ] as const)
      await schedule(storage, id, { webhookId });
    await pauseUntil(storage, "paused", T0 + 500);
    expect(await claimed(storage, { limit: 1, leaseUntil: T0 + 900 })).toMatchObject([{ deliveryId: "b" }]);
    await valueOf(storage.projections.rebuild());
    expect(await idsAt(storage, T0 + 499)).toEqual(["c"]);
    expect(await idsAt(storage, T0 + 500)).toEqual(["a", "c"]);
    expect(await idsAt(storage, T0 + 900)).toEqual(["a", "b", "c"]);
  });

  it("is not begun by a commit that is refused", async () => {
    const { storage } = await open();
    await schedule(storage, "d");
    const refused = commit(webhookStream("w"), 7, [], { health: [pause("webhook-1", T0 + 500)] });
    expect((await storage.writer.append(refused)).isErr()).toBe(true);
    expect(await idsAt(storage, T0)).toEqual(["d"]);
    expect(await valueOf(storage.queue.health("webhook-1"))).toEqual({ failingSince: null, pausedUntil: null });
  });

  it("outlasts a resumption in the same commit, or in one that was asked for before it; the longest of several does", async () => {
    const { storage } = await open();
    await record(storage, webhookStream("w"), registered("w"));
    const resume = (health: readonly AttemptedWebhook[]) =>
      storage.writer.append(commit(webhookStream("w"), "any", [{ type: "WebhookResumed", data: {} }], { health }));
    for (const until of [T0 + 300, T0 + 500]) {
      await record(storage, webhookStream("w"), { type: "WebhookPaused", data: {} });
      const several = [until - 1, until, until - 2];
      const resuming = resume(until === T0 + 300 ? several.map((each) => pause("w", each)) : []);
      if (until === T0 + 500) await Promise.all(several.map((each) => pauseUntil(storage, "w", each)));
      await valueOf(resuming);
      expect(await valueOf(storage.queue.health("w"))).toMatchObject({ pausedUntil: until });
    }
  });
}
