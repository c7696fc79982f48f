import type { Commit } from "../../../ports/commit.ts";
import type { Storage, StorageAdapter } from "../../../ports/storage.ts";

/**
 * How a row of the ledger is spoiled behind the storage's back.
 *
 * - `unknown-type`: its type becomes `NeverHeardOf`
 * - `not-json`: its data becomes text that is not JSON
 * - `wrong-data`: its data becomes the JSON array `[]`
 */
export type Damage = "unknown-type" | "not-json" | "wrong-data";

/**
 * How a row of a projection is spoiled behind the storage's back.
 *
 * - `change`: one of its columns gets another value: a webhook's `url`, a delivery's `attempts`
 * - `remove`: it is gone
 * - `rename`: its id becomes `{id}-renamed`
 */
export type Tampering = "change" | "remove" | "rename";

/** The ways to spoil each projection. After `remove` in `queue`, workers do not find the delivery any more. */
export interface Tamperings {
  readonly webhooks: Tampering;
  readonly deliveries: Tampering;
  readonly queue: "remove";
}

/**
 * One data set under test, empty at first. Leave out what your adapter cannot offer: its cases are then left out too.
 */
export interface StorageHarness {
  readonly storage: Storage;
  /** All storages that were opened at once while there was nothing yet, `storage` among them. */
  readonly opened: readonly Storage[];
  /** A second storage on the same data, opened independently of the first, to race with it. */
  another(): Promise<Storage>;
  /**
   * Opens a storage on what there would be if the process were killed now: a copy of what is on disk, with nothing
   * closed before and nothing of what memory holds. Without it, a storage passes that writes to memory alone.
   */
  afterKill?(): Promise<Storage>;
  /**
   * Tells whether a text of ASCII characters is anywhere that the storage keeps data: in a file, in a row, in what was
   * freed. Without it, a storage passes whose `purge` does nothing.
   */
  holds?(text: string): Promise<boolean>;
  /** An adapter for a place where nobody has made a ledger yet. What it makes there is removed with the rest. */
  nowhere?(): StorageAdapter;
  /** Whether claims always tell what they have found. Otherwise they may or may not. */
  readonly tellsEarly?: boolean;
  /**
   * Appends new streams in a transaction of the application's, which stays open beside others until `end` is called.
   */
  slow?(commit: Commit): Promise<{ end(how: "commit" | "rollback"): Promise<void> }>;
  damage?(position: number, how: Damage): Promise<void>;
  tamper?<Projection extends keyof Tamperings>(
    projection: Projection,
    id: string,
    how: Tamperings[Projection],
  ): Promise<void>;
  /** Makes the webhook's row unreadable: `retry_config`, say, becomes text that is not JSON. */
  garble?(webhookId: string): Promise<void>;
  /** Gives the webhook's row the first place in its tenant's listing. */
  putFirst?(webhookId: string): Promise<void>;
  /** Closes every storage that is still open, and removes the data. */
  dispose(): Promise<void>;
}

export interface StorageContractOptions {
  /**
   * Makes an empty data set.
   *
   * @param openers - how many storages are opened on it at once; 1 by default
   */
  create(openers?: number): Promise<StorageHarness>;
}
