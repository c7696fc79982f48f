import { err, errAsync, ok, okAsync, ResultAsync, type Result } from "neverthrow";
import { checkLimit, checkObject, checkPosition, checkText } from "./application/check-arguments.ts";
import { cancelDelivery, redeliver } from "./application/deliveries/by-hand.ts";
import { findDelivery, listAttempts, listDeliveries } from "./application/deliveries/find-deliveries.ts";
import { replayDeliveries } from "./application/deliveries/replay.ts";
import { createWorker, type Worker } from "./application/deliveries/worker.ts";
import type { Dependencies } from "./application/dependencies.ts";
import { follow, type Follower } from "./application/ledger/follow.ts";
import { prune } from "./application/ledger/prune.ts";
import { dispatch } from "./application/messages/dispatch.ts";
import { eraseMessages } from "./application/messages/erase.ts";
import { preview } from "./application/messages/preview.ts";
import { publish } from "./application/messages/publish.ts";
import { publishRemotely } from "./application/messages/publish-remotely.ts";
import { publishWithin } from "./application/messages/publish-within.ts";
import { publishMany } from "./application/messages/publish-many.ts";
import { reEncryptSecrets } from "./application/secrets/re-encrypt.ts";
import { deleteWebhook } from "./application/webhooks/delete-webhook.ts";
import { findWebhook, listForEvent, listWebhooks, webhookHistory } from "./application/webhooks/find-webhooks.ts";
import { importFromKemi } from "./application/webhooks/import-from-kemi.ts";
import { registerWebhook } from "./application/webhooks/register-webhook.ts";
import { rotateKeyPair, rotateSecret } from "./application/webhooks/rotate-secret.ts";
import { updateWebhook } from "./application/webhooks/update-webhook.ts";
import { invalidInput, type InvalidInput } from "./domain/invalid-input.ts";
import type { EventCatalogue } from "./domain/message/index.ts";
import type { KemiDatabase } from "./ports/kemi-database.ts";
import type { JoinedTransaction } from "./ports/open-transaction.ts";
import type { Storage } from "./ports/storage.ts";
import { storageError, type StorageError } from "./ports/storage-error.ts";
import type { Deliveries, Hookledger, Ledger, TransactionPublisher, Webhooks } from "./hookledger.ts";

/** Gives the use cases their public form. */
export function createFrontDoor<Catalogue extends EventCatalogue, Transaction, Joined extends JoinedTransaction>(
  opened: Omit<Dependencies, "closing">,
  join: Storage<Transaction, Joined>["join"],
): Hookledger<Catalogue, Transaction, Joined> {
  const closing = new AbortController();
  const deps: Dependencies = { ...opened, closing: closing.signal };
  const workers: Worker[] = [];
  const followers: Follower[] = [];
  const underWay = createUnderWay();
  let closed: ResultAsync<void, StorageError> | null = null;

  /** All of it, whatever fails: what is left open would keep the process alive. The first error is the answer. */
  async function close(): Promise<Result<void, StorageError>> {
    const stopped = await Promise.all(workers.map(stopByDefault));
    await deps.http.close();
    stopped.push(...(await Promise.all(followers.map((follower) => follower.stop()))));
    await underWay.ended();
    stopped.push(await deps.storage.close());
    return stopped.find((one) => one.isErr()) ?? ok();
  }

  return {
    webhooks: webhooksOf<Catalogue>(deps, underWay),
    deliveries: deliveriesOf(deps, underWay),
    messages: {
      erase: (erasure) =>
        checkObject("erasure", erasure).asyncAndThen((given) => underWay.track(eraseMessages(deps, given))),
    },
    ledger: ledgerOf(deps, underWay, followers),
    within: (transaction) => publisherIn<Catalogue>(deps, join(transaction)),
    publishMany: (messages) => publishMany(deps, messages),
    publish: (message) => checkObject("message", message).asyncAndThen((given) => publish(deps, given)),
    preview: (message) => checkObject("message", message).asyncAndThen((given) => preview(deps, given)),
    dispatch: (message, options = {}) =>
      checkObject("message", message)
        .andThen(() => checkObject("options", options))
        .asyncAndThen((given) => underWay.track(dispatch(deps, message, given))),
    worker(options) {
      const worker = createWorker(deps, options);
      workers.push(worker);
      return worker;
    },
    close() {
      closing.abort();
      deps.wakeUps.notify();
      closed ??= new ResultAsync(close());
      return closed;
    },
  };
}

/** The types let only that be called which the storage can do. */
function publisherIn<Catalogue extends EventCatalogue>(
  deps: Dependencies,
  joined: Result<JoinedTransaction, InvalidInput>,
): TransactionPublisher<Catalogue> {
  const rule = (name: string) =>
    err(invalidInput(name, "cannot be called on this storage: it has the other one", name));
  return {
    publishSync: (message) =>
      joined.andThen((open) => (open.answers === "at once" ? publishWithin(deps, open, message) : rule("publishSync"))),
    publish: (message) =>
      joined.asyncAndThen((open) =>
        open.answers === "later"
          ? publishRemotely(deps, open, message)
          : new ResultAsync(Promise.resolve(rule("publish"))),
      ),
  };
}

/** Without options none can be invalid. */
function stopByDefault(worker: Worker): ResultAsync<void, StorageError> {
  return worker.stop().orElse((error) => (error.type === "StorageError" ? errAsync(error) : okAsync()));
}

interface UnderWay {
  track<T, E>(result: ResultAsync<T, E>): ResultAsync<T, E>;
  ended(): Promise<unknown>;
}

