import { ResultAsync } from "neverthrow";
import { cancelDelivery, redeliver } from "./application/deliveries/by-hand.ts";
import { checkLimit, findDelivery, listAttempts, listDeliveries } from "./application/deliveries/find-deliveries.ts";
import { createWorker, type Worker } from "./application/deliveries/worker.ts";
import type { Dependencies } from "./application/dependencies.ts";
import { dispatch } from "./application/messages/dispatch.ts";
import { preview } from "./application/messages/preview.ts";
import { publish } from "./application/messages/publish.ts";
import { deleteWebhook } from "./application/webhooks/delete-webhook.ts";
import { findWebhook, listForEvent, listWebhooks, webhookHistory } from "./application/webhooks/find-webhooks.ts";
import { importFromKemi } from "./application/webhooks/import-from-kemi.ts";
import { registerWebhook } from "./application/webhooks/register-webhook.ts";
import { rotateSecret } from "./application/webhooks/rotate-secret.ts";
import { updateWebhook } from "./application/webhooks/update-webhook.ts";
import type { EventCatalogue } from "./domain/message/index.ts";
import { storageError } from "./ports/storage-error.ts";
import type { Deliveries, Hookledger, Ledger, Webhooks } from "./hookledger.ts";

/** Gives the use cases their public form. */
export function createFrontDoor<Catalogue extends EventCatalogue>(
  opened: Omit<Dependencies, "closing">,
): Hookledger<Catalogue> {
  const closing = new AbortController();
  const deps: Dependencies = { ...opened, closing: closing.signal };
  const workers: Worker[] = [];
  return {
    webhooks: webhooksOf<Catalogue>(deps),
    deliveries: deliveriesOf(deps),
    ledger: ledgerOf(deps),
    publish: (message) => publish(deps, message),
    preview: (message) => preview(deps, message),
    dispatch: (message, options) => dispatch(deps, message, options),
    worker(options) {
      const worker = createWorker(deps, options);
      workers.push(worker);
      return worker;
    },
    close() {
      closing.abort();
      return ResultAsync.combine(workers.map((worker) => worker.stop()))
        .andThen(() => ResultAsync.fromSafePromise(deps.http.close()))
        .andThen(() => deps.storage.close());
    },
  };
}

function webhooksOf<Catalogue extends EventCatalogue>(deps: Dependencies): Webhooks<Catalogue> {
  return {
    register: (webhook) => registerWebhook(deps, webhook),
    get: (webhookId) => findWebhook(deps, webhookId),
    list: (listing) => listWebhooks(deps, listing),
    listForEvent: (event, options) => listForEvent(deps, event, options),
    update: (webhookId, changes) => updateWebhook(deps, webhookId, changes),
    rotateSecret: (webhookId, rotation) => rotateSecret(deps, webhookId, rotation),
    delete: (webhookId) => deleteWebhook(deps, webhookId),
    history: (webhookId) => webhookHistory(deps, webhookId),
    importFromKemi: (source) =>
      ResultAsync.fromPromise(import("./adapters/sqlite/kemi-database.ts"), (cause) =>
        storageError("unreachable", "a kemi database is SQLite; to read one, install better-sqlite3", cause),
      ).andThen(({ createKemiDatabase }) => importFromKemi(deps, createKemiDatabase(), source)),
  };
}

function deliveriesOf(deps: Dependencies): Deliveries {
  return {
    get: (deliveryId) => findDelivery(deps, deliveryId),
    list: (listing) => listDeliveries(deps, listing),
    attempts: (deliveryId) => listAttempts(deps, deliveryId),
    redeliver: (deliveryId) => redeliver(deps, deliveryId),
    cancel: (deliveryId) => cancelDelivery(deps, deliveryId),
  };
}

function ledgerOf({ storage }: Dependencies): Ledger {
  const { reader, projections } = storage;
  return {
    readAll: (page) => checkLimit(page.limit).asyncAndThen(() => reader.readAll(page)),
    readStream: (streamId) => reader.readStream(streamId),
    rebuild: () => projections.rebuild(),
    verify: () => projections.verify(),
  };
}
