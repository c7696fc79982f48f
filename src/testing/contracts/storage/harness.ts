import type { Commit } from "../../../ports/commit.ts";
import type { Storage } from "../../../ports/storage.ts";

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

/** Those that there are of each projection. `queue`, `remove`: workers do not find the delivery any more. */
export interface Tamperings {
  readonly webhooks: Tampering;
  readonly deliveries: Tampering;
  readonly queue: "remove";
}

/** One data set under test, empty at first. What an adapter cannot offer is left out, and so are its cases. */
export interface StorageHarness {
  readonly storage: Storage;
  /** All that were opened at once while there was nothing yet, that one among them. */
  readonly opened: readonly Storage[];
  /** A second storage on the same data, opened independently of the first, to race with it. */
  another(): Promise<Storage>;
  /** Whether claims tell what they have found before it is on disk. */
  readonly tellsEarly?: boolean;
  /** Appends streams that are new in a transaction of the application's, which stays open beside others until it is ended. */
  slow?(commit: Commit): Promise<{ end(how: "commit" | "rollback"): Promise<void> }>;
  damage?(position: number, how: Damage): Promise<void>;
  tamper?<Projection extends keyof Tamperings>(
    projection: Projection,
    id: string,
    how: Tamperings[Projection],
  ): Promise<void>;
  /** Makes the row of the webhook one that nobody can read: `retry_config`, say, becomes text that is not JSON. */
  garble?(webhookId: string): Promise<void>;
  /** Gives the webhook's row the first place in its tenant's listing. */
  putFirst?(webhookId: string): Promise<void>;
  /** Closes all that were opened, if they are not closed yet, and removes the data. */
  dispose(): Promise<void>;
}

export interface StorageContractOptions {
  /** @param openers - so many storages are opened on it at once; 1, if not given */
  create(openers?: number): Promise<StorageHarness>;
}
