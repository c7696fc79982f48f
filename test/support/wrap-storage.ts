import type { Storage, StorageAdapter } from "../../src/ports/storage.ts";

/** The same storage with some of its ports replaced, so that a test gets between two steps of a use case. */
export function wrapStorage(adapter: StorageAdapter, replace: (storage: Storage) => Partial<Storage>): StorageAdapter {
  return {
    ...adapter,
    open: (opening) => adapter.open(opening).map((storage) => ({ ...storage, ...replace(storage) })),
  };
}

/** The same storage, which tells what a claim has found before the claim answers, as a storage may. */
export function tellingEarly(adapter: StorageAdapter): StorageAdapter {
  return wrapStorage(adapter, ({ queue }) => ({
    queue: { ...queue, claim: (ask, found) => queue.claim(ask).andTee((deliveries) => found?.(deliveries)) },
  }));
}

/** `beforeDecision` takes what happens once, between the read of a webhook's row and the read of its stream. */
export function withBeforeDecision(adapter: StorageAdapter) {
  let between: (() => Promise<unknown>) | null = null;
  const storage = wrapStorage(adapter, ({ reader }) => ({
    reader: {
      ...reader,
      readStream(streamId) {
        const happens = between;
        if (happens === null || !streamId.startsWith("webhook-")) return reader.readStream(streamId);
        between = null;
        return reader
          .settledPosition()
          .map(happens)
          .andThen(() => reader.readStream(streamId));
      },
    },
  }));
  return { storage, beforeDecision: (happens: () => Promise<unknown>) => void (between = happens) };
}
