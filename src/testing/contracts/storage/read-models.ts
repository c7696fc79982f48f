import { expect, it } from "vitest";
import type { DeliveryView, DomainEvent } from "../../../domain/ledger/index.ts";
import type { DeliveryFilter } from "../../../ports/delivery-read-model.ts";
import type { Storage } from "../../../ports/storage.ts";
import { valueOf } from "../results.ts";
import { commit, deliveryStream, failed, record, registered, schedule, succeeded, T0, webhookStream } from "./facts.ts";
import type { Harnesses } from "./opening.ts";

export function registerReadModelCases({ open }: Harnesses): void {
  it("a tenant sees its own webhooks only", async () => {
    const { storage } = await open();
    for (const tenantId of ["", "t", "T", "t2"]) {
      await record(storage, webhookStream(`of-${tenantId}`), registered(`of-${tenantId}`, { tenantId }));
    }
    for (const tenantId of ["", "t", "T", "t2"]) {
      expect(await valueOf(storage.webhooks.list(tenantId))).toMatchObject([{ webhookId: `of-${tenantId}`, tenantId }]);
    }
    expect(await valueOf(storage.webhooks.list("%"))).toEqual([]);
  });

  it("a deleted webhook has no row, nor has one that never was", async () => {
    const { storage } = await open();
    await record(storage, webhookStream("a"), registered("a"));
    expect(await valueOf(storage.webhooks.get("a"))).not.toBeNull();
    await record(storage, webhookStream("a"), { type: "WebhookDeleted", data: {} });
    expect(await valueOf(storage.webhooks.get("a"))).toBeNull();
    expect(await valueOf(storage.webhooks.list(""))).toEqual([]);
    expect(await valueOf(storage.webhooks.get("b"))).toBeNull();
    expect(await valueOf(storage.deliveries.get("b"))).toBeNull();
  });

  it("a deleted webhook has no row even if its stream does not begin with its registration", async () => {
    const { storage } = await open();
    const early: DomainEvent = { type: "WebhookUrlChanged", data: { url: "https://b.example/" } };
    await record(storage, webhookStream("a"), early, registered("a"));
    expect(await valueOf(storage.webhooks.get("a"))).not.toBeNull();
    await record(storage, webhookStream("a"), { type: "WebhookDeleted", data: {} });
    expect(await valueOf(storage.webhooks.get("a"))).toBeNull();
    expect(await valueOf(storage.projections.verify())).toMatchObject({ differences: [] });
  });

  it("a row tells when its stream began and when it last changed", async () => {
    const { storage } = await open();
    await record(storage, webhookStream("a"), registered("a"));
    await valueOf(
      storage.writer.append(
        commit(webhookStream("a"), 1, [{ type: "WebhookActivated", data: {} }], { recordedAt: T0 + 7 }),
      ),
    );
    expect(await valueOf(storage.webhooks.get("a"))).toMatchObject({ createdAt: T0, updatedAt: T0 + 7, version: 2 });
  });

  it("deliveries are listed by id, whatever order they were written in", async () => {
    const { storage } = await open();
    for (const id of ["d3", "d1", "d4", "d2"]) await schedule(storage, id);
    expect(idsOf(await valueOf(storage.deliveries.list({ limit: 10 })))).toEqual(["d1", "d2", "d3", "d4"]);
    expect(idsOf(await valueOf(storage.deliveries.list({ limit: 0 })))).toEqual([]);
    expect(idsOf(await valueOf(storage.deliveries.list({ limit: 2, newestFirst: true })))).toEqual(["d4", "d3"]);
  });

  it("ids are in order of their code points, which is not JavaScript's", async () => {
    const { storage } = await open();
    for (const id of ["d\u{1f600}", "d\uff5e", "d"]) await schedule(storage, id);
    expect(idsOf(await valueOf(storage.deliveries.list({ limit: 10 })))).toEqual(["d", "d\uff5e", "d\u{1f600}"]);
    expect(idsOf(await valueOf(storage.deliveries.list({ limit: 10, after: "d\uff5e" })))).toEqual(["d\u{1f600}"]);
  });

  it("pages of deliveries together are the whole list, with and without a filter", async () => {
    const { storage } = await open();
    for (let index = 10; index < 30; index += 1) await schedule(storage, `d${index}`, { webhookId: `w${index % 3}` });
    for (const filter of [{}, { webhookIds: ["w1"] }, { webhookIds: ["w2", "w0"] }]) {
      const whole = await valueOf(storage.deliveries.list({ ...filter, limit: 100 }));
      for (const limit of [1, 3, 7, 100]) {
        expect(await pagesOf(storage, { ...filter, limit })).toEqual(whole);
        expect(await pagesOf(storage, { ...filter, limit, newestFirst: true })).toEqual(whole.toReversed());
      }
    }
    expect(idsOf(await valueOf(storage.deliveries.list({ after: "d2", limit: 2 })))).toEqual(["d20", "d21"]);
    expect(await valueOf(storage.deliveries.list({ after: "d29", limit: 2 }))).toEqual([]);
    expect(idsOf(await valueOf(storage.deliveries.list({ after: "d2", limit: 2, newestFirst: true })))).toEqual([
      "d19",
      "d18",
    ]);
  });

  it("deliveries can be filtered by webhooks, message and state, alone and together", async () => {
    const { storage } = await open();
    const every: Pick<DeliveryView, "deliveryId" | "webhookId" | "messageId" | "state">[] = [];
    const states = ["pending", "delivered", "exhausted", "cancelled"] as const;
    for (const webhookId of ["w1", "w2"]) {
      for (const messageId of ["m1", "m2"]) {
        for (const state of states) {
          const deliveryId = `${webhookId}-${messageId}-${state}`;
          await schedule(storage, deliveryId, { webhookId, messageId });
          await bringTo(storage, deliveryId, state);
          every.push({ deliveryId, webhookId, messageId, state });
        }
      }
    }
    for (const webhookIds of [undefined, [], ["w1"], ["none"], ["w2", "none", "w1", "w2"]]) {
      for (const messageId of [undefined, "m2"]) {
        for (const state of [undefined, ...states]) {
          const filter = { limit: 100, ...given({ webhookIds, messageId, state }) };
          const found = await valueOf(storage.deliveries.list(filter));
          const reversed = await valueOf(storage.deliveries.list({ ...filter, newestFirst: true }));
          expect(reversed).toEqual(found.toReversed());
          const wanted = every.filter(
            (each) =>
              (webhookIds === undefined || webhookIds.includes(each.webhookId)) &&
              (messageId === undefined || each.messageId === messageId) &&
              (state === undefined || each.state === state),
          );
          expect(idsOf(found)).toEqual(idsOf(wanted).toSorted());
        }
      }
    }
  });
}

