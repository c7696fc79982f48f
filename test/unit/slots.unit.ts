import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createSlots, type Slots } from "../../src/application/deliveries/slots.ts";
import type { WakeUps } from "../../src/application/wake-ups.ts";
import { createGate } from "../support/gate.ts";
import { promisesSettled } from "../support/when-idle.ts";

function to(webhookId: string, deliveryId = "d") {
  const rest = { messageId: "m", tenantId: "", event: "memory.updated", attempts: 0, attemptsBeforeRound: 0, dueAt: 0 };
  const delivery = { ...rest, webhookId, deliveryId, status: "pending" } as const;
  return { delivery, version: 1, body: null, webhooksRevision: 0 };
}

/** A claim finds it, and an attempt begins. */
function take(slots: Slots, owner: string, claimed: ReturnType<typeof to>, recorded: Promise<void>): void {
  slots.endClaim([claimed]);
  slots.hold(owner, claimed, recorded);
}

/** How often the signal was given so far. */
function countOf(signal: WakeUps): () => number {
  let count = 0;
  const again = (): void => {
    count += 1;
    signal.once(again);
  };
  signal.once(again);
  return () => count;
}

describe("slots", () => {
  it("count what is under way, in all and to each webhook", () => {
    const webhookIds = fc.array(fc.constantFrom("a", "b", "c"), { maxLength: 30 });
    const limit = fc.integer({ min: 1, max: 8 });
    fc.assert(
      fc.property(limit, webhookIds, fc.nat(30), (perWebhook, taken, freed) => {
        const slots = createSlots(30, perWebhook);
        const never = createGate<undefined>().opened;
        for (const [index, webhookId] of taken.entries())
          take(slots, `o${index % 2}`, to(webhookId, `d${index}`), never);
        for (const webhookId of taken.slice(0, freed)) slots.freeSlot(to(webhookId));
        const left = taken.slice(freed);
        const counts = new Map(left.map((one) => [one, left.filter((other) => other === one).length]));
        expect(slots.free()).toBe(30 - left.length);
        expect(new Map(slots.underWay())).toEqual(counts);
        const full = [...counts].filter(([, count]) => count >= perWebhook).map(([webhookId]) => webhookId);
        expect(new Set(slots.fullWebhooks())).toEqual(new Set(full));
        const held = (parity: number) =>
          taken.map((_, index) => `d${index}`).filter((_, index) => index % 2 === parity);
        expect([slots.held().get("o0") ?? [], slots.held().get("o1") ?? []]).toEqual([held(0), held(1)]);
      }),
    );
  });

  it("are free when their exchange is over, while the delivery is held until its outcome is recorded", async () => {
    const slots = createSlots(2, 1);
    const told = countOf(slots.changes);
    const recorded = createGate<undefined>();
    take(slots, "o", to("a"), recorded.opened);
    expect([slots.free(), slots.fullWebhooks(), [...slots.held()]]).toEqual([1, ["a"], [["o", ["d"]]]]);
    slots.freeSlot(to("a"));
    expect([told(), slots.free(), slots.fullWebhooks(), [...slots.held()]]).toEqual([1, 2, [], [["o", ["d"]]]]);
    recorded.open(undefined);
    await slots.drained("o");
    expect([told(), slots.held().size]).toEqual([2, 0]);
  });

  it("are all free again when what was found is abandoned, however often", () => {
    const slots = createSlots(2, 2);
    for (const found of [[to("a")], [to("a"), to("b")], [to("b")], [to("a"), to("a")]]) {
      slots.endClaim(found);
      slots.abandon(found);
      expect([slots.free(), slots.underWay().size]).toEqual([2, 0]);
    }
  });

  it("allow one claim at a time, and tell when one may begin, but not at each slot that becomes free until then", () => {
    const slots = createSlots(3, 3);
    const never = createGate<undefined>().opened;
    const [changes, claimable] = [countOf(slots.changes), countOf(slots.claimable)];
    expect([slots.beginClaim(), slots.free(), slots.beginClaim()]).toEqual([true, 3, false]);
    slots.endClaim([]);
    expect([changes(), claimable()]).toEqual([0, 1]);
    for (const id of ["1", "2", "3"]) take(slots, "o", to("a", id), never);
    expect([slots.beginClaim(), changes()]).toEqual([false, 0]);
    const full = claimable();
    slots.freeSlot(to("a", "1"));
    expect([slots.beginClaim(), changes(), claimable()]).toEqual([true, 1, full + 1]);
    slots.freeSlot(to("a", "2"));
    expect([slots.beginClaim(), changes(), claimable()]).toEqual([false, 2, full + 1]);
    slots.endClaim([to("a", "4"), to("a", "5")]);
    expect([slots.beginClaim(), changes(), claimable()]).toEqual([false, 2, full + 1]);
    slots.abandon([to("a", "5")]);
    expect([slots.beginClaim(), changes(), claimable()]).toEqual([true, 3, full + 2]);
  });

  it("are taken by what a claim has found, unless it is abandoned", () => {
    const slots = createSlots(2, 1);
    const told = countOf(slots.changes);
    expect(slots.beginClaim()).toBe(true);
    slots.endClaim([to("a", "1"), to("b", "2")]);
    expect([slots.free(), slots.fullWebhooks(), slots.beginClaim(), told()]).toEqual([0, ["a", "b"], false, 0]);
    slots.abandon([to("b", "2")]);
    expect([slots.free(), slots.fullWebhooks(), slots.held().size, told()]).toEqual([1, ["a"], 0, 1]);
    slots.hold("o", to("a", "1"), createGate<undefined>().opened);
    expect([slots.free(), slots.held().size]).toEqual([1, 1]);
  });

  it("are taken by outcomes that are not recorded, once there are more of them than slots", () => {
    const slots = createSlots(2, 2);
    const never = createGate<undefined>().opened;
    for (const id of ["1", "2", "3"]) {
      take(slots, "o", to("a", id), never);
      slots.freeSlot(to("a", id));
    }
    expect(slots.free()).toBe(1);
    // What a claim has found will be held too.
    slots.endClaim([to("a", "4")]);
    expect(slots.free()).toBe(0);
    slots.hold("o", to("a", "4"), never);
    slots.freeSlot(to("a", "4"));
    expect(slots.free()).toBe(0);
  });

  it("drained waits for all that an owner holds, also for what comes meanwhile, and for nobody else's", async () => {
    const [first, second] = [createGate<undefined>(), createGate<undefined>()];
    const slots = createSlots(3, 3);
    take(slots, "another", to("a", "3"), createGate<undefined>().opened);
    take(
      slots,
      "o",
      to("a", "1"),
      first.opened.then(() => {
        take(slots, "o", to("a", "2"), second.opened);
      }),
    );
    let drained = false;
    const waiting = slots.drained("o").then(() => {
      drained = true;
    });
    first.open(undefined);
    await promisesSettled();
    expect([drained, slots.held().get("o")]).toEqual([false, ["2"]]);
    second.open(undefined);
    await waiting;
    expect([...slots.held()]).toEqual([["another", ["3"]]]);
  });
});
