import fc from "fast-check";
import { expect, it } from "vitest";
import { deliveryView, isDeliveryEvent, isWebhookEvent, webhookView } from "../../../domain/ledger/index.ts";
import type { Storage } from "../../../ports/storage.ts";
import { valueOf } from "../results.ts";
import { commit, deliveryStream, record, registered, schedule, succeeded, T0, webhookStream } from "./facts.ts";
import { DELIVERIES, histories, live, TENANTS, WEBHOOKS } from "./histories.ts";
import { RUNS_WITH_STORAGE, type Harnesses } from "./opening.ts";

export function registerProjectionCases({ open, within }: Harnesses): void {
  it("after every append, each row is what its stream comes to", () =>
    fc.assert(
      fc.asyncProperty(histories, (history) =>
        within(({ storage }) => live(storage, history, (streamId) => expectRowOf(storage, streamId))),
      ),
      { numRuns: RUNS_WITH_STORAGE },
    ));

  it("after any history, verify finds no difference and rebuild gives the same rows", () =>
    fc.assert(
      fc.asyncProperty(histories, (history) =>
        within(async ({ storage }) => {
          await live(storage, history);
          const { length } = await valueOf(storage.reader.readAll({ limit: 1000 }));
          const rows = await allRows(storage);
          expect(await valueOf(storage.projections.verify())).toEqual({ events: length, differences: [] });
          expect(await valueOf(storage.projections.rebuild())).toEqual({ events: length });
          expect(await allRows(storage)).toEqual(rows);
          expect(await valueOf(storage.projections.verify())).toEqual({ events: length, differences: [] });
        }),
      ),
      { numRuns: RUNS_WITH_STORAGE },
    ));

  it("an empty ledger can be rebuilt and verified too", async () => {
    const { storage } = await open();
    expect(await valueOf(storage.projections.rebuild())).toEqual({ events: 0 });
    expect(await valueOf(storage.projections.verify())).toEqual({ events: 0, differences: [] });
  });

  it("a ledger of more events than a page holds is replayed to its end", async () => {
    const { storage } = await open();
    const ids = Array.from({ length: 1200 }, (_, index) => `w${index}`);
    const streams = ids.map((id) => ({
      streamId: webhookStream(id),
      expectedVersion: "no-stream" as const,
      events: [registered(id)],
    }));
    await valueOf(storage.writer.append({ recordedAt: T0, streams }));
    await record(storage, webhookStream("w0"), { type: "WebhookDeleted", data: {} });
    expect(await valueOf(storage.projections.rebuild())).toEqual({ events: 1201 });
    expect((await valueOf(storage.webhooks.list(""))).map(({ webhookId }) => webhookId)).toEqual(ids.slice(1));
    expect(await valueOf(storage.projections.verify())).toEqual({ events: 1201, differences: [] });
  });

  it("a rebuild keeps leases and whatever else is not derived from the ledger", async () => {
    const { storage } = await open();
    await schedule(storage, "leased");
    await schedule(storage, "free", { dueAt: T0 + 1 });
    const claim = { owner: "A", now: T0, leaseUntil: T0 + 1000, limit: 1 };
    expect(await valueOf(storage.queue.claim(() => claim))).toHaveLength(1);
    await valueOf(
      storage.writer.append(
        commit("message-m", "any", [], { responses: [{ deliveryId: "leased", attempt: 1, excerpt: "x" }] }),
      ),
    );

    // More than once, because a rebuild leaves nothing behind that would be in the next one's way.
    await valueOf(storage.projections.rebuild());
    await valueOf(storage.projections.rebuild());

    expect(await valueOf(storage.responses.ofDeliveries(["leased"]))).toHaveLength(1);
    const others = await valueOf(storage.queue.claim(() => ({ ...claim, owner: "B", now: T0 + 999, limit: 9 })));
    expect(others.map(({ delivery }) => delivery.deliveryId)).toEqual(["free"]);
    await valueOf(storage.queue.release("A", ["leased"]));
    expect(await valueOf(storage.queue.claim(() => ({ ...claim, owner: "B" })))).toHaveLength(1);
  });

  it("an append after a rebuild goes on from where the stream stands", async () => {
    const { storage } = await open();
    await schedule(storage, "d");
    await valueOf(storage.projections.rebuild());
    await valueOf(storage.writer.append(commit(deliveryStream("d"), 1, [succeeded])));
    expect(await valueOf(storage.deliveries.get("d"))).toMatchObject({ state: "delivered", version: 2 });
    expect(await valueOf(storage.queue.nextDueAt())).toBeNull();
  });
}

async function expectRowOf(storage: Storage, streamId: string): Promise<void> {
  const events = await valueOf(storage.reader.readStream(streamId));
  const id = streamId.slice(streamId.indexOf("-") + 1);
  if (streamId.startsWith("webhook-")) {
    expect(await valueOf(storage.webhooks.get(id))).toEqual(webhookView(events.filter(isWebhookEvent)));
  } else {
    expect(await valueOf(storage.deliveries.get(id))).toEqual(deliveryView(events.filter(isDeliveryEvent)));
  }
}

async function allRows(storage: Storage) {
  return {
    webhooks: await Promise.all(WEBHOOKS.map((id) => valueOf(storage.webhooks.get(id)))),
    lists: await Promise.all(TENANTS.map((tenantId) => valueOf(storage.webhooks.list(tenantId)))),
    deliveries: await Promise.all(DELIVERIES.map((id) => valueOf(storage.deliveries.get(id)))),
    list: await valueOf(storage.deliveries.list({ limit: 100 })),
    nextDueAt: await valueOf(storage.queue.nextDueAt()),
  };
}
