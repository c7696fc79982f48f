import { and, asc, eq, sql, type SQL } from "drizzle-orm";
import { ok } from "neverthrow";
import type { MessageStore, StoredMessage } from "../../ports/message-store.ts";
import type { AnyOrm } from "./connection.ts";
import type { Session } from "./session.ts";
import type { Tables } from "./tables.ts";

export async function findMessage(
  orm: AnyOrm,
  { messages }: Tables,
  isIt: SQL | undefined,
): Promise<StoredMessage | null> {
  const [row] = await orm.select().from(messages).where(isIt);
  return row ?? null;
}

export function hasKey({ messages }: Tables, tenantId: string, idempotencyKey: string): SQL | undefined {
  return and(eq(messages.tenantId, tenantId), eq(messages.idempotencyKey, idempotencyKey));
}

export function createMessageStore({ orm, read, lendForLong, tables }: Session): MessageStore {
  const { messages, responses, secrets } = tables;
  return {
    get: (messageId) => read(async () => ok(await findMessage(orm, tables, eq(messages.messageId, messageId)))),
    findByIdempotencyKey: (tenantId, key) =>
      read(async () => ok(await findMessage(orm, tables, hasKey(tables, tenantId, key)))),
    aboutSubject: (tenantId, subject, limit) =>
      read(async () => {
        const found = await orm
          .select({ messageId: messages.messageId })
          .from(messages)
          .where(and(eq(messages.tenantId, tenantId), eq(messages.subject, subject)))
          .orderBy(asc(messages.messageId))
          .limit(limit);
        return ok(found.map(({ messageId }) => messageId));
      }),
    purge: () =>
      lendForLong(async ({ orm }) => {
        // Outside of a transaction, each by itself.
        for (const table of [messages, responses, secrets]) await orm.execute(sql`vacuum ${table}`);
        return ok();
      }),
  };
}
