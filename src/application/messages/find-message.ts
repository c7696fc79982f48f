import type { ResultAsync } from "neverthrow";
import { toIso, type IsoInstant } from "../../domain/instant.ts";
import type { BodilessMessage, StoredMessage } from "../../ports/message-store.ts";
import type { StorageError } from "../../ports/storage-error.ts";
import type { Dependencies } from "../dependencies.ts";
import { withHidden } from "../with-hidden.ts";

/** A message, without its payload. Its deliveries tell to whom it goes: `deliveries.list({ messageId })`. */
export interface MessageSummary {
  readonly messageId: string;
  readonly tenantId: string;
  readonly event: string;
  /** Null if there was none. */
  readonly idempotencyKey: string | null;
  /** Whom or what the payload is about; null if that was not given, and once the payload is erased. */
  readonly subject: string | null;
  readonly publishedAt: IsoInstant;
  /** When the payload was erased; null while it is there. */
  readonly erasedAt: IsoInstant | null;
}

/** A message as it was published. */
export interface PublishedMessage extends MessageSummary {
  /**
   * The payload as canonical JSON, which is what is signed and sent; null once it is erased. Not enumerable, so that no
   * log shows it.
   */
  readonly body: string | null;
}

export function findMessage(
  { storage }: Dependencies,
  messageId: string,
): ResultAsync<PublishedMessage | null, StorageError> {
  return storage.messages.get(messageId).map((stored) => stored && toMessage(stored));
}

function toMessage(stored: StoredMessage): PublishedMessage {
  return withHidden(toSummary(stored), { body: stored.erasedAt === null ? stored.body : null });
}

export function toSummary(stored: BodilessMessage): MessageSummary {
  const { messageId, tenantId, event, idempotencyKey, subject, createdAt, erasedAt } = stored;
  const times = { publishedAt: toIso(createdAt), erasedAt: erasedAt === null ? null : toIso(erasedAt) };
  return { messageId, tenantId, event, idempotencyKey, subject, ...times };
}
