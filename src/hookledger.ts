import type { Result, ResultAsync } from "neverthrow";
import type { Attribution } from "./application/attribution.ts";
import type { CancelError, RedeliverError } from "./application/deliveries/by-hand.ts";
import type { Delivery } from "./application/deliveries/delivery.ts";
import type { Attempt, DeliveryListing, DeliveryPage } from "./application/deliveries/find-deliveries.ts";
import type { ReplayError } from "./application/deliveries/replay.ts";
import type { ReplayFilter, ReplayOptions, ReplayProgress } from "./application/deliveries/replay-input.ts";
import type { Worker, WorkerOptions } from "./application/deliveries/worker.ts";
import type { Follower, FollowError } from "./application/ledger/follow.ts";
import type { Following } from "./application/ledger/following.ts";
import type { Pruned, PruneError, PruneOptions, Pruning } from "./application/ledger/prune.ts";
import type { DispatchError, DispatchMode } from "./application/messages/dispatch.ts";
import type { DispatchResult } from "./application/messages/dispatch-result.ts";
import type { EraseError, Erased, Erasure } from "./application/messages/erase.ts";
import type { Preview } from "./application/messages/preview.ts";
import type { Publication } from "./application/messages/publication.ts";
import type { PublishError } from "./application/messages/publish.ts";
import type { PublishManyError } from "./application/messages/publish-many.ts";
import type { ReEncrypted, ReEncryptError, ReEncryptOptions } from "./application/secrets/re-encrypt.ts";
import type { DeleteError } from "./application/webhooks/delete-webhook.ts";
import type { WebhookListing } from "./application/webhooks/find-webhooks.ts";
import type { KemiImport, KemiSource } from "./application/webhooks/import-from-kemi.ts";
import type { NewWebhook, RegisterError } from "./application/webhooks/register-webhook.ts";
import type {
  KeyPairRotation,
  RotateError,
  RotateKeyPairError,
  Rotation,
} from "./application/webhooks/rotate-secret.ts";
import type { UpdateError, WebhookChanges } from "./application/webhooks/update-webhook.ts";
import type { Webhook } from "./application/webhooks/webhook.ts";
import type { DeliveryNotFound } from "./domain/delivery/index.ts";
import type { InvalidInput } from "./domain/invalid-input.ts";
import type { RecordedEvent } from "./domain/ledger/index.ts";
import type { EventCatalogue, EventTypeOf, PayloadOf, UnknownEventType } from "./domain/message/index.ts";
import type { WebhookEvent, WebhookNotFound } from "./domain/webhook/index.ts";
import type { LedgerPage, ReadError } from "./ports/ledger-reader.ts";
import type { JoinedTransaction, OpenTransaction, RemoteTransaction } from "./ports/open-transaction.ts";
import type { Verification } from "./ports/projections.ts";
import type { StorageError } from "./ports/storage-error.ts";

/** A message to publish: the payload's type follows from the event's. */
export type Message<Catalogue extends EventCatalogue> = {
  readonly [Name in EventTypeOf<Catalogue>]: {
    readonly event: Name;
    readonly payload: PayloadOf<Catalogue, Name>;
    /** Publishing again under the same key, within a tenant, gives the first answer and sends nothing. */
    readonly idempotencyKey?: string | undefined;
    /** Only this tenant's webhooks receive it. The empty string, if not given. */
    readonly tenantId?: string | undefined;
    /** Whom or what the payload is about, such as a user's id: `messages.erase` finds it by that. */
    readonly subject?: string | undefined;
  };
}[EventTypeOf<Catalogue>];

