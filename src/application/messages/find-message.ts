import type { ResultAsync } from "neverthrow";
import { toIso, type IsoInstant } from "../../domain/instant.ts";
import type { StoredMessage } from "../../ports/message-store.ts";
import type { StorageError } from "../../ports/storage-error.ts";
import type { Dependencies } from "../dependencies.ts";
import { withHidden } from "../with-hidden.ts";

/** A message as it was published. Its deliveries tell to whom it goes: `deliveries.list({ messageId })`. */
export interface PublishedMessage {
  readonly messageId: string;
  readonly tenantId: string;
  readonly event: string;
  /**
   * The payload as canonical JSON, which is what is signed and sent; null once it is erased. Not enumerable, so that no
   * log shows it.
   */
  readonly body: string | null;
  /** Null if there was none. */
  readonly idempotencyKey: string | null;
  /** Whom or what the payload is about; null if that was not given, and once the payload is erased. */
  readonly subject: string | null;
  readonly publishedAt: IsoInstant;
  /** When the payload was erased; null while it is there. */
  readonly erasedAt: IsoInstant | null;
}

export function findMessage(
  { storage }: Dependencies,
  messageId: string,
): ResultAsync<PublishedMessage | null, StorageError> {
  return storage.messages.get(messageId).map((stored) => stored && toMessage(stored));
}

function toMessage(stored: StoredMessage): PublishedMessage {
  const { messageId, tenantId, event, body, idempotencyKey, subject, createdAt, erasedAt } = stored;
  const times = { publishedAt: toIso(createdAt), erasedAt: erasedAt === null ? null : toIso(erasedAt) };
  return withHidden(
    { messageId, tenantId, event, idempotencyKey, subject, ...times },
    { body: erasedAt === null ? body : null },
  );
}
