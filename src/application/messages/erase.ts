import { err, ok, ResultAsync, type Result } from "neverthrow";
import { deliveryDecider } from "../../domain/delivery/index.ts";
import { invalidInput, type InvalidInput } from "../../domain/invalid-input.ts";
import { deliveryState, streamId } from "../../domain/ledger/index.ts";
import { messageNotFound, type MessageNotFound } from "../../domain/message/index.ts";
import { checkTenantId } from "../../domain/webhook/index.ts";
import type { ReadError } from "../../ports/ledger-reader.ts";
import type { AppendError, StreamAppend } from "../../ports/ledger-writer.ts";
import { storageError, type StorageError } from "../../ports/storage-error.ts";
import type { Dependencies } from "../dependencies.ts";
import { checkSubject } from "./prepare-message.ts";

/** Which payloads are to go: one message's, or those of all messages that a tenant has published about a subject. */
export type Erasure =
  | { readonly messageId: string; readonly subject?: undefined; readonly tenantId?: undefined }
  | { readonly subject: string; readonly messageId?: undefined; readonly tenantId?: string | undefined };

export interface Erased {
  /** How many messages had a payload until now. */
  readonly erased: number;
}

export type EraseError = InvalidInput | MessageNotFound | ReadError;

const PAGE = 100;
/** After so many lost races in a row the storage is said to be busy. */
const MOST_TRIES = 10;

/**
 * Removes payloads for good, also from the database's files, with what receivers answered to them. Pending deliveries of the
 * messages are cancelled; an attempt that is under way is not called back. The ledger goes on to tell what happened, and
 * that the payload was erased. Erasing again changes nothing.
 */
export function eraseMessages(deps: Dependencies, erasure: Erasure): ResultAsync<Erased, EraseError> {
  return new ResultAsync(erase(deps, erasure));
}

async function erase(
  deps: Dependencies,
  { messageId, subject, tenantId = "" }: Erasure,
): Promise<Result<Erased, EraseError>> {
  const checked = checkTarget(messageId, subject, tenantId);
  if (checked.isErr()) return err(checked.error);
  const erased = messageId === undefined ? await allAbout(deps, tenantId, subject) : await one(deps, messageId);
  if (erased.isErr()) return err(erased.error);
  deps.wakeUps.notify();
  // Even if nothing was: an earlier call may have been kept from it.
  const purged = await deps.storage.messages.purge();
  return purged.map(() => ({ erased: erased.value })).mapErr(stillInFiles);
}

function checkTarget(messageId: unknown, subject: unknown, tenantId: string): Result<unknown, InvalidInput> {
  if ((messageId === undefined) === (subject === undefined)) {
    return err(invalidInput("erasure", "must name either a messageId or a subject", { messageId, subject }));
  }
  if (messageId === undefined) return checkSubject(subject).andThen(() => checkTenantId(tenantId));
  return typeof messageId === "string" ? ok() : err(invalidInput("messageId", "must be a string", messageId));
}

async function allAbout(deps: Dependencies, tenantId: string, subject: string): Promise<Result<number, EraseError>> {
  let erased = 0;
  while (!deps.closing.aborted) {
    const page = await deps.storage.messages.aboutSubject(tenantId, subject, PAGE);
    if (page.isErr()) return err(page.error);
    if (page.value.length === 0) return ok(erased);
    for (const messageId of page.value) {
      const count = await one(deps, messageId);
      if (count.isErr()) return err(count.error);
      erased += count.value;
    }
  }
  const message = `the instance was closed after ${erased} payloads were erased, and there may be more: erase again`;
  return err(storageError("closed", message));
}

/** @returns 1, or 0 where it was erased already */
async function one(deps: Dependencies, messageId: string): Promise<Result<number, EraseError>> {
  const { storage, clock } = deps;
  for (let triesLeft = MOST_TRIES; triesLeft > 0; triesLeft -= 1) {
    const message = await storage.messages.get(messageId);
    if (message.isErr()) return err(message.error);
    if (message.value === null) return err(messageNotFound(messageId));
    if (message.value.erasedAt !== null) return ok(0);
    const history = await storage.reader.readStream(streamId("message", messageId));
    if (history.isErr()) return err(history.error);
    const version = history.value.at(-1)?.version ?? 0;
    const published = history.value.flatMap((event) => (event.type === "MessagePublished" ? event.data.matched : []));
    const cancellations = await cancelAll(
      deps,
      published.map(({ deliveryId }) => deliveryId),
    );
    if (cancellations.isErr()) return err(cancellations.error);
    const erasedNow: StreamAppend = {
      streamId: streamId("message", messageId),
      expectedVersion: version,
      events: [{ type: "MessageErased", data: {} }],
    };
    const appended = await storage.writer.append({
      recordedAt: clock.now(),
      streams: [erasedNow, ...cancellations.value],
      erasures: [messageId],
    });
    if (appended.isOk()) return ok(1);
    if (appended.error.type !== "VersionConflict") return err(expected(appended.error));
  }
  return err(storageError("locked", `the deliveries of the message ${messageId} change all the time`));
}

/** What cancels those that are pending. */
async function cancelAll(
  { storage }: Dependencies,
  deliveryIds: readonly string[],
): Promise<Result<readonly StreamAppend[], StorageError>> {
  const streams: StreamAppend[] = [];
  for (const deliveryId of deliveryIds) {
    const view = await storage.deliveries.get(deliveryId);
    if (view.isErr()) return err(view.error);
    if (view.value === null) continue;
    const events = deliveryDecider
      .decide({ type: "CancelDelivery", data: { reason: "message-erased" } }, deliveryState(view.value))
      .unwrapOr([]);
    const { version } = view.value;
    if (events.length > 0)
      streams.push({ streamId: streamId("delivery", deliveryId), expectedVersion: version, events });
  }
  return ok(streams);
}

function expected(error: AppendError): StorageError {
  return error.type === "StorageError"
    ? error
    : storageError("unexpected", "the storage refused what was not in the commit", error);
}

function stillInFiles(error: StorageError): StorageError {
  const message = `the payloads are erased, but still in the database's files, so erase them again: ${error.message}`;
  return { ...error, message };
}
