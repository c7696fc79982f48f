import type { Result, ResultAsync } from "neverthrow";
import type { WorkerOptions } from "./application/deliveries/worker-options.ts";
import type { Worker } from "./application/deliveries/worker.ts";
import type { DispatchResult } from "./application/messages/dispatch-result.ts";
import type { DispatchError, DispatchOptions } from "./application/messages/dispatch.ts";
import type { Preview, PreviewError } from "./application/messages/preview.ts";
import type { Publication } from "./application/messages/publication.ts";
import type { PublishManyError } from "./application/messages/publish-many.ts";
import type { PublishError } from "./application/messages/publish.ts";
import type { Deliveries } from "./deliveries.ts";
import type { EventCatalogue, EventTypeOf, memoryEvents, PayloadOf } from "./domain/message/index.ts";
import type { JoinedAs, PublishingIn } from "./joined-as.ts";
import type { Ledger } from "./ledger.ts";
import type { Messages } from "./messages.ts";
import type { JoinedTransaction } from "./ports/open-transaction.ts";
import type { StorageError } from "./ports/storage-error.ts";
import type { TenantWebhooks } from "./tenant-webhooks.ts";
import type { Webhooks } from "./webhooks.ts";

/** A message to publish. The payload's type follows from the event type. */
export type Message<Catalogue extends EventCatalogue = typeof memoryEvents> = {
  readonly [Name in EventTypeOf<Catalogue>]: {
    readonly event: Name;
    readonly payload: PayloadOf<Catalogue, Name>;
    /** Publishing again under the same key, within a tenant, returns the first answer and sends nothing. */
    readonly idempotencyKey?: string | undefined;
    /** Only this tenant's webhooks receive it. The empty string by default. */
    readonly tenantId?: string | undefined;
    /** Only this webhook of the tenant receives it, whatever it has subscribed to. */
    readonly webhookId?: string | undefined;
    /** Whom or what the payload is about, such as a user's id: `messages.list` and `messages.erase` find it by that. */
    readonly subject?: string | undefined;
  };
}[EventTypeOf<Catalogue>];

/**
 * Publishes in the application's own transaction, so that neither the message nor the application's change is stored
 * without the other.
 */
export interface TransactionPublisher<Catalogue extends EventCatalogue> {
  /**
   * Stores the message and schedules its deliveries in the transaction, synchronously: they exist once it commits, and
   * never existed if it rolls back. Call it inside the transaction's own callback.
   *
   * After an error, nothing of the message is in the transaction, and the rest of the transaction is as it was. The one
   * exception is a `StorageError` `full`: SQLite has then rolled back the whole transaction and ended it.
   *
   * `StorageError` `no-transaction` if no transaction is open; `InvalidInput` if the event's schema answers with a
   * promise, or if the transaction is not on the storage's connection.
   */
  publishSync(message: Message<Catalogue>): Result<Publication, PublishError>;
  /**
   * Does the same as `publishSync` if the database is a server, which answers later. Wait for it before you end the
   * transaction; several may be under way at once. After a `StorageError` you can only roll the transaction back. The
   * reason is `locked` if other transactions got in the way again and again.
   */
  publish(message: Message<Catalogue>): ResultAsync<Publication, PublishError>;
}

/**
 * An open ledger of webhooks. `Transaction` is the type of the application's transactions that the storage can join,
 * and `Joined` the form in which it joins them.
 */
export interface Hookledger<
  Catalogue extends EventCatalogue = typeof memoryEvents,
  Transaction = never,
  Joined extends JoinedTransaction = JoinedAs<Transaction>,
