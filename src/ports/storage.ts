import type { Result, ResultAsync } from "neverthrow";
import type { InvalidInput } from "../domain/invalid-input.ts";
import type { Checkpoints } from "./checkpoints.ts";
import type { DeliveryQueue } from "./delivery-queue.ts";
import type { DeliveryReadModel } from "./delivery-read-model.ts";
import type { LedgerReader } from "./ledger-reader.ts";
import type { LedgerWriter } from "./ledger-writer.ts";
import type { MessageStore } from "./message-store.ts";
import type { JoinedTransaction } from "./open-transaction.ts";
import type { Projections } from "./projections.ts";
import type { ResponseStore } from "./response-store.ts";
import type { Retention } from "./retention.ts";
import type { SecretStore } from "./secret-store.ts";
import type { StorageError } from "./storage-error.ts";
import type { Transfer } from "./transfer.ts";
import type { WebhookReadModel } from "./webhook-read-model.ts";

/**
 * One opened database, behind its ports. `Transaction` is the application's handle on a transaction of its own; `never`
 * if the storage can join none. After `close`, every call is a `StorageError` with the reason `closed`.
 */
export interface Storage<Transaction = never, Joined extends JoinedTransaction = JoinedTransaction> {
  readonly reader: LedgerReader;
  readonly writer: LedgerWriter;
  readonly webhooks: WebhookReadModel;
  readonly deliveries: DeliveryReadModel;
  readonly queue: DeliveryQueue;
  readonly messages: MessageStore;
  readonly responses: ResponseStore;
  readonly secrets: SecretStore;
  readonly projections: Projections;
  readonly retention: Retention;
  readonly checkpoints: Checkpoints;
  readonly transfer: Transfer;
  /** Joins a transaction of the application's. `InvalidInput` if it is not on this storage's connection. */
  // A property, because a method's parameter is compared both ways: what joins nothing would pass for what joins any.
  readonly join: (transaction: Transaction) => Result<Joined, InvalidInput>;
  /**
   * Calls `listener` whenever another process may have made deliveries due. A storage without it is polled now and
   * then.
   */
  listen?(listener: () => void): void;
  /** Closes the storage. Idempotent. */
  close(): ResultAsync<void, StorageError>;
}

export interface Opening {
  /**
   * If true and there is no ledger yet, none is created, and the answer is a `StorageError` with the reason
   * `unreachable`. False by default. Memory storage, which is lost with its process, has nothing to find.
   */
  readonly mustExist?: boolean | undefined;
}

/**
 * Says where the data is. `open` connects and brings the schema up to date; `InvalidInput` names the adapter's option
 * that breaks a rule.
 */
export interface StorageAdapter<Transaction = never, Joined extends JoinedTransaction = JoinedTransaction> {
  readonly name: string;
  open(opening?: Opening): ResultAsync<Storage<Transaction, Joined>, StorageError | InvalidInput>;
}
