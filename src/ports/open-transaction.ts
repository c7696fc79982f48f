import type { Result, ResultAsync } from "neverthrow";
import type { RecordedEvent, WebhookView } from "../domain/ledger/index.ts";
import type { ReadError } from "./ledger-reader.ts";
import type { Commit } from "./commit.ts";
import type { AppendedStream, AppendError } from "./ledger-writer.ts";
import type { StoredMessage } from "./message-store.ts";
import type { StorageError } from "./storage-error.ts";

/**
 * A transaction that the application has begun on the storage's own connection, and will end. Every call answers at
 * once. What is appended is on disk once the application has committed, and never existed if it rolls back.
 *
 * An append that is refused leaves the rest of the transaction as it is. An append that the database cannot do, for
 * example because the disk is full, may end the transaction, with nothing of it done. Outside a transaction every call
 * is a `StorageError` with the reason `no-transaction`.
 */
export interface OpenTransaction {
  readonly answers: "at once";
  /** Returns all of the tenant's webhooks, in the order of their registration, as the transaction sees them. */
  webhooks(tenantId: string): Result<readonly WebhookView[], StorageError>;
  findByIdempotencyKey(tenantId: string, idempotencyKey: string): Result<StoredMessage | null, StorageError>;
  readStream(streamId: string): Result<readonly RecordedEvent[], ReadError>;
  append(commit: Commit): Result<readonly AppendedStream[], AppendError>;
}

/** The same on a server, which answers later. */
export interface RemoteTransaction {
  readonly answers: "later";
  /**
   * Does `work` in the transaction that is open at the time of the call, once `needed` is ready. Calls run one after
   * the other, however they are made. If the transaction ends meanwhile, nothing is appended: neither outside a
   * transaction nor in the next one on its connection.
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
   * Appends all of it or nothing. `IdempotencyKeyTaken` leaves the transaction as it is. After a `StorageError` from
   * the server, as after any other statement that fails, the transaction can only be rolled back.
   */
  append(publishing: Publishing): ResultAsync<void, AppendError>;
}

/** What publishing appends: new streams, and the messages that they are about. */
export interface Publishing extends Pick<Commit, "recordedAt" | "streams"> {
  readonly messages: readonly StoredMessage[];
}

export type JoinedTransaction = OpenTransaction | RemoteTransaction;
