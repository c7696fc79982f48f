import { byStream, type RecordedEvent } from "../domain/ledger/index.ts";
import type { Storage } from "../ports/storage.ts";
import { plainStorage } from "./plain-storage.ts";

interface Owned {
  readonly tenantId: string;
}

/**
 * The same storage, in which what belongs to another tenant is not there. It is for use cases that find what they change by its id:
 * whatever they are told, they come to nothing of anybody else's. Each method is named: the ports of somebody's adapter may be instances
 * of classes, of which a spread copies none.
 */
export function storageOfTenant(storage: Storage, tenantId: string): Storage {
  const { reader, webhooks, deliveries, messages } = storage;
  const isOwn = (one: Owned) => one.tenantId === tenantId;
  const ifOwn = <One extends Owned>(one: One | null) => (one !== null && isOwn(one) ? one : null);
  const own = <One extends Owned>(all: readonly One[]) => all.filter(isOwn);
  // One whose beginning is lost is nobody's; its readers tell that it is damaged.
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
      // A page may be short: no use case of a tenant asks for it.
      listAll: (filter) => webhooks.listAll(filter).map(own),
      revision: () => webhooks.revision(),
    },
    deliveries: {
      get: (deliveryId) => deliveries.get(deliveryId).map(ifOwn),
      // Of one webhook or message, so that a page has all of it or nothing.
      list: (filter) => deliveries.list(filter).map(own),
      listPending: (webhookId, after, limit) => deliveries.listPending(webhookId, after, limit).map(own),
      listEnded: (filter) => deliveries.listEnded(filter).map(own),
    },
    messages: {
      get: (messageId) => messages.get(messageId).map(ifOwn),
      findByIdempotencyKey: (tenant, key) => messages.findByIdempotencyKey(tenant, key).map(ifOwn),
      standings: (messageIds) => messages.standings(messageIds),
      aboutSubject: (tenant, subject, limit) => messages.aboutSubject(tenant, subject, limit),
      // As it is: whoever walks along all messages says whose are wanted, and needs the others' ids to go on.
      list: (after, limit) => messages.list(after, limit),
      purge: () => messages.purge(),
    },
  };
}

/** Each stream begins with an event that names its tenant. */
function ownerOf([first]: readonly RecordedEvent[]): string | null {
  return first !== undefined && "tenantId" in first.data ? first.data.tenantId : null;
}