async function bringTo(storage: Storage, deliveryId: string, state: DeliveryView["state"]): Promise<void> {
  const stream = deliveryStream(deliveryId);
  switch (state) {
    case "pending":
      return;
    case "delivered":
      return record(storage, stream, succeeded);
    case "exhausted":
      return record(storage, stream, failed(1, null), { type: "DeliveryExhausted", data: { attempts: 1 } });
    case "cancelled":
      return record(storage, stream, { type: "DeliveryCancelled", data: { reason: "operator" } });
  }
}

function given({
  webhookIds,
  messageId,
  state,
}: { [Name in "webhookIds" | "messageId" | "state"]: DeliveryFilter[Name] | undefined }) {
  return {
    ...(webhookIds !== undefined && { webhookIds }),
    ...(messageId !== undefined && { messageId }),
    ...(state !== undefined && { state }),
  };
}

async function pagesOf(storage: Storage, filter: DeliveryFilter): Promise<readonly DeliveryView[]> {
  const page = await valueOf(storage.deliveries.list(filter));
  const last = page.at(-1);
  return last === undefined ? [] : [...page, ...(await pagesOf(storage, { ...filter, after: last.deliveryId }))];
}

function idsOf(deliveries: readonly { readonly deliveryId: string }[]): readonly string[] {
  return deliveries.map(({ deliveryId }) => deliveryId);
}
