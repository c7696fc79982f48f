import { err } from "neverthrow";
import { invalidInput } from "../../domain/invalid-input.ts";
import type { Storage } from "../../ports/storage.ts";
import { createCheckpoints } from "./checkpoints.ts";
import { createDeliveryQueue } from "./delivery-queue.ts";
import { createDeliveryReadModel } from "./delivery-read-model.ts";
import { createDoor } from "./door.ts";
import { createLedgerReader } from "./ledger-reader.ts";
import { createLedgerWriter } from "./ledger-writer.ts";
import { createMessageStore } from "./message-store.ts";
import { createProjections } from "./projections.ts";
import { createResponseStore } from "./response-store.ts";
import { createRetention } from "./retention.ts";
import { createSecretStore } from "./secret-store.ts";
import type { State } from "./state.ts";
import { createTransfer } from "./transfer.ts";
import { createWebhookReadModel } from "./webhook-read-model.ts";

/** Opens a storage over data that others may also have open. */
export function openOver(state: State): Storage {
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
    retention: createRetention(state, door),
    checkpoints: createCheckpoints(state, door),
    transfer: createTransfer(state, door),
    join: (transaction) => err(invalidInput("transaction", "cannot be joined: the storage is in memory", transaction)),
    close: () => door.close(),
  };
}
