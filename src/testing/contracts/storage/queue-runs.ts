import { expect } from "vitest";
import { toIso } from "../../../domain/instant.ts";
import type { DomainEvent } from "../../../domain/ledger/index.ts";
import type { Storage } from "../../../ports/storage.ts";
import { valueOf } from "../results.ts";
import { claimed, claimOf } from "./claims.ts";
import { commit, deliveryStream, failed, record, registered, schedule, succeeded, T0, webhookStream } from "./facts.ts";
import { createQueueModel, type QueueModel } from "./queue-model.ts";
import { WEBHOOKS, type Operation } from "./queue-operations.ts";

/** A storage, and the model of what it should be like. */
export interface Run {
  readonly storage: Storage;
  readonly model: QueueModel;
  readonly cancelled: Set<string>;
  now: number;
  count: number;
}

/** Registers the webhooks, which have no rate limit yet. */
export async function beginRun(storage: Storage): Promise<Run> {
  for (const id of WEBHOOKS) await record(storage, webhookStream(id), registered(id));
  return { storage, model: createQueueModel(), cancelled: new Set(), now: T0, count: 0 };
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
    case "limit": {
      const { rateLimitPerSecond: limit } = one;
      const changed = { type: "WebhookRateLimitChanged", data: { rateLimitPerSecond: limit } } as const;
      await record(storage, webhookStream(one.webhookId), changed);
      return model.limit(one.webhookId, limit);
    }
    case "rebuild":
      await valueOf(storage.projections.rebuild());
      return;
    case "pass":
      run.now += one.delay;
  }
}
