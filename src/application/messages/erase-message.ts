import { err, ok, type Result } from "neverthrow";
import { streamId, type EventMetadata, type RecordedEvent } from "../../domain/ledger/index.ts";
import { messageNotFound, type MessageNotFound } from "../../domain/message/index.ts";
import type { ReadError } from "../../ports/ledger-reader.ts";
import type { StreamAppend } from "../../ports/commit.ts";
import { storageError, type StorageError } from "../../ports/storage-error.ts";
import { changeTo } from "../deliveries/change-deliveries.ts";
import type { Dependencies } from "../dependencies.ts";
import { MOST_TRIES, refusedFor } from "../refused-append.ts";
import { requirePruned } from "./earlier-publication.ts";

/**
 * Removes the payload of one message, and cancels its pending deliveries.
 *
 * @returns 1, or 0 if it was erased already
 */
export async function eraseMessage(
  deps: Dependencies,
  messageId: string,
  metadata: EventMetadata,
): Promise<Result<number, MessageNotFound | ReadError>> {
  const { storage, clock } = deps;
  for (let triesLeft = MOST_TRIES; triesLeft > 0; triesLeft -= 1) {
    // Read before the message, so that an erasure in between counts as one since this version.
    const history = await storage.reader.readStream(streamId("message", messageId));
    const message = await storage.messages.get(messageId);
    if (message.isErr()) return err(message.error);
    if (message.value === null) return err(messageNotFound(messageId));
    if (message.value.erasedAt !== null) return ok(0);
    if (history.isErr()) return err(history.error);
    const version = history.value.at(-1)?.version ?? 0;
    if (version === 0) {
      const pruned = await requirePruned(messageId, storage.messages.get(messageId));
      return err(pruned.isErr() ? pruned.error : messageNotFound(messageId));
    }
    const deliveries = await cancelAll(deps, history.value.flatMap(deliveryIdsIn));
    if (deliveries.isErr()) return err(deliveries.error);
    const erasedNow: StreamAppend = {
      streamId: streamId("message", messageId),
      expectedVersion: version,
      events: [{ type: "MessageErased", data: {} }],
    };
    const appended = await storage.writer.append({
      recordedAt: clock.now(),
      streams: [erasedNow, ...deliveries.value],
      erasures: [messageId],
      metadata,
    });
    if (appended.isOk()) return ok(1);
    if (appended.error.type !== "VersionConflict") return err(refusedFor(appended.error));
  }
  const what = `the message ${messageId} or its deliveries changed`;
  return err(storageError("locked", `${what} during each of ${MOST_TRIES} tries; erase again`));
}

function deliveryIdsIn({ type, data }: RecordedEvent): readonly string[] {
  if (type === "MessagePublished") return data.matched.map(({ deliveryId }) => deliveryId);
  return type === "MessageAddressed" ? [data.deliveryId] : [];
}

/**
 * Returns what cancels the pending deliveries. The commit also names the others, with their versions: if one is
 * redelivered meanwhile, it may have an attempt under way, whose answer must not be kept.
 */
async function cancelAll(
  { storage }: Dependencies,
  deliveryIds: readonly string[],
): Promise<Result<readonly StreamAppend[], StorageError>> {
  const streams: StreamAppend[] = [];
  for (const deliveryId of deliveryIds) {
    const view = await storage.deliveries.get(deliveryId);
    if (view.isErr()) return err(view.error);
    if (view.value === null) continue;
    streams.push(changeTo(view.value, { type: "CancelDelivery", data: { reason: "message-erased" } }));
  }
  return ok(streams);
}
