import { and, eq, getTableColumns, sql } from "drizzle-orm";
import { ok } from "neverthrow";
import type { MessageStore } from "../../ports/message-store.ts";
import { messages } from "./schema.ts";
import type { Session } from "./session.ts";

export function createMessageStore({ orm, read }: Session): MessageStore {
  const { erasedAt, ...columns } = getTableColumns(messages);
  const one = orm
    .select(columns)
    .from(messages)
    .where(eq(messages.messageId, sql.placeholder("messageId")))
    .prepare();
  const byKey = orm
    .select(columns)
    .from(messages)
    .where(
      and(
        eq(messages.tenantId, sql.placeholder("tenantId")),
        eq(messages.idempotencyKey, sql.placeholder("idempotencyKey")),
      ),
    )
    .prepare();
  return {
    get: (messageId) => read(() => ok(one.get({ messageId }) ?? null)),
    findByIdempotencyKey: (tenantId, idempotencyKey) => read(() => ok(byKey.get({ tenantId, idempotencyKey }) ?? null)),
  };
}
