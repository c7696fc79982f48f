import { err, ok, type Result } from "neverthrow";
import type { EventMetadata } from "../../domain/ledger/index.ts";
import type { ReadError } from "../../ports/ledger-reader.ts";
import { storageError, type StorageError } from "../../ports/storage-error.ts";
import type { Dependencies } from "../dependencies.ts";
import { eraseMessage } from "./erase-message.ts";

/** The result so far. A message that cannot be erased does not stop the others. */
interface Tally {
  erased: number;
  readonly failed: Map<string, ReadError>;
}

const ERASED_A_PAGE = 100;
/** How many are erased at the same time. A storage that gathers writes commits them together. */
const ERASED_AT_ONCE = 10;
const LOOKED_AT_A_PAGE = 500;

/**
 * Erases everything that a tenant has published about a subject, page by page, until nothing is left. If some messages
 * cannot be erased, erases the others and then returns the first error.
 */
export async function eraseAbout(
  deps: Dependencies,
  { tenantId, subject }: { readonly tenantId: string; readonly subject: string },
  metadata: EventMetadata,
): Promise<Result<number, ReadError>> {
  const tally: Tally = { erased: 0, failed: new Map() };
  while (!deps.closing.aborted) {
    const limit = ERASED_A_PAGE + tally.failed.size;
    const page = await deps.storage.messages.aboutSubject({ tenantId, subject, limit });
    if (page.isErr()) return err(page.error);
    const left = page.value.map(({ messageId }) => messageId).filter((messageId) => !tally.failed.has(messageId));
    if (left.length === 0) return outcome(tally);
    const stopped = await eraseEach(deps, left, metadata, tally);
    if (stopped.isErr()) return err(stopped.error);
  }
  return err(wasClosed(tally));
}

/**
 * Erases everything that a tenant has published. It goes once through the ids of all messages, for which there is no
 * index by tenant.
 */
export async function eraseOfTenant(
  deps: Dependencies,
  tenantId: string,
  metadata: EventMetadata,
): Promise<Result<number, ReadError>> {
  const tally: Tally = { erased: 0, failed: new Map() };
  let after = "";
  while (!deps.closing.aborted) {
    const page = await deps.storage.messages.list(after, LOOKED_AT_A_PAGE);
    if (page.isErr()) return err(page.error);
    const own = page.value.filter((message) => message.tenantId === tenantId && message.erasedAt === null);
    const ids = own.map(({ messageId }) => messageId);
    const stopped = await eraseEach(deps, ids, metadata, tally);
    if (stopped.isErr()) return err(stopped.error);
    const last = page.value.at(-1);
    if (last === undefined) return outcome(tally);
    after = last.messageId;
  }
  return err(wasClosed(tally));
}

/**
 * Returns `Err` if the storage itself fails, or if the instance is closed, which waits for a few messages and no page.
 */
async function eraseEach(
  deps: Dependencies,
  messageIds: readonly string[],
  metadata: EventMetadata,
  tally: Tally,
): Promise<Result<void, ReadError>> {
  for (let first = 0; first < messageIds.length; first += ERASED_AT_ONCE) {
    if (deps.closing.aborted) return err(wasClosed(tally));
    const atOnce = messageIds.slice(first, first + ERASED_AT_ONCE);
    const counts = await Promise.all(
      atOnce.map(async (messageId) => ({ messageId, count: await eraseMessage(deps, messageId, metadata) })),
    );
    let failed: Result<void, ReadError> = ok();
    for (const { messageId, count } of counts) {
      if (count.isOk()) tally.erased += count.value;
      // A message that was pruned meanwhile has no payload any more either.
      else if (count.error.type === "MessageNotFound") continue;
      else if (isItsOwn(count.error)) tally.failed.set(messageId, count.error);
      else if (failed.isOk()) failed = err(count.error);
    }
    if (failed.isErr()) return failed;
  }
  return ok();
}

function outcome({ erased, failed }: Tally): Result<number, ReadError> {
  const [error] = failed.values();
  return error === undefined ? ok(erased) : err(error);
}

/**
 * Whether the error is about this message, which is damaged, and not about the storage, such as a disk over its quota.
 */
function isItsOwn(error: ReadError): boolean {
  return error.type === "DamagedEvent" || (error.reason === "unexpected" && !error.retryable);
}

function wasClosed({ erased }: Tally): StorageError {
  const message = `hookledger was closed after ${erased} payloads were erased; there may be more, so erase again`;
  return storageError("closed", message);
}
