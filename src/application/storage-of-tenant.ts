import { byStream, type RecordedEvent } from "../domain/ledger/index.ts";
import type { Storage } from "../ports/storage.ts";
import { plainStorage } from "./plain-storage.ts";

interface Owned {
  readonly tenantId: string;
}

/**
 * Returns the same storage without what belongs to other tenants. It is for use cases that find by an id what they
 * change: whatever id they are given, they find nothing of another tenant's. Each method is named, because the ports of
 * an adapter may be instances of classes, whose methods a spread would not copy.
 */
export function storageOfTenant(storage: Storage, tenantId: string): Storage {
  const { reader, webhooks, deliveries, messages } = storage;
  const isOwn = (one: Owned) => one.tenantId === tenantId;
  const ifOwn = <One extends Owned>(one: One | null) => (one !== null && isOwn(one) ? one : null);
  const own = <One extends Owned>(all: readonly One[]) => all.filter(isOwn);
  // A stream whose beginning is lost belongs to nobody; its readers report that it is damaged.
  const ownStream = (events: readonly RecordedEvent[]) => ((ownerOf(events) ?? tenantId) === tenantId ? events : []);
  return {
    ...plainStorage(storage),
    reader: {
      readStream: (streamId) => reader.readStream(streamId).map(ownStream),
      readStreams: (streamIds) =>
        reader.readStreams(streamIds).map((events) => [...byStream(events).values()].flatMap(ownStream)),
      readAll: (page) => reader.readAll(page),
      settledPosition: () => reader.settledPosition(),
    },
    webhooks: {
      get: (webhookId) => webhooks.get(webhookId).map(ifOwn),
      list: (tenant) => webhooks.list(tenant).map(own),
      // A page may come out short: no use case of a tenant asks for it.
      listAll: (filter) => webhooks.listAll(filter).map(own),
      revision: () => webhooks.revision(),
    },
    deliveries: {
      get: (deliveryId) => deliveries.get(deliveryId).map(ifOwn),
      // The list is of one webhook or message, so the tenant has all of a page or none of it.
      list: (filter) => deliveries.list(filter).map(own),
      listPending: (webhookId, after, limit) => deliveries.listPending(webhookId, after, limit).map(own),
    },
    messages: {
      get: (messageId) => messages.get(messageId).map(ifOwn),
      findByIdempotencyKey: (tenant, key) => messages.findByIdempotencyKey(tenant, key).map(ifOwn),
      standings: (messageIds) => messages.standings(messageIds),
      aboutSubject: (filter) => messages.aboutSubject(filter).map(own),
      // Not filtered: whoever walks through all messages selects by tenant, and needs the others' ids to go on.
      list: (after, limit) => messages.list(after, limit),
      purge: () => messages.purge(),
    },
  };
}

/** Each stream begins with an event that names its tenant. */
function ownerOf([first]: readonly RecordedEvent[]): string | null {
  return first !== undefined && "tenantId" in first.data ? first.data.tenantId : null;
}
