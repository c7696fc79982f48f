import type { Result, ResultAsync } from "neverthrow";
import type { RecordedEvent, WebhookView } from "../domain/ledger/index.ts";
import type { ReadError } from "./ledger-reader.ts";
import type { AppendedStream, AppendError, Commit } from "./ledger-writer.ts";
import type { StoredMessage } from "./message-store.ts";
import type { StorageError } from "./storage-error.ts";

/**
 * A transaction that the application has begun on the storage's own connection, and will end. All of it answers at once. What is
 * appended is on disk once the application has committed, and never was if it rolls back; an append that is refused leaves the
 * rest of the transaction as it is. Outside a transaction everything is a `StorageError` with the reason `no-transaction`.
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
   * Does `work` as a part of the transaction, all of it or, where it answers `Err`, nothing, which leaves the rest of the
   * transaction as it is. One after the other, however they are called. `locked` where other transactions were in the way.
   */
  nested<T, E>(work: (part: TransactionPart) => ResultAsync<T, E>): ResultAsync<T, E | StorageError>;
}

/** What can be done in a {@link RemoteTransaction}, as {@link OpenTransaction} has it. */
export interface TransactionPart {
  webhooks(tenantId: string): ResultAsync<readonly WebhookView[], StorageError>;
  findByIdempotencyKey(tenantId: string, idempotencyKey: string): ResultAsync<StoredMessage | null, StorageError>;
  readStream(streamId: string): ResultAsync<readonly RecordedEvent[], ReadError>;
  append(commit: Commit): ResultAsync<readonly AppendedStream[], AppendError>;
}

export type JoinedTransaction = OpenTransaction | RemoteTransaction;
