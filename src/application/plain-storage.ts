import type { Storage } from "../ports/storage.ts";

/**
 * Returns the storage as a plain object, to be spread when some of its ports are replaced. A storage may be an instance
 * of a class, whose methods a spread would not copy. `listen` is left out: it is for whoever has opened the storage.
 */
export function plainStorage(storage: Storage): Storage {
  return {
    reader: storage.reader,
    writer: storage.writer,
    webhooks: storage.webhooks,
    deliveries: storage.deliveries,
    queue: storage.queue,
    messages: storage.messages,
    responses: storage.responses,
    secrets: storage.secrets,
    projections: storage.projections,
    retention: storage.retention,
    checkpoints: storage.checkpoints,
    transfer: storage.transfer,
    join: (transaction) => storage.join(transaction),
    close: () => storage.close(),
  };
}
