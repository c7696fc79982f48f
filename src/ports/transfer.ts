import type { ResultAsync } from "neverthrow";
import type { RecordedEvent } from "../domain/ledger/index.ts";
import type { StoredMessage } from "./message-store.ts";
import type { StoredResponse } from "./response-store.ts";
import type { StoredSecret } from "./secret-store.ts";
import type { StorageError } from "./storage-error.ts";

/** How far a follower has read the ledger. */
export interface StoredCheckpoint {
  readonly name: string;
  readonly position: number;
}

/** What is put into another storage: the ledger, and what belongs to it but is stored outside it. */
export interface Restoration {
  /** Their positions and versions are kept. */
  readonly events?: readonly RecordedEvent[];
  readonly messages?: readonly StoredMessage[];
  readonly secrets?: readonly StoredSecret[];
  readonly responses?: readonly StoredResponse[];
  readonly checkpoints?: readonly StoredCheckpoint[];
  /**
   * New positions come after this one. Events pruned from the other storage had positions up to it, and followers have
   * passed them.
   */
  readonly lastPosition?: number;
}

/**
 * Carries a ledger from one storage to another, together with `LedgerReader.readAll`, which gives the events. Nobody
 * may write to the target meanwhile. The projections derive from the ledger, so they are rebuilt afterwards.
 *
 * Ids are in order of code points, in every storage: a copy is compared page by page. The event loop gets its turn
 * before each page.
 */
export interface Transfer {
  /** Returns a page by id, after the given one. */
  messages(after: string, limit: number): ResultAsync<readonly StoredMessage[], StorageError>;
  /** Returns a page by id, after the given one, including those that have ended. */
  secrets(after: string, limit: number): ResultAsync<readonly StoredSecret[], StorageError>;
  /** Returns a page by delivery and attempt, after the given ones. */
  responses(
    after: Pick<StoredResponse, "deliveryId" | "attempt">,
    limit: number,
  ): ResultAsync<readonly StoredResponse[], StorageError>;
  checkpoints(): ResultAsync<readonly StoredCheckpoint[], StorageError>;
  /**
   * Stores all of it or nothing. What already exists under its position or id is left alone; an existing checkpoint
   * moves forward only. An event whose version its stream has at another position is a `StorageError`, and so is a
   * message whose idempotency key another message has.
   */
  restore(restoration: Restoration): ResultAsync<void, StorageError>;
}