/** Registering, changing and looking up webhooks. */
export interface Webhooks<Catalogue extends EventCatalogue> {
  /** `WebhookAlreadyExists` if the id is, or was, another's. */
  register(
    webhook: NewWebhook & { readonly events: readonly EventTypeOf<Catalogue>[] },
  ): ResultAsync<Webhook, RegisterError>;
  get(webhookId: string): ResultAsync<Webhook | null, StorageError | InvalidInput>;
  /**
   * In the order of registration; only the active ones, unless `activeOnly` is false. `StorageError`, `secrets`: those of one of them
   * cannot be read, and the message names it.
   */
  list(listing?: WebhookListing): ResultAsync<readonly Webhook[], StorageError | InvalidInput>;
  /** The active webhooks that subscribe to `event`, as in `list`. */
  listForEvent(
    event: EventTypeOf<Catalogue>,
    options?: Pick<WebhookListing, "tenantId">,
  ): ResultAsync<readonly Webhook[], StorageError | InvalidInput | UnknownEventType>;
  /** Changes what is given. Deactivating cancels the webhook's pending deliveries. */
  update(
    webhookId: string,
    changes: WebhookChanges & { readonly events?: readonly EventTypeOf<Catalogue>[] | undefined },
  ): ResultAsync<Webhook, UpdateError>;
  /** Gives it a new secret, beside which the present one signs on for `overlapSeconds`, by default a day. */
  rotateSecret(webhookId: string, rotation?: Rotation): ResultAsync<Webhook, RotateError>;
  /** Gives it a new key pair for `v1a`, beside which the present one signs on; its first one, where it has none. */
  rotateKeyPair(webhookId: string, rotation?: KeyPairRotation): ResultAsync<Webhook, RotateKeyPairError>;
  /**
   * Encrypts under the cipher's present key all secrets, private keys and header values that are in plain text or under an older key,
   * while everything goes on. Once it resolves `Ok`, the older keys are not needed any more.
   *
   * `InvalidInput` if hookledger was opened without a cipher. After a `StorageError` what was encrypted stays so, and
   * another call does the rest; its reason is `secrets` where a value cannot be decrypted.
   */
  reEncryptSecrets(options?: ReEncryptOptions): ResultAsync<ReEncrypted, ReEncryptError>;
  /** Cancels its pending deliveries and forgets its secrets. False if there was no such webhook. */
  delete(webhookId: string, options?: Attribution): ResultAsync<boolean, DeleteError>;
  /** Its domain events, from `WebhookRegistered` on. */
  history(
    webhookId: string,
  ): ResultAsync<readonly RecordedEvent<WebhookEvent>[], ReadError | WebhookNotFound | InvalidInput>;
  /** Registers the webhooks of a kemi database under their own ids. Running it again adds nothing. */
  importFromKemi(source: KemiSource): ResultAsync<KemiImport, StorageError | InvalidInput>;
}

/** Looking into deliveries, and changing their course by hand. */
export interface Deliveries {
  get(deliveryId: string): ResultAsync<Delivery | null, StorageError | InvalidInput>;
  /** In the order of scheduling, page by page: pass a page's `next` as `after`. */
  list(listing?: DeliveryListing): ResultAsync<DeliveryPage, StorageError | InvalidInput>;
  /** Every attempt whose outcome is known, in order. */
  attempts(deliveryId: string): ResultAsync<readonly Attempt[], ReadError | DeliveryNotFound | InvalidInput>;
  /** Makes an exhausted or cancelled delivery pending again, with all its attempts before it. */
  redeliver(deliveryId: string, options?: Attribution): ResultAsync<Delivery, RedeliverError>;
  /**
   * Makes exhausted and cancelled deliveries pending again, all that the filter lets through, each with all its attempts
   * before it. Skipped are deliveries of webhooks that are inactive or deleted, and those whose message was erased. They
   * are changed page by page, so that workers begin meanwhile, and each at most once: what is exhausted again stays so.
   *
   * `WebhookNotFound` or `WebhookInactive` if that is true of the filter's webhook. After a `StorageError` (`closed` where
   * the instance was closed meanwhile) what was replayed before stays so, and another call takes up the rest.
   */
  replay(filter?: ReplayFilter, options?: ReplayOptions): ResultAsync<ReplayProgress, ReplayError>;
  /** Gives up a pending delivery. */
  cancel(deliveryId: string, options?: Attribution): ResultAsync<Delivery, CancelError>;
}

/** The messages' payloads, which are not in the ledger. */
export interface Messages {
  /**
   * Removes payloads for good, from the database's files as well, with what receivers answered to them; the ledger tells
   * that they were erased. Pending deliveries are cancelled; an attempt that is under way may still arrive.
   *
   * Where somebody else reads the database at the moment, it answers a `StorageError` that is `locked`: the payloads
   * are erased then, but not yet out of the files, and the same call will see to it.
   */
  erase(erasure: Erasure): ResultAsync<Erased, EraseError>;
}

