import type { Storage, StorageAdapter } from "../../src/ports/storage.ts";

/** The same storage with some of its ports replaced, to get between two steps of a use case. */
export function wrapStorage(adapter: StorageAdapter, replace: (storage: Storage) => Partial<Storage>): StorageAdapter {
  return {
    ...adapter,
    open: (opening) => adapter.open(opening).map((storage) => ({ ...storage, ...replace(storage) })),
  };
}

/** Tells of what a claim has found as soon as that is known, as a storage may, before it answers. */
export function tellingEarly(adapter: StorageAdapter): StorageAdapter {
  return wrapStorage(adapter, ({ queue }) => ({
    queue: { ...queue, claim: (ask, found) => queue.claim(ask).andTee((deliveries) => found?.(deliveries)) },
  }));
}
