import { err, ok, Result, ResultAsync } from "neverthrow";
import { invalidInput, type InvalidInput } from "../../domain/invalid-input.ts";
import type { NamesOf } from "../../domain/known-names.ts";
import type { EventMetadata } from "../../domain/ledger/index.ts";
import type { MessageNotFound } from "../../domain/message/index.ts";
import type { ReadError } from "../../ports/ledger-reader.ts";
import { storageError, type StorageError } from "../../ports/storage-error.ts";
import { actorMetadata, type Attribution } from "../attribution.ts";
import { checkText } from "../check-arguments.ts";
import type { Dependencies } from "../dependencies.ts";
import { resolveTenant } from "../tenant.ts";
import { eraseMessage } from "./erase-message.ts";
import { checkSubject } from "./prepare-message.ts";

/** Which payloads are to go: one message's, or those of all messages that a tenant has published about a subject. */
export type Erasure = Attribution &
  (
    | { readonly messageId: string; readonly subject?: undefined; readonly tenantId?: undefined }
    | { readonly subject: string; readonly messageId?: undefined; readonly tenantId?: string | undefined }
  );

export const erasureNames: NamesOf<Erasure> = { messageId: true, subject: true, tenantId: true, actor: true };

export interface Erased {
  /** How many messages had a payload until now. */
  readonly erased: number;
}

export type EraseError = InvalidInput | MessageNotFound | ReadError;

const PAGE = 100;

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
  { messageId, subject, tenantId: given, actor }: Erasure,
): Promise<Result<Erased, EraseError>> {
  const checked = checkTarget(messageId, subject).andThen(() =>
    Result.combine([resolveTenant(deps, given), actorMetadata(actor)]),
  );
  if (checked.isErr()) return err(checked.error);
  const [tenantId, metadata] = checked.value;
  const erased =
    messageId === undefined
      ? await allAbout(deps, { tenantId, subject }, metadata)
      : await eraseMessage(deps, messageId, metadata);
  if (erased.isErr() && subject === undefined) return err(erased.error);
  deps.wakeUps.notify();
  // Even if nothing was, or not all: an earlier call may have been kept from it.
  const purged = await deps.storage.messages.purge();
  return erased.andThen((count) => purged.map(() => ({ erased: count })).mapErr(stillInFiles));
}

function checkTarget(messageId: unknown, subject: unknown): Result<unknown, InvalidInput> {
  if ((messageId === undefined) === (subject === undefined)) {
    return err(invalidInput("erasure", "must name either a messageId or a subject", { messageId, subject }));
  }
  return messageId === undefined ? checkSubject(subject) : checkText("messageId", messageId);
}

/** One message that cannot be erased keeps none of the others from it: the first one's error is the answer when they are. */
async function allAbout(
  deps: Dependencies,
  { tenantId, subject }: { readonly tenantId: string; readonly subject: string },
  metadata: EventMetadata,
): Promise<Result<number, EraseError>> {
  let erased = 0;
  const failed = new Map<string, EraseError>();
  while (!deps.closing.aborted) {
    const page = await deps.storage.messages.aboutSubject(tenantId, subject, PAGE + failed.size);
    if (page.isErr()) return err(page.error);
    const left = page.value.filter((messageId) => !failed.has(messageId));
    if (left.length === 0) {
      const [error] = failed.values();
      return error === undefined ? ok(erased) : err(error);
    }
    for (const messageId of left) {
      const count = await eraseMessage(deps, messageId, metadata);
      if (count.isOk()) erased += count.value;
      else if (isItsOwn(count.error)) failed.set(messageId, count.error);
      // One that was pruned meanwhile has no payload any more either.
      else if (count.error.type !== "MessageNotFound") return err(count.error);
    }
  }
  const message = `the instance was closed after ${erased} payloads were erased, and there may be more: erase again`;
  return err(storageError("closed", message));
}

/** Whether it is about the message, of which something is damaged, and not about the storage. */
function isItsOwn(error: EraseError): boolean {
  return error.type === "DamagedEvent" || (error.type === "StorageError" && error.reason === "unexpected");
}

function stillInFiles(error: StorageError): StorageError {
  const message = `the payloads are erased, but still in the database's files, so erase them again: ${error.message}`;
  return { ...error, message };
}
