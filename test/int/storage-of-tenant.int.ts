import type { ResultAsync } from "neverthrow";
import { describe, expect, it, onTestFinished } from "vitest";
import { storageOfTenant } from "../../src/application/storage-of-tenant.ts";
import type { Storage, StorageAdapter } from "../../src/ports/storage.ts";
import { event, urlOf } from "../support/deliver-to.ts";
import { openHooks, storages, value } from "../support/open-hooks.ts";

/** Of the tenant a: a webhook, a pending delivery and a cancelled one to it, and their messages. */
type Ids = Readonly<Record<"webhookId" | "pendingId" | "cancelledId" | "messageId", string>>;
type Read = (storage: Storage, ids: Ids) => ResultAsync<unknown, unknown>;
type Table<Port extends keyof Storage, Left extends keyof Storage[Port]> = Readonly<
  Record<Exclude<keyof Storage[Port], Left>, Read>
>;

const idempotencyKey = "k";

/** A call of everything that answers with what belongs to a tenant. The types require each of them. */
const reads: {
  // The whole ledger and its position are not within a tenant's reach.
  readonly reader: Table<"reader", "readAll" | "settledPosition">;
  readonly webhooks: Table<"webhooks", "revision">;
  readonly deliveries: Table<"deliveries", never>;
  // These have nothing of a message but ids, or are given the tenant by whoever asks.
  readonly messages: Table<"messages", "standings" | "list" | "purge">;
} = {
  reader: {
    readStream: ({ reader }, { messageId }) => reader.readStream(`message-${messageId}`),
    readStreams: ({ reader }, { pendingId, cancelledId }) =>
      reader.readStreams([`delivery-${pendingId}`, `delivery-${cancelledId}`]),
  },
  webhooks: {
    get: ({ webhooks }, { webhookId }) => webhooks.get(webhookId),
    list: ({ webhooks }) => webhooks.list("a"),
    listAll: ({ webhooks }) => webhooks.listAll({ activeOnly: false, limit: 10 }),
  },
  deliveries: {
    get: ({ deliveries }, { pendingId }) => deliveries.get(pendingId),
    list: ({ deliveries }, { webhookId }) => deliveries.list({ webhookIds: [webhookId], limit: 10 }),
    listPending: ({ deliveries }, { webhookId }) => deliveries.listPending(webhookId, null, 10),
  },
  messages: {
    get: ({ messages }, { messageId }) => messages.get(messageId),
    aboutSubject: ({ messages }) => messages.aboutSubject({ tenantId: "a", subject: "s", limit: 10 }),
    findByIdempotencyKey: ({ messages }) => messages.findByIdempotencyKey("a", idempotencyKey),
  },
};

const calls = Object.entries(reads).flatMap(([port, table]) =>
  Object.entries(table).map(([name, read]) => ({ name: `${port}.${name}`, read })),
);

async function openWithTenantA(adapter: StorageAdapter): Promise<{ storage: Storage; ids: Ids }> {
  const hooks = await openHooks({ storage: adapter });
  const a = hooks.tenant("a");
  await value(a.webhooks.register({ webhookId: "w", url: urlOf("w"), events: [event] }));
  const [first, second] = [
    await value(a.publish({ event, payload: {}, idempotencyKey, subject: "s" })),
    await value(a.publish({ event, payload: {} })),
  ];
  const idOf = ({ deliveries }: typeof first) => deliveries[0]?.deliveryId ?? "";
  const [pendingId, cancelledId] = [idOf(first), idOf(second)];
  await value(a.deliveries.cancel(cancelledId));
  const storage = await value(adapter.open());
  onTestFinished(async () => {
    await value(storage.close());
  });
  return { storage, ids: { webhookId: "w", pendingId, cancelledId, messageId: first.messageId } };
}

describe.each(storages)("the storage of a tenant, on $name", ({ create }) => {
  it.each(calls)("$name answers with what is the tenant's own, and with nothing of another's", async ({ read }) => {
    const { storage, ids } = await openWithTenantA(create());
    const whole = await value(read(storage, ids));
    expect(whole ?? []).not.toEqual([]);
    expect(await value(read(storageOfTenant(storage, "a"), ids))).toEqual(whole);
    for (const tenantId of ["b", ""]) {
      expect((await value(read(storageOfTenant(storage, tenantId), ids))) ?? []).toEqual([]);
    }
  });

  it("keeps what is left of a stream whose beginning is lost, so that its readers find it damaged", async () => {
    const { storage, ids } = await openWithTenantA(create());
    const streamId = `delivery-${ids.cancelledId}`;
    const { reader } = storage;
    const damaged: Storage = {
      ...storage,
      reader: {
        ...reader,
        readStream: (id) => reader.readStream(id).map(([, ...left]) => left),
        readStreams: (streamIds) => reader.readStreams(streamIds).map(([, ...left]) => left),
      },
    };
    const left = storageOfTenant(damaged, "a").reader;
    expect(await value(left.readStream(streamId))).toMatchObject([{ type: "DeliveryCancelled" }]);
    expect(await value(left.readStreams([streamId]))).toMatchObject([{ type: "DeliveryCancelled" }]);
  });
});
