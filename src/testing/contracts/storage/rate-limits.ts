import { expect, it } from "vitest";
import type { WebhookEvent } from "../../../domain/webhook/index.ts";
import { valueOf } from "../results.ts";
import { claimed, countByWebhook, scheduleMany } from "./claims.ts";
import { commit, deliveryStream, moved, record, registered, schedule, succeeded, T0, webhookStream } from "./facts.ts";
import type { Harnesses } from "./opening.ts";
import { countAt, withLimit } from "./rate-limit-laws.ts";

const limited = (rateLimitPerSecond: number | null): WebhookEvent => ({
  type: "WebhookRateLimitChanged",
  data: { rateLimitPerSecond },
});

export function registerRateLimitCases({ open }: Harnesses): void {
  it("holds the rest back for as long as what was claimed takes by it; others are served", async () => {
    const { storage, another } = await open();
    const other = await another();
    await withLimit(storage, 50, 8);
    await scheduleMany(storage, { other: 3 });
    expect(countByWebhook(await claimed(storage, { limit: 10, leaseUntil: T0 + 9000 }))).toEqual({ w: 5, other: 3 });
    for (const each of [storage, other]) {
      expect(await valueOf(each.queue.nextDueAt())).toBe(T0 + 100);
      expect(await valueOf(each.queue.health("w"))).toEqual({ failingSince: null, pausedUntil: T0 + 100 });
      expect(await valueOf(each.queue.backlog(T0 + 99, ["w"]))).toEqual({ pending: 8, dueSince: null });
      expect(await countAt(each, T0 + 99)).toBe(0);
    }
    expect(await countAt(other, T0 + 100, 2)).toBe(2);
    expect(await countAt(storage, T0 + 139)).toBe(0);
    expect(await countAt(storage, T0 + 140)).toBe(1);
  });

  it("holds back what is scheduled later, or released, too", async () => {
    const { storage } = await open();
    await withLimit(storage, 2, 1);
    expect(await claimed(storage)).toHaveLength(1);
    await schedule(storage, "later", { webhookId: "w" });
    await valueOf(storage.queue.release("A", ["w-0000"]));
    expect(await valueOf(storage.queue.nextDueAt())).toBe(T0 + 500);
    expect(await countAt(storage, T0 + 499)).toBe(0);
    expect(await countAt(storage, T0 + 500)).toBe(1);
    expect(await valueOf(storage.queue.nextDueAt())).toBe(T0 + 1000);
  });

  it("counts named deliveries, and holds them back", async () => {
    const { storage } = await open();
    await withLimit(storage, 20, 4);
    await scheduleMany(storage, { other: 1 });
    const named = (now: number) =>
      claimed(storage, { now, deliveryIds: ["w-0003", "w-0001", "w-0002", "other-0000"], leaseUntil: T0 + 9000 });
    expect((await named(T0)).map(({ deliveryId }) => deliveryId).sort()).toEqual(["other-0000", "w-0001", "w-0002"]);
    expect(await named(T0 + 99)).toEqual([]);
    expect(await countAt(storage, T0 + 99)).toBe(0);
    expect(await named(T0 + 100)).toHaveLength(1);
    expect(await countAt(storage, T0 + 149)).toBe(0);
    expect(await countAt(storage, T0 + 150)).toBe(1);
  });

  it("lets those begin first that fell due first, named or in turn", async () => {
    const { storage } = await open();
    await withLimit(storage, 10, 0);
    for (const [id, agoMs] of Object.entries({ a: 1, b: 3, c: 2 }))
      await schedule(storage, id, { webhookId: "w", dueAt: T0 - agoMs });
    const first = async (claim: Parameters<typeof claimed>[1]) =>
      (await claimed(storage, { ...claim, leaseUntil: T0 + 9000 })).map(({ deliveryId }) => deliveryId);
    expect(await first({ deliveryIds: ["a", "b", "c"] })).toEqual(["b"]);
    expect(await first({ now: T0 + 100 })).toEqual(["c"]);
    expect(await first({ now: T0 + 200, deliveryIds: ["a", "b", "c"] })).toEqual(["a"]);
  });

  it("does not make a webhook that has room wait: all that the claim asks for is found", async () => {
    const { storage } = await open();
    await withLimit(storage, 5, 10);
    await scheduleMany(storage, { other: 20 });
    expect(countByWebhook(await claimed(storage, { limit: 10 }))).toEqual({ w: 1, other: 9 });
  });

  it("does not widen what may be under way to the webhook", async () => {
    const { storage } = await open();
    await withLimit(storage, 100, 20);
    const perWebhook = { limit: 4, underWay: new Map([["w", 1]]) };
    expect(await claimed(storage, { perWebhook })).toHaveLength(3);
    expect(await valueOf(storage.queue.nextDueAt())).toBe(T0 + 30);
  });

  it("is the one that the webhook has at the claim: it can be set, changed and removed", async () => {
    const { storage, another } = await open();
    const other = await another();
    await record(storage, webhookStream("w"), registered("w"));
    await scheduleMany(storage, { w: 20 });
    expect(await countAt(storage, T0, 4)).toBe(4);
    await record(storage, webhookStream("w"), limited(1));
    expect(await countAt(other, T0)).toBe(1);
    await record(storage, webhookStream("w"), limited(40), moved);
    expect(await countAt(other, T0 + 999)).toBe(0);
    expect(await countAt(other, T0 + 1000)).toBe(4);
    await record(storage, webhookStream("w"), limited(null));
    expect(await countAt(other, T0 + 1099)).toBe(0);
    expect(await countAt(other, T0 + 1100)).toBe(11);
    expect(await valueOf(storage.projections.verify())).toMatchObject({ differences: [] });
  });

  it("ends with the webhook", async () => {
    const { storage } = await open();
    await withLimit(storage, 1, 5);
    await record(storage, webhookStream("w"), { type: "WebhookDeleted", data: {} });
    expect(await countAt(storage, T0)).toBe(5);
  });

  it("does not hold back what a deactivated webhook has left, of which nothing is sent, until it is active again", async () => {
    const { storage } = await open();
    await withLimit(storage, 0.01, 5);
    expect(await countAt(storage, T0)).toBe(1);
    await record(storage, webhookStream("w"), { type: "WebhookDeactivated", data: { reason: "gone" } });
    expect(await countAt(storage, T0 + 100_000, 2)).toBe(2);
    await valueOf(storage.projections.rebuild());
    expect(await countAt(storage, T0 + 100_000, 1)).toBe(1);
    await record(storage, webhookStream("w"), { type: "WebhookActivated", data: {} });
    expect(await countAt(storage, T0 + 100_000)).toBe(1);
    expect(await valueOf(storage.queue.health("w"))).toMatchObject({ pausedUntil: T0 + 200_000 });
  });

  it("outlasts a rebuild, which derives it from the ledger, and so does the wait", async () => {
    const { storage } = await open();
    await withLimit(storage, 2, 3);
    expect(await countAt(storage, T0)).toBe(1);
    await valueOf(storage.projections.rebuild());
    expect(await countAt(storage, T0 + 499)).toBe(0);
    expect(await countAt(storage, T0 + 500)).toBe(1);
    expect(await countAt(storage, T0 + 999)).toBe(0);
    expect(await valueOf(storage.projections.verify())).toMatchObject({ differences: [] });
  });

  it("does not end a pause, whether by hand or for an answer", async () => {
    const { storage } = await open();
    await withLimit(storage, 10, 3);
    expect(await countAt(storage, T0)).toBe(1);
    const health = [{ webhookId: "w", at: T0, failing: true, pausedUntil: T0 + 700 }];
    await valueOf(storage.writer.append(commit(deliveryStream("w-0000"), "any", [succeeded], { health })));
    expect(await countAt(storage, T0 + 699)).toBe(0);
    await record(storage, webhookStream("w"), { type: "WebhookPaused", data: {} });
    expect(await countAt(storage, T0 + 700)).toBe(0);
    await record(storage, webhookStream("w"), { type: "WebhookResumed", data: {} });
    expect(await countAt(storage, T0 + 700)).toBe(1);
    expect(await countAt(storage, T0 + 799)).toBe(0);
  });
}
