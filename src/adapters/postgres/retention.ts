import { and, asc, eq, gt, inArray, lt, notExists, sql } from "drizzle-orm";
import { ok, type Result } from "neverthrow";
import { streamId, type StreamCategory } from "../../domain/ledger/index.ts";
import { nextStep, type PruneStep, type Retention } from "../../ports/retention.ts";
import { settledStates } from "../sql/delivery-row.ts";
import type { Orm } from "./connection.ts";
import type { Session } from "./session.ts";

export function createRetention({ write, tables }: Session): Retention {
  const { deliveries, messages, responses, events } = tables;

  /** Deletes the streams of what was removed. */
  async function step(
    orm: Orm,
    category: StreamCategory,
    removed: readonly string[],
    next: string | null,
  ): Promise<Result<PruneStep, never>> {
    const streamIds = removed.map((id) => streamId(category, id));
    const gone =
      removed.length === 0 ? 0 : (await orm.delete(events).where(inArray(events.streamId, streamIds))).rowCount;
    return ok({ removed: removed.length, events: gone ?? 0, next });
  }

  return {
    pruneDeliveries: (finishedBefore, after, limit) =>
      write(async ({ orm }) => {
        const { deliveryId, state, createdAt, updatedAt } = deliveries;
        const page = await orm
          .select({ id: deliveryId, createdAt })
          .from(deliveries)
          .where(gt(deliveryId, after))
          .orderBy(asc(deliveryId))
          .limit(limit);
        const ids = page.map(({ id }) => id);
        // Whoever appends to one of them meanwhile is either waited for, or waits here and is left with nothing to
        // change. They are locked by id, the order in which rows are locked everywhere.
        const finished = orm
          .select({ id: deliveryId })
          .from(deliveries)
          .where(and(inArray(deliveryId, ids), inArray(state, [...settledStates]), lt(updatedAt, finishedBefore)))
          .orderBy(asc(deliveryId))
          .for("update");
        const removed = await orm.delete(deliveries).where(inArray(deliveryId, finished)).returning({ id: deliveryId });
        const gone = removed.map(({ id }) => id);
        if (gone.length > 0) await orm.delete(responses).where(inArray(responses.deliveryId, gone));
        return step(orm, "delivery", gone, nextStep(page, limit, finishedBefore));
      }),
    pruneMessages: (finishedBefore, after, limit) =>
      write(async ({ orm }) => {
        const { messageId, createdAt } = messages;
        const page = await orm
          .select({ id: messageId, createdAt })
          .from(messages)
          .where(gt(messageId, after))
          .orderBy(asc(messageId))
          .limit(limit);
        const ids = page.map(({ id }) => id);
        // Whoever appends to a message's stream keeps the message and comes first: pruning waits for nobody. Messages
        // are locked before they are checked for deliveries, since one may have been added until then.
        const locked = await orm
          .select({ id: messageId })
          .from(messages)
          .where(and(inArray(messageId, ids), lt(createdAt, finishedBefore)))
          .for("update", { skipLocked: true });
        const anyOf = orm
          .select({ one: sql`1` })
          .from(deliveries)
          .where(eq(deliveries.messageId, messageId));
        const lockedIds = locked.map(({ id }) => id);
        const removed = await orm
          .delete(messages)
          .where(and(inArray(messageId, lockedIds), notExists(anyOf)))
          .returning({ id: messageId });
        const gone = removed.map(({ id }) => id);
        return step(orm, "message", gone, nextStep(page, limit, finishedBefore));
      }),
  };
}
