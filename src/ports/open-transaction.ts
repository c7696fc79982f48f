import type { Result, ResultAsync } from "neverthrow";
import type { RecordedEvent, WebhookView } from "../domain/ledger/index.ts";
import type { ReadError } from "./ledger-reader.ts";
import type { Commit } from "./commit.ts";
import type { AppendedStream, AppendError } from "./ledger-writer.ts";
import type { StoredMessage } from "./message-store.ts";
import type { StorageError } from "./storage-error.ts";

/**
 * A transaction that the application has begun on the storage's own connection, and will end. All of it answers at once. What is
 * appended is on disk once the application has committed, and never was if it rolls back; an append that is refused leaves the
 * rest of the transaction as it is; one that the database cannot do, for a full disk say, may end it, with nothing of it done. Outside a
 * transaction everything is a `StorageError` with the reason `no-transaction`.
 */
export interface OpenTransaction {
  readonly answers: "at once";
  /** All of the tenant's, in the order of their registration, as the transaction sees them. */
  webhooks(tenantId: string): Result<readonly WebhookView[], StorageError>;
  findByIdempotencyKey(tenantId: string, idempotencyKey: string): Result<StoredMessage | null, StorageError>;
  readStream(streamId: string): Result<readonly RecordedEvent[], ReadError>;
  append(commit: Commit): Result<readonly AppendedStream[], AppendError>;
}

/** The same on a server, which answers later. */
export interface RemoteTransaction {
  readonly answers: "later";
  /**
   * Does `work` in the transaction that is open at the moment, once what it needs is ready, one after the other, however they are called. If
   * the transaction ends meanwhile, nothing is appended, neither outside of one nor in the next one on its connection.
   */
  inTurn<Needed, T, E, F>(
    needed: ResultAsync<Needed, F>,
    work: (part: TransactionPart, needed: Needed) => ResultAsync<T, E>,
  ): ResultAsync<T, E | F | StorageError>;
}

/** What can be done in a {@link RemoteTransaction}. */
export interface TransactionPart {
  webhooks(tenantId: string): ResultAsync<readonly WebhookView[], StorageError>;
  findByIdempotencyKey(tenantId: string, idempotencyKey: string): ResultAsync<StoredMessage | null, StorageError>;
  readStream(streamId: string): ResultAsync<readonly RecordedEvent[], ReadError>;
  /**
   * All of it or nothing. `IdempotencyKeyTaken` leaves the transaction as it is; after a `StorageError` of the server's it can only be rolled
   * back, as after any other statement that fails.
   */
  append(publishing: Publishing): ResultAsync<void, AppendError>;
}

/** What publishing appends: streams that are new, and the messages that they are about. */
export interface Publishing extends Pick<Commit, "recordedAt" | "streams"> {
  readonly messages: readonly StoredMessage[];
}

export type JoinedTransaction = OpenTransaction | RemoteTransaction;
