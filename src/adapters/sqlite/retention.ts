import { asc, eq, gt, sql } from "drizzle-orm";
import { ok, type Result, type ResultAsync } from "neverthrow";
import type { EpochMs } from "../../domain/instant.ts";
import { streamId } from "../../domain/ledger/index.ts";
import { nextStep, type PruneStep, type Retention } from "../../ports/retention.ts";
import type { StorageError } from "../../ports/storage-error.ts";
import { isSettled } from "../sql/delivery-row.ts";
import { prepareHot } from "./hot-statement.ts";
import { inTurn } from "./in-turn.ts";
import { parameter } from "./parameter.ts";
import { deliveries } from "./projected-tables.ts";
import { events, messages, responses } from "./schema.ts";
import type { Session } from "./session.ts";

export function createRetention({ orm, prepare, write }: Session): Retention {
  const after = parameter("after");
  const limit = sql.placeholder("limit");
  const settled = prepareHot<[id: string, createdAt: number, state: string, at: number]>(
    prepare,
    orm
      .select({
        id: deliveries.deliveryId,
        createdAt: deliveries.createdAt,
        state: deliveries.state,
        at: deliveries.updatedAt,
      })
      .from(deliveries)
      .where(gt(deliveries.deliveryId, after))
      .orderBy(asc(deliveries.deliveryId))
      .limit(limit),
  );
  const published = prepareHot<[id: string, createdAt: number]>(
    prepare,
    orm
      .select({ id: messages.messageId, createdAt: messages.createdAt })
      .from(messages)
      .where(gt(messages.messageId, after))
      .orderBy(asc(messages.messageId))
      .limit(limit),
  );
  const anyOf = prepareHot<[string]>(
    prepare,
    orm
      .select({ id: deliveries.deliveryId })
      .from(deliveries)
      .where(eq(deliveries.messageId, parameter("id")))
      .limit(1),
  );
  const deleteEvents = prepareHot(prepare, orm.delete(events).where(eq(events.streamId, parameter("streamId"))));
  const deleteResponses = prepareHot(prepare, orm.delete(responses).where(eq(responses.deliveryId, parameter("id"))));
  const deleteDelivery = prepareHot(prepare, orm.delete(deliveries).where(eq(deliveries.deliveryId, parameter("id"))));
  const deleteMessage = prepareHot(prepare, orm.delete(messages).where(eq(messages.messageId, parameter("id"))));

  /**
   * Goes through a page of rows. `remove` removes a row and returns its count of events, or null if it keeps the row.
   */
  function step<Row extends readonly [id: string, createdAt: number, ...unknown[]]>(
    page: readonly Row[],
    most: number,
    finishedBefore: EpochMs,
    remove: (row: Row) => number | null,
  ): PruneStep {
    let [removed, eventCount] = [0, 0];
    for (const row of page) {
      const gone = remove(row);
      if (gone === null) continue;
      removed += 1;
      eventCount += gone;
    }
    const rows = page.map(([id, createdAt]) => ({ id, createdAt }));
    return { removed, events: eventCount, next: nextStep(rows, most, finishedBefore) };
  }

  /**
   * Runs in a transaction of its own. In a shared one, what others have gathered is not in the tables yet, so a stream
   * would be removed without its newest events.
   */
  function alone(work: () => PruneStep): ResultAsync<PruneStep, StorageError> {
    return inTurn(() => write((): Result<PruneStep, never> => ok(work())));
  }

  return {
    pruneDeliveries: (finishedBefore, from, most) =>
      alone(() =>
        step(settled.all({ after: from, limit: most }), most, finishedBefore, ([id, , state, at]) => {
          if (!isSettled(state) || at >= finishedBefore) return null;
          deleteResponses.run({ id });
          deleteDelivery.run({ id });
          return deleteEvents.run({ streamId: streamId("delivery", id) });
        }),
      ),
    pruneMessages: (finishedBefore, from, most) =>
      alone(() =>
        step(published.all({ after: from, limit: most }), most, finishedBefore, ([id, createdAt]) => {
          if (createdAt >= finishedBefore || anyOf.get({ id }) !== undefined) return null;
          deleteMessage.run({ id });
          return deleteEvents.run({ streamId: streamId("message", id) });
        }),
      ),
  };
}
