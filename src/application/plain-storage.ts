import type { Storage } from "../ports/storage.ts";

/**
 * The same storage as an object to be spread where some of its ports are replaced. It may be an instance of a class, of which a spread would
 * not copy the methods. `listen` is left to whoever has opened it.
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
