import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createSlots } from "../../src/application/deliveries/slots.ts";
import { createGate } from "../support/gate.ts";
import { promisesSettled } from "../support/when-idle.ts";

const to = (webhookId: string, deliveryId = "d") => ({ webhookId, deliveryId });

describe("slots", () => {
  it("never give out more than there are, in all or for one webhook, and count what is taken", () => {
    const webhookIds = fc.array(fc.constantFrom("a", "b", "c"), { maxLength: 30 });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 8 }),
        fc.integer({ min: 1, max: 8 }),
        webhookIds,
        (concurrency, perWebhook, wanted) => {
          const slots = createSlots(concurrency, perWebhook);
          const given = new Map<string, number>();
          let total = 0;
          for (const webhookId of wanted) {
            const has = given.get(webhookId) ?? 0;
            const mayHave = total < concurrency && has < perWebhook;
            expect(slots.take(to(webhookId))).toBe(mayHave);
            if (!mayHave) continue;
            given.set(webhookId, has + 1);
            total += 1;
          }
          expect([slots.taken(), slots.free()]).toEqual([total, concurrency - total]);
          const full = [...given].filter(([, count]) => count >= perWebhook).map(([webhookId]) => webhookId);
          expect(slots.fullWebhooks()).toEqual(full);
        },
      ),
    );
  });

  it("a slot is free again when its attempt is over, and whoever waits is told after that", async () => {
    const slots = createSlots(2, 1);
    const attempt = createGate<undefined>();
    const freeWhenTold: number[] = [];
    slots.take(to("a"));
    slots.occupy(to("a"), attempt.opened, () => freeWhenTold.push(slots.free()));
    expect([slots.free(), slots.fullWebhooks()]).toEqual([1, ["a"]]);
    attempt.open(undefined);
    await slots.drained();
    expect([freeWhenTold, slots.free(), slots.fullWebhooks()]).toEqual([[2], 2, []]);
  });

  it("drained waits for every attempt, also for those that begin while it waits", async () => {
    const slots = createSlots(2, 2);
    const [first, second] = [createGate<undefined>(), createGate<undefined>()];
    slots.take(to("a", "1"));
    slots.occupy(to("a", "1"), first.opened, () => {
      slots.take(to("a", "2"));
      slots.occupy(to("a", "2"), second.opened, () => undefined);
    });
    let drained = false;
    const waiting = slots.drained().then(() => {
      drained = true;
    });
    first.open(undefined);
    await promisesSettled();
    expect([drained, slots.taken()]).toEqual([false, 1]);
    second.open(undefined);
    await waiting;
    expect(slots.taken()).toBe(0);
  });
});