/** The append-only record of all that was decided, and the tables derived from it. */
export interface Ledger {
  /** Events after a position, at most `limit`, 1 to 1,000. */
  readAll(page: LedgerPage): ResultAsync<readonly RecordedEvent[], ReadError | InvalidInput>;
  /** All events of a stream, such as `delivery-{deliveryId}`; none if there is no such stream. */
  readStream(streamId: string): ResultAsync<readonly RecordedEvent[], ReadError | InvalidInput>;
  /**
   * Hands the ledger's events over as they are appended: in their order, none missed, each at least once. How far it has come is
   * noted under the name. Any number may follow under one name, in many processes: one of them leads, and when it ends
   * another takes over. Resolves when it has begun.
   */
  follow(following: Following): ResultAsync<Follower, FollowError>;
  /** Empties the projections and fills them from the ledger. */
  rebuild(): ResultAsync<{ readonly events: number }, ReadError>;
  /** Replays the ledger beside the projections, and tells where they differ. */
  verify(): ResultAsync<Verification, ReadError>;
  /**
   * Removes the deliveries that were settled before a time, and the messages that have none left, with their payloads and
   * streams: the one exception to the ledger being append-only. In small steps, while workers go on. The idempotency
   * keys of messages that are removed are free again. After an error what was removed stays so; prune again.
   */
  prune(pruning: Pruning, options?: PruneOptions): ResultAsync<Pruned, PruneError>;
}

/** Publishing in a transaction of the application's, so that neither is there without the other. */
export interface TransactionPublisher<Catalogue extends EventCatalogue> {
  /**
   * Stores the message and schedules its deliveries in the transaction, at once: they are there when it commits, and never were
   * if it rolls back. Call it inside the transaction's own callback. On an error nothing of the message is in the transaction,
   * and the rest of it is as it was.
   *
   * `StorageError` `no-transaction` where none is open; `InvalidInput` where the event's schema answers with a promise, or the
   * transaction is not on the storage's connection.
   */
  publishSync(message: Message<Catalogue>): Result<Publication, PublishError>;
  /**
   * The same where a server answers later: wait for it before the transaction is ended. Several may be under way at once. `StorageError` `locked`
   * where other transactions were in the way again and again; whatever the error, the transaction can go on.
   */
  publish(message: Message<Catalogue>): ResultAsync<Publication, PublishError>;
}

/** How a message is published in a transaction: at once where the database is in the process, else with a promise. */
export type PublishingIn<Joined extends JoinedTransaction> = Joined extends OpenTransaction ? "publishSync" : "publish";

/**
 * What a transaction is joined as, where only its own type is written down: better-sqlite3's handle and drizzle's transaction on it
 * answer at once, all others later.
 */
export type JoinedAs<Transaction> = [Transaction] extends [never]
  ? JoinedTransaction
  : Transaction extends { pragma: unknown } | { run: unknown }
    ? OpenTransaction
    : RemoteTransaction;

/** An open ledger of webhooks. `Transaction`: what of the application's transactions its storage can join, and as what. */
export interface Hookledger<
  Catalogue extends EventCatalogue,
  Transaction = never,
  Joined extends JoinedTransaction = JoinedAs<Transaction>,
> {
  readonly webhooks: Webhooks<Catalogue>;
  readonly deliveries: Deliveries;
  readonly messages: Messages;
  readonly ledger: Ledger;
  /** Stores the message and schedules its deliveries; both are on disk when this resolves. */
  publish(message: Message<Catalogue>): ResultAsync<Publication, PublishError>;
  /**
   * The application's own transaction. On SQLite: better-sqlite3's handle, where `sqliteStorage({ database })` has it, or drizzle's
   * transaction on it. On PostgreSQL: a client of node-postgres after its BEGIN, or drizzle's transaction.
   */
  within(transaction: Transaction): Pick<TransactionPublisher<Catalogue>, PublishingIn<Joined>>;
  /** Publishes up to 1,000 messages in one transaction: all of them, or none. The error tells the message's `index`. */
  publishMany(messages: readonly Message<Catalogue>[]): ResultAsync<readonly Publication[], PublishManyError>;
  /** Who would receive such a message now, and who would not, with the reason. */
  preview(message: {
    readonly event: EventTypeOf<Catalogue>;
    readonly tenantId?: string | undefined;
  }): ResultAsync<Preview, InvalidInput | UnknownEventType | StorageError>;
  /** Publishes, then waits for every outcome, retries included. */
  dispatch(
    message: Message<Catalogue>,
    options?: { readonly mode?: DispatchMode | undefined },
  ): ResultAsync<readonly DispatchResult[], DispatchError>;
  /** Makes a worker. It delivers nothing until it is started. */
  worker(options?: WorkerOptions): Worker;
  /** Stops the workers, waits for their attempts and closes the storage. Closing twice is closing once. */
  close(): ResultAsync<void, StorageError>;
}
