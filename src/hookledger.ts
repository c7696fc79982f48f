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
import type { Ledger } from "./ledger.ts";
import type { Messages } from "./messages.ts";
import type { JoinedTransaction, OpenTransaction, RemoteTransaction } from "./ports/open-transaction.ts";
import type { StorageError } from "./ports/storage-error.ts";
import type { TenantWebhooks } from "./tenant-webhooks.ts";
import type { Webhooks } from "./webhooks.ts";

/** A message to publish: the payload's type follows from the event's. */
export type Message<Catalogue extends EventCatalogue = typeof memoryEvents> = {
  readonly [Name in EventTypeOf<Catalogue>]: {
    readonly event: Name;
    readonly payload: PayloadOf<Catalogue, Name>;
    /** Publishing again under the same key, within a tenant, gives the first answer and sends nothing. */
    readonly idempotencyKey?: string | undefined;
    /** Only this tenant's webhooks receive it. The empty string, if not given. */
    readonly tenantId?: string | undefined;
    /** Only this webhook of the tenant's receives it, whatever it has subscribed to. */
    readonly webhookId?: string | undefined;
    /** Whom or what the payload is about, such as a user's id: `messages.erase` finds it by that. */
    readonly subject?: string | undefined;
  };
}[EventTypeOf<Catalogue>];

/** Publishing in a transaction of the application's, so that neither is there without the other. */
export interface TransactionPublisher<Catalogue extends EventCatalogue> {
  /**
   * Stores the message and schedules its deliveries in the transaction, at once: they are there when it commits, and never were
   * if it rolls back. Call it inside the transaction's own callback. On an error nothing of the message is in the transaction,
   * and the rest of it is as it was, unless the reason is `full`: then SQLite has taken back all of it, and ended it.
   *
   * `StorageError` `no-transaction` where none is open; `InvalidInput` where the event's schema answers with a promise, or the
   * transaction is not on the storage's connection.
   */
  publishSync(message: Message<Catalogue>): Result<Publication, PublishError>;
  /**
   * The same where a server answers later: wait for it before the transaction is ended. Several may be under way at once. After a
   * `StorageError` the transaction can only be rolled back. It is `locked` where other transactions were in the way again and again.
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
  Catalogue extends EventCatalogue = typeof memoryEvents,
  Transaction = never,
  Joined extends JoinedTransaction = JoinedAs<Transaction>,
> {
  readonly webhooks: Webhooks<Catalogue>;
  readonly deliveries: Deliveries;
  readonly messages: Messages;
  readonly ledger: Ledger;
  /**
   * The same for one tenant alone: all of it goes to that tenant, and what is another's is not there. A customer's request that is
   * answered by it comes to nothing of anybody else's, whatever ids are in it. Makes a few objects, so there is no need to keep it.
   *
   * @throws TypeError where the id breaks its rule: up to 200 characters, none of them a control character
   */
  tenant(tenantId: string): Tenant<Catalogue, Transaction, Joined>;
  /** Stores the message and schedules its deliveries; both are on disk when this resolves. */
  publish(message: Message<Catalogue>): ResultAsync<Publication, PublishError>;
  /**
   * The application's own transaction. On SQLite: better-sqlite3's handle, where `sqliteStorage({ database })` has it, or drizzle's
   * transaction on it. On PostgreSQL: a client of node-postgres after its BEGIN, the transaction of drizzle or postgres.js, or a
   * `runSql` of another library's.
   */
  within(transaction: Transaction): Pick<TransactionPublisher<Catalogue>, PublishingIn<Joined>>;
  /** Publishes up to 1,000 messages in one transaction: all of them, or none. The error tells the message's `index`. */
  publishMany(messages: readonly Message<Catalogue>[]): ResultAsync<readonly Publication[], PublishManyError>;
  /** Who would receive such a message now, and who would not, with the reason. What is to be published can be passed whole. */
  preview(message: {
    readonly event: EventTypeOf<Catalogue>;
    readonly tenantId?: string | undefined;
    readonly webhookId?: string | undefined;
  }): ResultAsync<Preview, PreviewError>;
  /**
   * Publishes, then waits for every outcome, retries included. `sequential` makes them one after the other, unless a worker runs, in whatever
   * process: that takes up all of them at once.
   */
  dispatch(
    message: Message<Catalogue>,
    options?: DispatchOptions,
  ): ResultAsync<readonly DispatchResult[], DispatchError>;
  /** Makes a worker. It delivers nothing until it is started. */
  worker(options?: WorkerOptions): Worker;
  /**
   * Stops the workers, waits for the attempts under way, a `dispatch`'s too, and for what was called before, and closes the storage;
   * `ledger.verify` and `ledger.rebuild` are not waited for. Closing twice is closing once.
   */
  close(): ResultAsync<void, StorageError>;
}

/** What there is of one tenant. A `tenantId` may be left out in all of it; another one's is `InvalidInput`. */
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
