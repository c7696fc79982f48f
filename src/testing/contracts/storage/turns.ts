import { expect, it } from "vitest";
import { claimed, countByWebhook, scheduleMany } from "./claims.ts";
import { schedule, T0 } from "./facts.ts";
import type { Harnesses } from "./opening.ts";

export function registerTurnCases({ open }: Harnesses): void {
  it("each webhook has an equal share of the limit", async () => {
    const { storage } = await open();
    await scheduleMany(storage, { a: 100, b: 100, c: 100, d: 100 });
    expect(countByWebhook(await claimed(storage, { limit: 20 }))).toEqual({ a: 5, b: 5, c: 5, d: 5 });
    expect(countByWebhook(await claimed(storage, { limit: 8, now: T0 + 1 }))).toEqual({ a: 2, b: 2, c: 2, d: 2 });
  });

  it("what is left over of equal shares goes round: no webhook has ever had more than two more than another", async () => {
    const { storage } = await open();
    const webhookIds = Array.from({ length: 10 }, (_, index) => `w${index}`);
    await scheduleMany(storage, Object.fromEntries(webhookIds.map((webhookId) => [webhookId, 70])));
    const counts = new Map(webhookIds.map((webhookId) => [webhookId, 0]));
    for (let turn = 0; turn < 40; turn += 1) {
      for (const { webhookId } of await claimed(storage, { limit: 13, now: T0 + turn })) {
        counts.set(webhookId, (counts.get(webhookId) ?? 0) + 1);
      }
      expect(Math.max(...counts.values()) - Math.min(...counts.values()), `after claim ${turn}`).toBeLessThanOrEqual(2);
    }
  });

  it("it goes round even beside a webhook that cannot take its share", async () => {
    const { storage } = await open();
    await scheduleMany(storage, { a: 200, b: 200, c: 200 });
    const perWebhook = { limit: 8, underWay: new Map([["a", 7]]) };
    const counts: Record<string, number> = { b: 0, c: 0 };
    for (let turn = 0; turn < 40; turn += 1) {
      for (const { webhookId } of await claimed(storage, {
        limit: 8,
        now: T0 + turn,
        leaseUntil: T0 + 1e6,
        perWebhook,
      })) {
        counts[webhookId] = (counts[webhookId] ?? 0) + 1;
      }
      expect(Math.abs((counts["b"] ?? 0) - (counts["c"] ?? 0)), `after claim ${turn}`).toBeLessThanOrEqual(2);
    }
  });

  it("beside a webhook with a thousand due, the first claim serves all that have one, though they came later", async () => {
    const { storage } = await open();
    await scheduleMany(storage, { hoard: 1000 }, 1000);
    const others = Array.from({ length: 20 }, (_, index) => `other-${index}`);
    await scheduleMany(storage, Object.fromEntries(others.map((webhookId) => [webhookId, 1])), 1);
    const counts = countByWebhook(await claimed(storage, { limit: 64 }));
    expect(others.map((webhookId) => counts[webhookId])).toEqual(others.map(() => 1));
    expect(counts["hoard"]).toBeGreaterThanOrEqual(1);
  });

  it("webhooks that are full, however many, do not keep others waiting whose turn comes after theirs", async () => {
    const { storage } = await open();
    const full = Array.from({ length: 100 }, (_, index) => `full-${index}`);
    await scheduleMany(storage, Object.fromEntries(full.map((webhookId) => [webhookId, 1])), 20);
    await scheduleMany(storage, { other: 1 });
    const perWebhook = { limit: 1, underWay: new Map(full.map((webhookId) => [webhookId, 1])) };
    expect(countByWebhook(await claimed(storage, { limit: 1, perWebhook }))).toEqual({ other: 1 });
  });

  it("a webhook that was served goes behind the others", async () => {
    const { storage } = await open();
    await scheduleMany(storage, { a: 3 }, 30);
    await scheduleMany(storage, { b: 3 }, 20);
    await scheduleMany(storage, { c: 3 }, 10);
    const served: string[] = [];
    for (let turn = 0; turn < 9; turn += 1) {
      served.push(...(await claimed(storage, { limit: 1, now: T0 + turn })).map(({ webhookId }) => webhookId));
    }
    expect(served.join("")).toBe("abcabcabc");
  });

  it("a claim of one delivery finds what is due, behind webhooks whose turn came to nothing", async () => {
    const { storage } = await open();
    const webhookIds = Array.from({ length: 10 }, (_, index) => `w${index}`);
    await scheduleMany(storage, Object.fromEntries(webhookIds.map((webhookId) => [webhookId, 1])), 0);
    const served: string[] = [];
    for (let time = 0; time < 10; time += 1) {
      const [found] = await claimed(storage, { limit: 1 });
      served.push(found?.webhookId ?? "nobody");
    }
    expect(served).toEqual(webhookIds);
    expect(await claimed(storage, { limit: 1 })).toEqual([]);
  });

  it("a webhook whose delivery has just become due comes before one that was served after that", async () => {
    const { storage } = await open();
    await scheduleMany(storage, { a: 100 });
    expect(countByWebhook(await claimed(storage, { limit: 2 }))).toEqual({ a: 2 });
    await schedule(storage, "b", { webhookId: "b", dueAt: T0 - 1 });
    expect(countByWebhook(await claimed(storage, { limit: 1, now: T0 + 5 }))).toEqual({ b: 1 });
  });

  it("of one webhook's deliveries, the longest due come first", async () => {
    const { storage } = await open();
    for (const agoMs of [5, 9, 7, 8, 6]) await schedule(storage, `d${agoMs}`, { dueAt: T0 - agoMs });
    const ids = async (now: number) => (await claimed(storage, { limit: 2, now })).map(({ deliveryId }) => deliveryId);
    expect([await ids(T0), await ids(T0 + 1), await ids(T0 + 2)]).toEqual([["d9", "d8"], ["d7", "d6"], ["d5"]]);
  });

  it("no webhook gets more than perWebhook.limit, with those under way; a full one takes no share of the others'", async () => {
    const { storage } = await open();
    await scheduleMany(storage, { full: 50, busy: 50, free: 50 });
    const underWay = new Map([
      ["full", 8],
      ["over", 9],
      ["busy", 6],
    ]);
    const perWebhook = { limit: 8, underWay };
    expect(countByWebhook(await claimed(storage, { limit: 10, perWebhook }))).toEqual({ busy: 2, free: 8 });
    expect(countByWebhook(await claimed(storage, { limit: 6, perWebhook, now: T0 + 1 }))).toEqual({ busy: 2, free: 4 });
    expect(countByWebhook(await claimed(storage, { limit: 100, now: T0 + 2 }))["full"]).toBeGreaterThan(0);
  });

  it("however many webhooks are full, one that is not is served", async () => {
    const { storage } = await open();
    const full = Array.from({ length: 40 }, (_, index) => `full-${index}`);
    await scheduleMany(storage, Object.fromEntries(full.map((webhookId) => [webhookId, 2])), 1000);
    await scheduleMany(storage, { free: 1 }, 1);
    const perWebhook = { limit: 1, underWay: new Map(full.map((webhookId) => [webhookId, 1])) };
    expect(countByWebhook(await claimed(storage, { limit: 1, perWebhook }))).toEqual({ free: 1 });
  });

  it("named deliveries are claimed whoever's turn it is, and the turn of the others does not change", async () => {
    const { storage } = await open();
    await scheduleMany(storage, { a: 3 }, 20);
    await scheduleMany(storage, { b: 3 }, 10);
    const perWebhook = { limit: 1, underWay: new Map([["b", 1]]) };
    expect(await claimed(storage, { deliveryIds: ["b-0001", "b-0002"], perWebhook })).toHaveLength(2);
    expect(countByWebhook(await claimed(storage, { limit: 1 }))).toEqual({ a: 1 });
    expect(await claimed(storage, { limit: 1, now: T0 + 1 })).toMatchObject([{ deliveryId: "b-0000" }]);
  });
}
