import { okAsync } from "neverthrow";
import type { Storage, StorageAdapter } from "../../ports/storage.ts";
import { createDeliveryQueue } from "./delivery-queue.ts";
import { createDeliveryReadModel } from "./delivery-read-model.ts";
import { createDoor } from "./door.ts";
import { createLedgerReader } from "./ledger-reader.ts";
import { createLedgerWriter } from "./ledger-writer.ts";
import { createMessageStore } from "./message-store.ts";
import { createProjections } from "./projections.ts";
import { createResponseStore } from "./response-store.ts";
import { createSecretStore } from "./secret-store.ts";
import { createState, type State } from "./state.ts";
import { createWebhookReadModel } from "./webhook-read-model.ts";

/**
 * Storage in the memory of this process, for tests and for trying things out: nothing outlives the process.
 *
 * The data belongs to the adapter object. Every `open` of one adapter gives a storage over the same data,
 * so what was written is still there after a `close` and another `open`; another adapter has data of its own.
 */
export function memoryStorage(): StorageAdapter {
  const state = createState();
  return { name: "memory", open: () => okAsync(openOver(state)) };
}

function openOver(state: State): Storage {
  const door = createDoor();
  return {
    reader: createLedgerReader(state, door),
    writer: createLedgerWriter(state, door),
    webhooks: createWebhookReadModel(state, door),
    deliveries: createDeliveryReadModel(state, door),
    queue: createDeliveryQueue(state, door),
    messages: createMessageStore(state, door),
    responses: createResponseStore(state, door),
    secrets: createSecretStore(state, door),
    projections: createProjections(state, door),
    close: () => door.close(),
  };
}
