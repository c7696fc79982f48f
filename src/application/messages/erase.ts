import { err, ok, Result, ResultAsync } from "neverthrow";
import { invalidInput, type InvalidInput } from "../../domain/invalid-input.ts";
import type { NamesOf } from "../../domain/known-names.ts";
import type { EventMetadata } from "../../domain/ledger/index.ts";
import type { MessageNotFound } from "../../domain/message/index.ts";
import { checkName } from "../../domain/webhook/index.ts";
import type { ReadError } from "../../ports/ledger-reader.ts";
import type { StorageError } from "../../ports/storage-error.ts";
import { actorMetadata, type Attribution } from "../attribution.ts";
import { checkText } from "../check-arguments.ts";
import type { Dependencies } from "../dependencies.ts";
import { resolveTenant } from "../tenant.ts";
import { eraseMessage } from "./erase-message.ts";
import { eraseAbout, eraseOfTenant } from "./erase-many.ts";

/** Which payloads to erase: one message's, those of a tenant's messages about a subject, or all of a tenant's. */
export type Erasure = Attribution & (OfMessage | AboutSubject | OfTenant);

interface OfMessage {
  readonly messageId: string;
  readonly subject?: undefined;
  readonly all?: undefined;
  readonly tenantId?: undefined;
}

interface AboutSubject {
  readonly subject: string;
  readonly messageId?: undefined;
  readonly all?: undefined;
  readonly tenantId?: string | undefined;
}

interface OfTenant {
  /** Required, so that a subject that is undefined by mistake does not mean everything. */
  readonly all: true;
  readonly messageId?: undefined;
  readonly subject?: undefined;
  readonly tenantId?: string | undefined;
}

export const erasureNames: NamesOf<Erasure> = {
  messageId: true,
  subject: true,
  all: true,
  tenantId: true,
  actor: true,
};

export interface Erased {
  /** How many messages had a payload until now. */
  readonly erased: number;
}

export type EraseError = InvalidInput | MessageNotFound | ReadError;

/**
 * Removes payloads for good, also from the database's files, together with what receivers answered to them. Cancels the
 * messages' pending deliveries; an attempt under way is not called back. The ledger still tells what happened, and that
 * the payload was erased. Erasing again changes nothing.
 */
export function eraseMessages(deps: Dependencies, erasure: Erasure): ResultAsync<Erased, EraseError> {
  return new ResultAsync(erase(deps, { ...erasure }));
}

async function erase(deps: Dependencies, erasure: Erasure): Promise<Result<Erased, EraseError>> {
  const checked = checkTarget(erasure).andThen(() =>
    Result.combine([resolveTenant(deps, erasure.tenantId), actorMetadata(erasure.actor)]),
  );
  if (checked.isErr()) return err(checked.error);
  const [tenantId, metadata] = checked.value;
  const erased = await eraseThose(deps, erasure, tenantId, metadata);
  if (erased.isErr() && erasure.messageId !== undefined) return err(erased.error);
  deps.wakeUps.notify();
  // Purge even if nothing was erased, or not everything: an earlier call may have failed before its purge.
  const purged = await deps.storage.messages.purge();
  return erased.andThen((count) => purged.map(() => ({ erased: count })).mapErr(stillInFiles));
}

/** @returns how many */
function eraseThose(
  deps: Dependencies,
  { messageId, subject }: Erasure,
  tenantId: string,
  metadata: EventMetadata,
): Promise<Result<number, EraseError>> {
  if (messageId !== undefined) return eraseMessage(deps, messageId, metadata);
  if (subject !== undefined) return eraseAbout(deps, { tenantId, subject }, metadata);
  return eraseOfTenant(deps, tenantId, metadata);
}

type Target = Partial<Record<"messageId" | "subject" | "all" | "tenantId", unknown>>;

function checkTarget({ messageId, subject, all, tenantId }: Target): Result<unknown, InvalidInput> {
  const given = [messageId, subject, all].filter((one) => one !== undefined);
  if (given.length !== 1)
    return err(
      invalidInput("erasure", "must name exactly one of messageId, subject and all", { messageId, subject, all }),
    );
  // Ignored, it would not keep another tenant's message from being erased.
  if (messageId !== undefined && tenantId !== undefined)
    return err(invalidInput("tenantId", "must be left out with messageId, which alone says which message", tenantId));
  if (messageId !== undefined) return checkText("messageId", messageId);
  if (subject !== undefined) return checkName("subject", subject);
  return all === true ? ok() : err(invalidInput("all", "must be true, if it is given", all));
}

function stillInFiles(error: StorageError): StorageError {
  const what = "the payloads are erased, but are still in the database's files";
  return { ...error, message: `${what}: ${error.message}; after that, erase them again` };
}
