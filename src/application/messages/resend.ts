import { err, errAsync, ok, okAsync, safeTry, type Result, type ResultAsync } from "neverthrow";
import type { DeliveryNotFound } from "../../domain/delivery/index.ts";
import type { InvalidInput } from "../../domain/invalid-input.ts";
import type { NamesOf } from "../../domain/known-names.ts";
import { streamId, type EventMetadata } from "../../domain/ledger/index.ts";
import {
  messageNotFound,
  payloadErased,
  type MessageNotFound,
  type PayloadErased,
} from "../../domain/message/index.ts";
import type { WebhookInactive, WebhookNotFound } from "../../domain/webhook/index.ts";
import type { ReadError } from "../../ports/ledger-reader.ts";
import { storageError } from "../../ports/storage-error.ts";
import { actorMetadata, type Attribution } from "../attribution.ts";
import { checkText } from "../check-arguments.ts";
import type { Delivery } from "../deliveries/delivery.ts";
import { requireDelivery } from "../deliveries/find-deliveries.ts";
import type { Dependencies } from "../dependencies.ts";
import { MOST_TRIES, refusedFor } from "../refused-append.ts";
import { requireActive } from "../webhooks/find-webhooks.ts";
import { address } from "./address.ts";

/** A message that was published, and the webhook to send it to once more. */
export interface Resending extends Attribution {
  readonly messageId: string;
  readonly webhookId: string;
}

export const resendingNames: NamesOf<Resending> = { messageId: true, webhookId: true, actor: true };

export type ResendError =
  InvalidInput | MessageNotFound | PayloadErased | WebhookNotFound | WebhookInactive | DeliveryNotFound | ReadError;

/** Sends a message to a webhook of its tenant as a new delivery, whatever has become of it there before. */
export function resendMessage(
  deps: Dependencies,
  { messageId, webhookId, actor }: Resending,
): ResultAsync<Delivery, ResendError> {
  return safeTry(async function* () {
    yield* checkText("messageId", messageId);
    yield* checkText("webhookId", webhookId);
    const metadata = yield* actorMetadata(actor);
    const deliveryId = yield* await resend(deps, { messageId, webhookId }, metadata);
    deps.wakeUps.notify();
    return requireDelivery(deps, deliveryId);
  });
}

/**
 * Appends at the version of the message that was looked at. Of two resends at once, one is refused, decides again, and
 * finds the other's delivery.
 *
 * @returns the delivery's id
 */
async function resend(
  deps: Dependencies,
  { messageId, webhookId }: Resending,
  metadata: EventMetadata,
): Promise<Result<string, ResendError>> {
  const { storage, clock, ids } = deps;
  for (let triesLeft = MOST_TRIES; triesLeft > 0; triesLeft -= 1) {
    const found = await findTarget(deps, messageId, webhookId);
    if (found.isErr()) return err(found.error);
    const { tenantId, event, version, webhooksRevision, pending } = found.value;
    if (pending !== null) return ok(pending);
    const deliveryId = ids.next();
    const streams = address(deps, { messageId, tenantId, event, webhookId, deliveryId }, version);
    const appended = await storage.writer.append({ recordedAt: clock.now(), streams, metadata, webhooksRevision });
    if (appended.isOk()) return ok(deliveryId);
    const { type } = appended.error;
    if (type !== "VersionConflict" && type !== "WebhooksChanged") return err(refusedFor(appended.error));
  }
  const what = `the message ${messageId} or the webhook ${webhookId} changed`;
  return err(storageError("locked", `${what} during each of ${MOST_TRIES} tries; resend again`));
}

interface Target {
  readonly tenantId: string;
  readonly event: string;
  /** The version of the message's stream. */
  readonly version: number;
  readonly webhooksRevision: number;
  /** A delivery that is on its way there already. */
  readonly pending: string | null;
}

function findTarget(deps: Dependencies, messageId: string, webhookId: string): ResultAsync<Target, ResendError> {
  const { webhooks, messages, reader, deliveries } = deps.storage;
  return safeTry(async function* () {
    const webhooksRevision = yield* webhooks.revision();
    const message = yield* messages.get(messageId);
    if (message === null) return errAsync(messageNotFound(messageId));
    const { tenantId, event } = message;
    yield* requireActive(deps, webhookId, tenantId);
    const history = yield* reader.readStream(streamId("message", messageId));
    const version = history.at(-1)?.version;
    if (version === undefined) return errAsync(messageNotFound(messageId));
    // Taken from the stream, not from the message, which was read earlier: an erasure since then is part of this
    // version.
    if (history.some(({ type }) => type === "MessageErased")) return errAsync(payloadErased(messageId));
    const [pending] = yield* deliveries.list({ messageId, webhookIds: [webhookId], states: ["pending"], limit: 1 });
    return okAsync({ tenantId, event, version, webhooksRevision, pending: pending?.deliveryId ?? null });
  });
}
