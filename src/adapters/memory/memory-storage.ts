import { okAsync } from "neverthrow";
import type { StorageAdapter } from "../../ports/storage.ts";
import { openOver } from "./open-over.ts";
import { createState } from "./state.ts";

/**
 * Makes a storage in the memory of this process, for tests and for trying things out: nothing outlives the process.
 *
 * The data belongs to the adapter object. Every `open` of one adapter gives a storage over the same data, so what was
 * written is still there after a `close` and another `open`. Another adapter has data of its own.
 */
export function memoryStorage(): StorageAdapter {
  const state = createState();
  return { name: "memory", open: () => okAsync(openOver(state)) };
}