> {
  readonly webhooks: Webhooks<Catalogue>;
  readonly deliveries: Deliveries;
  readonly messages: Messages;
  readonly ledger: Ledger;
  /**
   * Returns the same calls for one tenant alone: everything goes to that tenant, and other tenants' data does not exist
   * there. If you answer a customer's request through it, no id in the request can reach anybody else's data. Makes a
   * few objects only, so there is no need to keep it.
   *
   * @throws TypeError if the id breaks its rule: up to 200 characters, none of them a control character
   */
  tenant(tenantId: string): Tenant<Catalogue, Transaction, Joined>;
  /**
   * Stores the message and schedules its deliveries. Both are on disk when this resolves.
   *
   * `UnknownEventType`, `InvalidPayload`, `NotJson` or `PayloadTooLarge` if the event type or the payload breaks a
   * rule; `IdempotencyKeyReused` if the key already stands for a different message; `WebhookNotFound` or
   * `WebhookInactive` if that is true of the webhook that the message names.
   */
  publish(message: Message<Catalogue>): ResultAsync<Publication, PublishError>;
  /**
   * Joins the application's own transaction:
   *
   * - on SQLite: better-sqlite3's handle, if `sqliteStorage({ database })` was given it, or drizzle's transaction on it
   * - on PostgreSQL: a client of node-postgres after its BEGIN, the transaction of drizzle or postgres.js, or a
   *   `runSql` on another library's transaction
   *
   * If the compiler says `never`, there is nothing to join: the storage is in memory or has a connection of its own, as
   * with `sqliteStorage({ path })`, or the type was written without its second argument, as in
   * `Hookledger<typeof events, SqliteTransaction>`.
   */
  // A property, because a method's parameter is compared both ways: what joins nothing would pass for what joins any.
  readonly within: (transaction: Transaction) => Pick<TransactionPublisher<Catalogue>, PublishingIn<Joined>>;
  /**
   * Publishes up to 1,000 messages in one transaction: all of them, or none. Answers in their order. The errors are
   * those of `publish`, each with the message's `index`; null if no single message is to blame.
   */
  publishMany(messages: readonly Message<Catalogue>[]): ResultAsync<readonly Publication[], PublishManyError>;
  /**
   * Tells which webhooks would receive such a message now, and which would not, with the reason. You can pass the whole
   * message that you are about to publish. `UnknownEventType`; `WebhookNotFound` or `WebhookInactive` as by `publish`.
   */
  preview(message: {
    readonly event: EventTypeOf<Catalogue>;
    readonly tenantId?: string | undefined;
    readonly webhookId?: string | undefined;
  }): ResultAsync<Preview, PreviewError>;
  /**
   * Publishes, then waits for every outcome, retries included. `sequential` sends the deliveries one after the other,
   * unless a worker runs, in any process: a worker takes them all up at once.
   *
   * The errors of `publish`, and once it is published: `DeliveryNotFound` if a delivery was pruned before its outcome
   * was read; `StorageError`, `closed` if hookledger was closed meanwhile. What is pending is then left to any worker.
   */
  dispatch(
    message: Message<Catalogue>,
    options?: DispatchOptions,
  ): ResultAsync<readonly DispatchResult[], DispatchError>;
  /** Makes a worker. It delivers nothing until you start it. */
  worker(options?: WorkerOptions): Worker;
  /**
   * Stops the workers, waits for the attempts under way (a `dispatch`'s too) and for earlier calls, and closes the
   * storage. Does not wait for `ledger.verify` and `ledger.rebuild`. A second call changes nothing.
   */
  close(): ResultAsync<void, StorageError>;
}

/** The calls for one tenant. You may leave out `tenantId` in all of them; another tenant's is `InvalidInput`. */
export interface Tenant<
  Catalogue extends EventCatalogue = typeof memoryEvents,
  Transaction = never,
  Joined extends JoinedTransaction = JoinedAs<Transaction>,
> extends Pick<
  Hookledger<Catalogue, Transaction, Joined>,
  "deliveries" | "messages" | "publish" | "within" | "publishMany" | "preview" | "dispatch"
> {
  readonly webhooks: TenantWebhooks<Catalogue>;
}
