import { onTestFinished } from "vitest";
import type { Storage } from "../../../ports/storage.ts";
import type { StorageContractOptions, StorageHarness } from "./harness.ts";

/** Gives each test data of its own, and removes it when the test is over. */
export interface Harnesses {
  open(openers?: number): Promise<StorageHarness>;
  /** For a run of a property: removes the data when the run is over. */
  within(run: (harness: StorageHarness) => Promise<void>): Promise<void>;
}

export function harnesses({ create }: StorageContractOptions): Harnesses {
  return {
    async open(openers) {
      const harness = await create(openers);
      onTestFinished(() => harness.dispose());
      return harness;
    },
    async within(run) {
      const harness = await create();
      try {
        await run(harness);
      } finally {
        await harness.dispose();
      }
    },
  };
}

/** How often a property runs. Every run makes a new data set, which takes some milliseconds on a disk. */
export const RUNS_WITH_STORAGE = 20;

/** Opens one storage, or several at once. */
export async function openAtOnce(
  open: () => Promise<Storage>,
  openers = 1,
): Promise<Pick<StorageHarness, "storage" | "opened">> {
  const opened = await Promise.all(Array.from({ length: openers }, open));
  const [storage] = opened;
  if (storage === undefined) throw new Error("at least one is to be opened");
  return { storage, opened };
}
