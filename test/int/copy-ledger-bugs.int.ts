import { describe, expect, it } from "vitest";
import { memoryStorage } from "../../src/adapters/memory/index.ts";
import { copyLedger } from "../../src/index.ts";
import type { Storage, StorageAdapter } from "../../src/ports/storage.ts";
import { wrapStorage } from "../support/wrap-storage.ts";

/** A memory storage with some of its ports replaced, and how often it was closed. */
function counted(replace: (storage: Storage) => Partial<Storage> = () => ({})) {
  let closed = 0;
  const adapter = wrapStorage(memoryStorage(), (storage) => ({
    ...replace(storage),
    close: () => {
      closed += 1;
      return storage.close();
    },
  }));
  return { adapter, closed: () => closed };
}

function bug(): never {
  throw new Error("the storage has a bug");
}

describe("a bug in a storage that a ledger is copied from or to", () => {
  it("is thrown, and leaves neither storage open", async () => {
    const source = counted(({ reader }) => ({ reader: { ...reader, readAll: bug } }));
    const target = counted();
    const copying = async () => copyLedger({ from: source.adapter, to: target.adapter });
    await expect(copying()).rejects.toThrow("the storage has a bug");
    expect([source.closed(), target.closed()]).toEqual([1, 1]);
  });

  it("is thrown if the target cannot even be asked to open, and does not leave the source open", async () => {
    const source = counted();
    const to: StorageAdapter = { name: "buggy", open: bug };
    const copying = async () => copyLedger({ from: source.adapter, to });
    await expect(copying()).rejects.toThrow("the storage has a bug");
    expect(source.closed()).toBe(1);
  });
});
