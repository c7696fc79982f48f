import fc from "fast-check";
import { expect } from "vitest";
import { toIso } from "../../../domain/instant.ts";
import type { DomainEvent } from "../../../domain/ledger/index.ts";
import type { Storage } from "../../../ports/storage.ts";
import { valueOf } from "../results.ts";
import { claimed, claimOf } from "./claims.ts";
import { commit, deliveryStream, failed, record, schedule, succeeded } from "./facts.ts";
import type { QueueModel } from "./queue-model.ts";

const WEBHOOKS = ["w1", "w2", "w3", "w4"] as const;

const webhookId = fc.constantFrom(...WEBHOOKS);
const owner = fc.constantFrom("A", "B");
const delay = fc.constantFrom(0, 1, 10, 100);
/** Long enough for others to see it, mostly. */
const lease = fc.constantFrom(0, 10, 100, 100);
const nth = fc.nat(20);
/** Whether it is asked for by somebody who has not leased it. */
const isOthers = fc.constantFrom(false, false, true);
const underWay = fc.array(fc.tuple(webhookId, fc.nat(5)), { maxLength: 4 }).map((counts) => new Map(counts));
const perWebhook = fc.option(fc.record({ limit: fc.integer({ min: 1, max: 4 }), underWay }));

const name = <const Name extends string>(given: Name) => fc.constant(given);

/** An operation on a queue. `nth` picks one of the deliveries that it is for, counted round and round. */
const operation = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ do: name("schedule"), webhookId, delay, count: fc.integer({ min: 1, max: 6 }) }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ do: name("claim"), owner, lease, limit: fc.integer({ min: 1, max: 8 }), perWebhook }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: name("claim named"), owner, lease, nth, limit: fc.integer({ min: 1, max: 3 }) }),
  },
  { weight: 3, arbitrary: fc.record({ do: name("fail"), nth, delay }) },
  { weight: 1, arbitrary: fc.record({ do: name("succeed"), nth }) },
  { weight: 1, arbitrary: fc.record({ do: name("cancel"), nth }) },
  { weight: 1, arbitrary: fc.record({ do: name("redeliver"), nth, delay }) },
  { weight: 1, arbitrary: fc.record({ do: name("release"), isOthers, nth }) },
  { weight: 1, arbitrary: fc.record({ do: name("renew"), isOthers, nth }) },
  { weight: 1, arbitrary: fc.record({ do: name("pause"), webhookId, delay }) },
  { weight: 1, arbitrary: fc.record({ do: name("rebuild") }) },
  { weight: 2, arbitrary: fc.record({ do: name("pass"), delay }) },
);

type Operation = typeof operation extends fc.Arbitrary<infer One> ? One : never;

/** Sequences of operations, each of which begins with something that can be claimed. */
export const operations: fc.Arbitrary<readonly Operation[]> = fc
  .array(operation, { maxLength: 12, size: "max" })
  .map((others) => [{ do: "schedule", webhookId: "w1", delay: 0, count: 3 }, ...others]);

/** A storage, and the model of what it should be like. */
export interface Run {
  readonly storage: Storage;
  readonly model: QueueModel;
  readonly cancelled: Set<string>;
  now: number;
  count: number;
}

/** Does an operation to both. */
export async function perform(run: Run, one: Operation): Promise<void> {
  const { storage, model, now, cancelled } = run;
  const pick = (ids: readonly string[], index: number) => ids.at(index % Math.max(ids.length, 1)) ?? "none";
  const pickLease = (index: number, byOthers: boolean) => {
    const leases = model.leased();
    const { owner, deliveryId } = leases.at(index % Math.max(leases.length, 1)) ?? { owner: "A", deliveryId: "none" };
    return { owner: byOthers ? "somebody else" : owner, deliveryId };
  };
  const end = async (index: number, dueAt: number | null, ...events: readonly DomainEvent[]) => {
    const deliveryId = pick(model.pending(), index);
    if (deliveryId === "none") return deliveryId;
    await record(storage, deliveryStream(deliveryId), ...events);
    model.settle(deliveryId, dueAt);
    return deliveryId;
  };
  switch (one.do) {
    case "schedule":
      for (let left = one.count; left > 0; left -= 1) {
        run.count += 1;
        await schedule(storage, `d${run.count}`, { webhookId: one.webhookId, dueAt: now + one.delay });
        model.schedule(`d${run.count}`, one.webhookId, now + one.delay);
      }
      return;
    case "claim": {
      const limits = { limit: one.limit, ...(one.perWebhook && { perWebhook: one.perWebhook }) };
      const claim = claimOf({ owner: one.owner, now, leaseUntil: now + one.lease, ...limits });
      return expect(model.claim(claim, await claimed(storage, claim))).toEqual([]);
    }
    case "claim named": {
      const deliveryIds = [...[0, 1, 2].map((further) => pick(model.pending(), one.nth + further)), "unknown"];
      const { owner: by, limit } = one;
      const claim = claimOf({ owner: by, now, leaseUntil: now + one.lease, limit, deliveryIds });
      return expect(model.claim(claim, await claimed(storage, claim))).toEqual([]);
    }
    case "fail":
      await end(one.nth, now + one.delay, failed(1, now + one.delay));
      return;
    case "succeed":
      await end(one.nth, null, succeeded);
      return;
    case "cancel":
      cancelled.add(await end(one.nth, null, { type: "DeliveryCancelled", data: { reason: "operator" } }));
      return;
    case "redeliver": {
      const deliveryId = pick(
        [...cancelled].filter((id) => id !== "none"),
        one.nth,
      );
      if (!cancelled.delete(deliveryId)) return;
      const dueAt = now + one.delay;
      await record(storage, deliveryStream(deliveryId), { type: "RedeliveryRequested", data: { dueAt: toIso(dueAt) } });
      return model.settle(deliveryId, dueAt);
    }
    case "release": {
      const { owner: by, deliveryId } = pickLease(one.nth, one.isOthers);
      await valueOf(storage.queue.release(by, [deliveryId]));
      return model.release(by, deliveryId);
    }
    case "renew": {
      const { owner: by, deliveryId } = pickLease(one.nth, one.isOthers);
      await valueOf(storage.queue.renew(() => ({ owner: by, deliveryIds: [deliveryId], leaseUntil: now + 1000 })));
      return model.renew(by, deliveryId, now + 1000);
    }
    case "pause": {
      const health = [{ webhookId: one.webhookId, at: now, failing: true, pausedUntil: now + one.delay }];
      await valueOf(storage.writer.append(commit("message-m", "any", [], { health })));
      return model.pause(one.webhookId, now + one.delay);
    }
    case "rebuild":
      await valueOf(storage.projections.rebuild());
      return;
    case "pass":
      run.now += one.delay;
  }
}
