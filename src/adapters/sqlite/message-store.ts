import { and, asc, desc, eq, exists, getTableColumns, gt, isNotNull, lt, sql } from "drizzle-orm";
import { ok } from "neverthrow";
import { streamId } from "../../domain/ledger/index.ts";
import { BEYOND_ALL_IDS } from "../../ports/delivery-read-model.ts";
import type { MessageStore, StoredMessage } from "../../ports/message-store.ts";
import { prepareHot } from "./hot-statement.ts";
import { inTurn } from "./in-turn.ts";
import { parameter } from "./parameter.ts";
import { events, messages } from "./schema.ts";
import type { Session } from "./session.ts";

/** @returns a query for the message that has an idempotency key, which answers at once */
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

export function createMessageStore({ orm, prepare, read, emptyLog }: Session): MessageStore {
  const one = orm
    .select()
    .from(messages)
    .where(eq(messages.messageId, sql.placeholder("messageId")))
    .prepare();
  const byKey = createKeyQuery({ orm });
  const wanted = sql`wanted.value`;
  const last = orm
    .select({ version: sql`max(${events.version})` })
    .from(events)
    .where(eq(events.streamId, sql`${streamId("message", "")} || ${wanted}`));
  const erased = orm
    .select({ one: sql`1` })
    .from(messages)
    .where(and(eq(messages.messageId, wanted), isNotNull(messages.erasedAt)));
  const standing = prepareHot<[messageId: string, version: number, isErased: number]>(
    prepare,
    orm
      .select({ messageId: wanted, version: sql`coalesce(${last}, 0)`, isErased: exists(erased) })
      .from(sql`json_each(${parameter("messageIds")}) as wanted`),
  );
  const { body, ...bodiless } = getTableColumns(messages);
  const about = (comesAfter: typeof gt, inOrder: typeof asc) =>
    orm
      .select(bodiless)
      .from(messages)
      .where(
        and(
          eq(messages.tenantId, sql.placeholder("tenantId")),
          eq(messages.subject, sql.placeholder("subject")),
          comesAfter(messages.messageId, sql.placeholder("after")),
        ),
      )
      .orderBy(inOrder(messages.messageId))
      .limit(sql.placeholder("limit"))
      .prepare();
  const [aboutForwards, aboutBackwards] = [about(gt, asc), about(lt, desc)];
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
    standings: (messageIds) =>
      read(() =>
        ok(
          standing
            .all({ messageIds: JSON.stringify([...new Set(messageIds)]) })
            .map(([messageId, version, isErased]) => ({ messageId, version, isErased: isErased === 1 })),
        ),
      ),
    aboutSubject: (filter) =>
      read(() =>
        ok(
          filter.newestFirst === true
            ? aboutBackwards.all({ after: BEYOND_ALL_IDS, ...filter })
            : aboutForwards.all({ after: "", ...filter }),
        ),
      ),
    list: (after, limit) => inTurn(() => read(() => ok(pageAfter.all({ after, limit })))),
    purge: emptyLog,
  };
}