/**
 * What closing has to wait for: dispatches, which give back the leases of what they could not deliver, and replays, prunings and
 * erasures, which end after a page.
 */
function createUnderWay(): UnderWay {
  const promises = new Set<Promise<void>>();
  return {
    track(result) {
      const ended = result
        .match(ignore, ignore)
        .catch(ignore)
        .finally(() => promises.delete(ended));
      promises.add(ended);
      return result;
    },
    ended: () => Promise.all(promises),
  };
}

function ignore(): void {
  // Its caller has the outcome.
}

function webhooksOf<Catalogue extends EventCatalogue>(deps: Dependencies, { track }: UnderWay): Webhooks<Catalogue> {
  return {
    register: (webhook) => checkObject("webhook", webhook).asyncAndThen((given) => registerWebhook(deps, given)),
    get: (webhookId) => checkWebhookId(webhookId).asyncAndThen((id) => findWebhook(deps, id)),
    list: (listing = {}) => checkObject("listing", listing).asyncAndThen((given) => listWebhooks(deps, given)),
    listForEvent: (event, listing = {}) =>
      checkText("event", event)
        .andThen(() => checkObject("listing", listing))
        .asyncAndThen((given) => listForEvent(deps, event, given)),
    update: (webhookId, changes) =>
      checkWebhookId(webhookId)
        .andThen(() => checkObject("changes", changes))
        .asyncAndThen((given) => updateWebhook(deps, webhookId, given)),
    rotateSecret: (webhookId, rotation = {}) =>
      checkWebhookId(webhookId)
        .andThen(() => checkObject("rotation", rotation))
        .asyncAndThen((given) => rotateSecret(deps, webhookId, given)),
    rotateKeyPair: (webhookId, rotation = {}) =>
      checkWebhookId(webhookId)
        .andThen(() => checkObject("rotation", rotation))
        .asyncAndThen((given) => rotateKeyPair(deps, webhookId, given)),
    reEncryptSecrets: (options = {}) =>
      checkObject("options", options).asyncAndThen((given) => track(reEncryptSecrets(deps, given))),
    delete: (webhookId, options = {}) =>
      checkWebhookId(webhookId)
        .andThen(() => checkObject("options", options))
        .asyncAndThen((given) => deleteWebhook(deps, webhookId, given)),
    history: (webhookId) => checkWebhookId(webhookId).asyncAndThen((id) => webhookHistory(deps, id)),
    importFromKemi: (source) =>
      checkObject("source", source)
        .asyncAndThen(() => loadKemiDatabase())
        .andThen((kemi) => importFromKemi(deps, kemi, source)),
  };
}

function checkWebhookId(webhookId: string): Result<string, InvalidInput> {
  return checkText("webhookId", webhookId);
}

/** Loaded only where it is wanted: it is the one place outside the SQLite storage that needs the driver. */
function loadKemiDatabase(): ResultAsync<KemiDatabase, StorageError> {
  return ResultAsync.fromPromise(import("./adapters/sqlite/kemi-database.ts"), (cause) =>
    storageError("unreachable", "a kemi database is SQLite; to read one, install better-sqlite3", cause),
  ).map(({ createKemiDatabase }) => createKemiDatabase());
}

function deliveriesOf(deps: Dependencies, { track }: UnderWay): Deliveries {
  return {
    get: (deliveryId) => checkDeliveryId(deliveryId).asyncAndThen((id) => findDelivery(deps, id)),
    list: (listing = {}) => checkObject("listing", listing).asyncAndThen((given) => listDeliveries(deps, given)),
    attempts: (deliveryId) => checkDeliveryId(deliveryId).asyncAndThen((id) => listAttempts(deps, id)),
    redeliver: (deliveryId, options = {}) =>
      checkDeliveryId(deliveryId)
        .andThen(() => checkObject("options", options))
        .asyncAndThen((given) => redeliver(deps, deliveryId, given)),
    replay: (filter = {}, options = {}) =>
      checkObject("filter", filter)
        .andThen(() => checkObject("options", options))
        .asyncAndThen((given) => track(replayDeliveries(deps, filter, given))),
    cancel: (deliveryId, options = {}) =>
      checkDeliveryId(deliveryId)
        .andThen(() => checkObject("options", options))
        .asyncAndThen((given) => cancelDelivery(deps, deliveryId, given)),
  };
}

function checkDeliveryId(deliveryId: string): Result<string, InvalidInput> {
  return checkText("deliveryId", deliveryId);
}

function ledgerOf(deps: Dependencies, { track }: UnderWay, followers: Follower[]): Ledger {
  const { reader, projections } = deps.storage;
  return {
    follow: (following) =>
      follow(deps, following).map((follower) => {
        followers.push(follower);
        return follower;
      }),
    readAll: (page) =>
      checkObject("page", page)
        .andThen(({ limit }) => checkLimit(limit))
        .andThen((limit) => checkPosition("after", page.after ?? 0).map((after) => ({ after, limit })))
        .asyncAndThen((checked) => reader.readAll(checked)),
    readStream: (streamId) => checkText("streamId", streamId).asyncAndThen((id) => reader.readStream(id)),
    rebuild: () => projections.rebuild(),
    verify: () => projections.verify(),
    prune: (pruning, options = {}) =>
      checkObject("pruning", pruning)
        .andThen(() => checkObject("options", options))
        .asyncAndThen((given) => track(prune(deps, pruning, given))),
  };
}
