import { eq, inArray } from "drizzle-orm";
import type { EpochMs } from "../../domain/instant.ts";
import { parameter } from "./parameter.ts";
import { deliveries } from "./projected-tables.ts";
import { messages, responses } from "./schema.ts";
import type { Session } from "./session.ts";
import type { WriteBuffers } from "./write-buffers.ts";

/**
 * Removes payloads and subjects, and what receivers answered, since that may repeat the payload. The connection
 * overwrites what it deletes with zeros (`secure_delete`), and has done so with all that it has moved within the file
 * since it opened.
 */
export function createEraseMessages(
  { orm }: Session,
  buffers: WriteBuffers,
): (messageIds: readonly string[], erasedAt: EpochMs) => void {
  const messageId = parameter("messageId");
  const empty = orm
    .update(messages)
    .set({ body: "", subject: null, erasedAt: parameter("erasedAt") })
    .where(eq(messages.messageId, messageId))
    .prepare();
  const ofMessage = orm
    .select({ deliveryId: deliveries.deliveryId })
    .from(deliveries)
    .where(eq(deliveries.messageId, messageId));
  const forget = orm.delete(responses).where(inArray(responses.deliveryId, ofMessage)).prepare();
  return (messageIds, erasedAt) => {
    buffers.messages.settle();
    buffers.deliveries.settle();
    for (const id of messageIds) {
      empty.run({ messageId: id, erasedAt });
      forget.run({ messageId: id });
    }
  };
}
