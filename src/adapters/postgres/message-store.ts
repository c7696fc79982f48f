import { and, asc, eq, sql, type SQL } from "drizzle-orm";
import type { PgTable } from "drizzle-orm/pg-core";
import { ok } from "neverthrow";
import type { MessageStore, StoredMessage } from "../../ports/message-store.ts";
import type { Orm } from "./connections.ts";
import type { Session } from "./session.ts";
import type { Tables } from "./tables.ts";

export async function findMessage(
  orm: Orm,
  { messages }: Tables,
  isIt: SQL | undefined,
): Promise<StoredMessage | null> {
  const [row] = await orm.select().from(messages).where(isIt);
  return row ?? null;
}

export function hasKey({ messages }: Tables, tenantId: string, idempotencyKey: string): SQL | undefined {
  return and(eq(messages.tenantId, tenantId), eq(messages.idempotencyKey, idempotencyKey));
}

export function createMessageStore({ orm, read, lend, tables }: Session): MessageStore {
  const { messages, responses } = tables;
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
      lend(async (connection) => {
        // Outside of a transaction, each by itself, and for as long as it takes.
        await connection.execute("set statement_timeout = 0");
        try {
          for (const table of [messages, responses]) await connection.orm.execute(vacuum(table));
        } finally {
          await connection.execute("reset statement_timeout");
        }
        return ok();
      }),
  };
}

function vacuum(table: PgTable): SQL {
  return sql`vacuum ${table}`;
}
