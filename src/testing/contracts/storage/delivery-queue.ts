import { expect, it } from "vitest";
import { deliveryDecider } from "../../../domain/delivery/index.ts";
import { isDeliveryEvent } from "../../../domain/ledger/index.ts";
import { valueOf } from "../results.ts";
import { claimIds } from "./claims.ts";
import { deliveryStream, failed, record, registered, schedule, succeeded, T0, webhookStream } from "./facts.ts";
import type { Harnesses } from "./opening.ts";

export function registerDeliveryQueueCases({ open }: Harnesses): void {
  it("a claim hands out what is due, to the exact millisecond, and nothing else", async () => {
    const { storage } = await open();
    await schedule(storage, "past", { dueAt: T0 - 1 });
    await schedule(storage, "now", { dueAt: T0 });
    await schedule(storage, "future", { dueAt: T0 + 1 });
    expect(await claimIds(storage)).toEqual(["past", "now"]);
    expect(await claimIds(storage, { now: T0 + 1 })).toEqual(["future"]);
  });

  it("the first claim hands out what was hours away when it was scheduled and is due now", async () => {
    const { storage } = await open();
    const later = T0 + 4 * 3_600_000;
    await schedule(storage, "later", { dueAt: later });
    expect(await claimIds(storage, { now: later - 1 })).toEqual([]);
    expect(await claimIds(storage, { now: later })).toEqual(["later"]);
  });

  it("a claim hands out pending deliveries only: a retry when it is due, and a redelivered one again", async () => {
    const { storage } = await open();
    for (const id of ["delivered", "exhausted", "cancelled", "retried"]) await schedule(storage, id);
    await record(storage, deliveryStream("delivered"), succeeded);
    await record(storage, deliveryStream("exhausted"), failed(1, null), {
      type: "DeliveryExhausted",
      data: { attempts: 1 },
    });
    await record(storage, deliveryStream("cancelled"), { type: "DeliveryCancelled", data: { reason: "operator" } });
    await record(storage, deliveryStream("retried"), failed(1, T0 + 500));
    expect(await claimIds(storage, { now: T0 + 499 })).toEqual([]);
    expect(await claimIds(storage, { now: T0 + 500 })).toEqual(["retried"]);
    await record(storage, deliveryStream("exhausted"), {
      type: "RedeliveryRequested",
      data: { dueAt: new Date(T0).toISOString() },
    });
    expect(await claimIds(storage)).toEqual(["exhausted"]);
  });

  it("a claim hands out what is redelivered before its retry is due, once", async () => {
    const { storage } = await open();
    for (const id of ["waiting", "other"]) {
      await schedule(storage, id);
      await record(storage, deliveryStream(id), failed(1, T0 + 5000));
    }
    expect(await claimIds(storage)).toEqual([]);
    await record(storage, deliveryStream("waiting"), {
      type: "RedeliveryRequested",
      data: { dueAt: new Date(T0).toISOString() },
    });
    expect(await claimIds(storage, { leaseUntil: T0 + 9000 })).toEqual(["waiting"]);
    expect(await claimIds(storage, { now: T0 + 5000 })).toEqual(["other"]);
  });

  it("a claim hands out the longest due first, as many as asked for", async () => {
    const { storage } = await open();
    const delays = [30, 10, 50, 20, 40];
    for (const delay of delays) await schedule(storage, `d${delay}`, { dueAt: T0 - delay });
    expect(await claimIds(storage, { limit: 2 })).toEqual(["d50", "d40"]);
    expect(await claimIds(storage, { limit: 0 })).toEqual([]);
    expect(await claimIds(storage, { limit: 9 })).toEqual(["d30", "d20", "d10"]);
  });

  it("a claimed delivery is what its stream comes to, with the stream's version and the webhooks' revision", async () => {
    const { storage } = await open();
    await record(storage, webhookStream("w"), registered("w")); // so that the revision is not the first
    await schedule(storage, "d", { messageId: "m", webhookId: "w", tenantId: "t", event: "order.paid" });
    await record(storage, deliveryStream("d"), failed(1, null), { type: "DeliveryExhausted", data: { attempts: 1 } });
    await record(
      storage,
      deliveryStream("d"),
      { type: "RedeliveryRequested", data: { dueAt: new Date(T0 - 5).toISOString() } },
      failed(2, T0 - 1),
    );
    const events = (await valueOf(storage.reader.readStream(deliveryStream("d")))).filter(isDeliveryEvent);
    const delivery = events.reduce(deliveryDecider.evolve, deliveryDecider.initialState);
    expect(delivery).toMatchObject({ attempts: 2, attemptsBeforeRound: 1, dueAt: T0 - 1 });
    const webhooksRevision = await valueOf(storage.webhooks.revision());
    const claimed = await valueOf(storage.queue.claim(() => ({ owner: "A", now: T0, leaseUntil: T0 + 1, limit: 1 })));
    expect(claimed).toEqual([{ delivery, version: 5, body: null, webhooksRevision }]);
  });
}
