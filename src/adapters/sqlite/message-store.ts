import { and, asc, eq, gt, sql } from "drizzle-orm";
import { ok } from "neverthrow";
import type { MessageStore, StoredMessage } from "../../ports/message-store.ts";
import { messages } from "./schema.ts";
import type { Session } from "./session.ts";

/** @returns the message that has the idempotency key, at once */
export function createKeyQuery({
  orm,
}: Pick<Session, "orm">): (tenantId: string, idempotencyKey: string) => StoredMessage | null {
  const byKey = orm
    .select()
    .from(messages)
    .where(
      and(
        eq(messages.tenantId, sql.placeholder("tenantId")),
        eq(messages.idempotencyKey, sql.placeholder("idempotencyKey")),
      ),
    )
    .prepare();
  return (tenantId, idempotencyKey) => byKey.get({ tenantId, idempotencyKey }) ?? null;
}

export function createMessageStore({ orm, read, emptyLog }: Session): MessageStore {
  const one = orm
    .select()
    .from(messages)
    .where(eq(messages.messageId, sql.placeholder("messageId")))
    .prepare();
  const byKey = createKeyQuery({ orm });
  const about = orm
    .select({ messageId: messages.messageId })
    .from(messages)
    .where(and(eq(messages.tenantId, sql.placeholder("tenantId")), eq(messages.subject, sql.placeholder("subject"))))
    .orderBy(asc(messages.messageId))
    .limit(sql.placeholder("limit"))
    .prepare();
  const pageAfter = orm
    .select({ messageId: messages.messageId, tenantId: messages.tenantId, erasedAt: messages.erasedAt })
    .from(messages)
    .where(gt(messages.messageId, sql.placeholder("after")))
    .orderBy(asc(messages.messageId))
    .limit(sql.placeholder("limit"))
    .prepare();
  return {
    get: (messageId) => read(() => ok(one.get({ messageId }) ?? null)),
    findByIdempotencyKey: (tenantId, idempotencyKey) => read(() => ok(byKey(tenantId, idempotencyKey))),
    aboutSubject: (tenantId, subject, limit) =>
      read(() => ok(about.all({ tenantId, subject, limit }).map(({ messageId }) => messageId))),
    list: (after, limit) => read(() => ok(pageAfter.all({ after, limit }))),
    purge: emptyLog,
  };
}
