import { and, asc, desc, eq, getTableColumns, gt, lt, sql, type SQL } from "drizzle-orm";
import { ok } from "neverthrow";
import { streamId } from "../../domain/ledger/index.ts";
import { BEYOND_ALL_IDS } from "../../ports/delivery-read-model.ts";
import type { MessageStore, StoredMessage } from "../../ports/message-store.ts";
import type { AnyOrm } from "./connection.ts";
import { createPurge } from "./purge.ts";
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

export function createMessageStore(session: Session): MessageStore {
  const { orm, read, tables } = session;
  const { messages, events } = tables;
  return {
    get: (messageId) => read(async () => ok(await findMessage(orm, tables, eq(messages.messageId, messageId)))),
    findByIdempotencyKey: (tenantId, key) =>
      read(async () => ok(await findMessage(orm, tables, hasKey(tables, tenantId, key)))),
    standings: (messageIds) =>
      read(async () => {
        const found = await orm.execute<{ messageId: string; version: number; isErased: boolean }>(sql`
          select wanted.id as "messageId",
            coalesce((select max(e.version) from ${events} as e where e.stream_id = ${streamId("message", "")} || wanted.id), 0) as version,
            exists (select from ${messages} as m where m.message_id = wanted.id and m.erased_at is not null) as "isErased"
          from unnest(${sql.param([...new Set(messageIds)])}::text[]) as wanted(id)`);
        return ok(found.rows);
      }),
    aboutSubject: ({ tenantId, subject, newestFirst = false, after = newestFirst ? BEYOND_ALL_IDS : "", limit }) =>
      read(async () => {
        const { body, ...bodiless } = getTableColumns(messages);
        const [comesAfter, inOrder] = newestFirst ? [lt, desc] : [gt, asc];
        const isAbout = and(eq(messages.tenantId, tenantId), eq(messages.subject, subject));
        const page = await orm
          .select(bodiless)
          .from(messages)
          .where(and(isAbout, comesAfter(messages.messageId, after)))
          .orderBy(inOrder(messages.messageId))
          .limit(limit);
        return ok(page);
      }),
    list: (after, limit) =>
      read(async () => {
        const page = await orm
          .select({ messageId: messages.messageId, tenantId: messages.tenantId, erasedAt: messages.erasedAt })
          .from(messages)
          .where(gt(messages.messageId, after))
          .orderBy(asc(messages.messageId))
          .limit(limit);
        return ok(page);
      }),
    purge: createPurge(session),
  };
}
