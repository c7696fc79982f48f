import type { ResultAsync } from "neverthrow";
import type { RecordedEvent } from "../domain/ledger/index.ts";
import type { StoredMessage } from "./message-store.ts";
import type { StoredResponse } from "./response-store.ts";
import type { StoredSecret } from "./secret-store.ts";
import type { StorageError } from "./storage-error.ts";

/** How far somebody has followed the ledger. */
export interface StoredCheckpoint {
  readonly name: string;
  readonly position: number;
}

/** What is put into another storage: the ledger, and what belongs to it and is not in it. */
export interface Restoration {
  /** Their positions and versions are kept. */
  readonly events?: readonly RecordedEvent[];
  readonly messages?: readonly StoredMessage[];
  readonly secrets?: readonly StoredSecret[];
  readonly responses?: readonly StoredResponse[];
  readonly checkpoints?: readonly StoredCheckpoint[];
  /** Positions are given after this one: what was pruned in the other storage has had those up to it, and followers have passed them. */
  readonly lastPosition?: number;
}

/**
 * Carries a ledger from one storage to another, beside `LedgerReader.readAll`, which gives the events. Nobody may write to the
 * other one meanwhile. The projections are the ledger's, so they are rebuilt afterwards.
 */
export interface Transfer {
  /** By id, after one. */
  messages(after: string, limit: number): ResultAsync<readonly StoredMessage[], StorageError>;
  /** By id, after one, with those that have ended. */
  secrets(after: string, limit: number): ResultAsync<readonly StoredSecret[], StorageError>;
  /** By delivery and attempt, after one. */
  responses(
    after: Pick<StoredResponse, "deliveryId" | "attempt">,
    limit: number,
  ): ResultAsync<readonly StoredResponse[], StorageError>;
  checkpoints(): ResultAsync<readonly StoredCheckpoint[], StorageError>;
  /** All of it or nothing. What is there already, under its position or id, is left alone; a checkpoint that is there goes on, and never back. */
  restore(restoration: Restoration): ResultAsync<void, StorageError>;
}
