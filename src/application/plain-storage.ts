import type { Storage } from "../ports/storage.ts";

/**
 * Returns the storage as a plain object, to be spread when some of its ports are replaced. A storage may be an instance
 * of a class, whose methods a spread would not copy. `listen` is left out: it is for whoever has opened the storage.
 */
export function plainStorage(storage: Storage): Storage {
  const { reader, writer, webhooks, deliveries, queue, messages, responses, secrets } = storage;
  const { projections, retention, checkpoints, transfer } = storage;
  return {
    ...{ reader, writer, webhooks, deliveries, queue, messages, responses, secrets },
    ...{ projections, retention, checkpoints, transfer },
    join: (transaction) => storage.join(transaction),
    close: () => storage.close(),
  };
}
