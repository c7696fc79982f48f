import fc from "fast-check";
import { expect, it } from "vitest";
import { valueOf } from "../results.ts";
import { claimIds } from "./claims.ts";
import { deliveryStream, failed, record, schedule, scheduled, succeeded, T0 } from "./facts.ts";
import { RUNS_WITH_STORAGE, type Harnesses } from "./opening.ts";

export function registerNextDueCases({ open, within }: Harnesses): void {
  it("is null if nothing is pending", async () => {
    const { storage } = await open();
    expect(await valueOf(storage.queue.nextDueAt())).toBeNull();
    await schedule(storage, "d");
    await record(storage, deliveryStream("d"), succeeded);
    expect(await valueOf(storage.queue.nextDueAt())).toBeNull();
  });

  it("is the earliest due time, past or future, and follows retries", async () => {
    const { storage } = await open();
    await schedule(storage, "later", { dueAt: T0 + 900 });
    await schedule(storage, "sooner", { dueAt: T0 - 900 });
    expect(await valueOf(storage.queue.nextDueAt())).toBe(T0 - 900);
    await record(storage, deliveryStream("sooner"), failed(1, T0 + 1000));
    expect(await valueOf(storage.queue.nextDueAt())).toBe(T0 + 900);
  });

  it("is later with a lease, and sooner again after a release or an append", async () => {
    const { storage } = await open();
    await schedule(storage, "d");
    expect(await claimIds(storage, { leaseUntil: T0 + 1000 })).toEqual(["d"]);
    expect(await valueOf(storage.queue.nextDueAt())).toBe(T0 + 1000);
    await valueOf(storage.queue.release("A", ["d"]));
    expect(await valueOf(storage.queue.nextDueAt())).toBe(T0);
    expect(await claimIds(storage, { leaseUntil: T0 + 1000 })).toEqual(["d"]);
    await record(storage, deliveryStream("d"), failed(1, T0 + 10));
    expect(await valueOf(storage.queue.nextDueAt())).toBe(T0 + 10);
  });

  it("is not hidden by a lease on another delivery", async () => {
    const { storage } = await open();
    await schedule(storage, "leased", { dueAt: T0 - 5 });
    await schedule(storage, "free", { dueAt: T0 + 7 });
    expect(await claimIds(storage)).toEqual(["leased"]);
    expect(await valueOf(storage.queue.nextDueAt())).toBe(T0 + 7);
  });

  it("keeps to its scope", async () => {
    const { storage } = await open();
    await schedule(storage, "a", { webhookId: "w1", dueAt: T0 + 1 });
    await schedule(storage, "b", { webhookId: "w2", dueAt: T0 + 2 });
    expect(await valueOf(storage.queue.nextDueAt({}))).toBe(T0 + 1);
    expect(await valueOf(storage.queue.nextDueAt({ deliveryIds: ["b"] }))).toBe(T0 + 2);
    expect(await valueOf(storage.queue.nextDueAt({ exceptWebhookIds: ["w1"] }))).toBe(T0 + 2);
    expect(await valueOf(storage.queue.nextDueAt({ exceptWebhookIds: ["w1", "w2"] }))).toBeNull();
    expect(await valueOf(storage.queue.nextDueAt({ deliveryIds: [] }))).toBeNull();
    expect(await valueOf(storage.queue.nextDueAt({ deliveryIds: ["a"], exceptWebhookIds: ["w1"] }))).toBeNull();
  });

  const offset = fc.integer({ min: -500, max: 500 });
  const entries = fc.array(fc.record({ dueAt: offset, claimedFor: fc.option(fc.integer({ min: 1, max: 1000 })) }), {
    minLength: 1,
    maxLength: 6,
  });

  it("whatever is scheduled and leased, something can be claimed at that time, and nothing a millisecond before it", () =>
    fc.assert(
      fc.asyncProperty(entries, (all) =>
        within(async ({ storage }) => {
          for (const [index, { dueAt, claimedFor }] of all.entries()) {
            const id = `d${index}`;
            await schedule(storage, id, { dueAt: T0 + dueAt });
            if (claimedFor !== null)
              await claimIds(storage, { leaseUntil: T0 + claimedFor, scope: { deliveryIds: [id] } });
          }
          const next = (await valueOf(storage.queue.nextDueAt())) ?? Number.NaN;
          expect(await claimIds(storage, { owner: "B", now: next - 1 })).toEqual([]);
          expect(await claimIds(storage, { owner: "B", now: next })).not.toEqual([]);
        }),
      ),
      { numRuns: RUNS_WITH_STORAGE },
    ));

  const inOneCommit = fc.record({
    dueAfterMs: fc.uniqueArray(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 4 }),
    isBesideSuccess: fc.boolean(),
  });

  it("what one commit schedules, in whatever order, alone or beside a success, can be claimed as soon as it is due", () =>
    fc.assert(
      fc.asyncProperty(inOneCommit, ({ dueAfterMs, isBesideSuccess }) =>
        within(async ({ storage }) => {
          await schedule(storage, "before");
          // The second claim finds all of the webhook's deliveries leased, and may put the webhook off until that ends.
          expect([await claimIds(storage), await claimIds(storage)]).toEqual([["before"], []]);
          const streams = dueAfterMs.map((ms) => ({
            streamId: deliveryStream(`after-${ms}`),
            expectedVersion: "no-stream" as const,
            events: [scheduled(`after-${ms}`, { dueAt: T0 + ms })],
          }));
          const outcome = { streamId: deliveryStream("before"), expectedVersion: 1, events: [succeeded] };
          const health = [{ webhookId: "webhook-1", at: T0, failing: false, pausedUntil: null }];
          const beside = isBesideSuccess ? { streams: [outcome, ...streams], health } : { streams };
          await valueOf(storage.writer.append({ recordedAt: T0, ...beside }));
          for (const ms of dueAfterMs.toSorted((one, other) => one - other))
            expect(await claimIds(storage, { now: T0 + ms })).toEqual([`after-${ms}`]);
        }),
      ),
      { numRuns: RUNS_WITH_STORAGE },
    ));
}
