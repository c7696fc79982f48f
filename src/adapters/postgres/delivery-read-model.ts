import { and, asc, desc, eq, getTableColumns, gt, inArray, lt, sql, type SQL } from "drizzle-orm";
import { unionAll } from "drizzle-orm/pg-core";
import { ok, Result } from "neverthrow";
import {
  BEYOND_ALL_IDS,
  type DeliveryFilter,
  type DeliveryReadModel,
  type EndedFilter,
} from "../../ports/delivery-read-model.ts";
import { decodeDeliveryRow } from "../sql/delivery-row.ts";
import { BEGIN } from "./perform.ts";
import { pendingOf } from "./pending-pages.ts";
import type { Session } from "./session.ts";
import type { Tables } from "./tables.ts";

/** Returns the columns of the view. */
export function deliveryColumns({ deliveries }: Tables) {
  const { ended, ...columns } = getTableColumns(deliveries);
  return columns;
}

export function createDeliveryReadModel({ orm, read, lend, tables }: Session): DeliveryReadModel {
  const { deliveries, queue } = tables;
  const { deliveryId, webhookId, messageId, state, ended } = deliveries;
  const columns = deliveryColumns(tables);

  const select = (where: SQL | undefined, limit: number, inOrder = asc, by = orm) =>
    by.select(columns).from(deliveries).where(where).orderBy(inOrder(deliveryId)).limit(limit);

  /** Looks for each state where it is indexed. Most deliveries are delivered, so those are soon found along the ids. */
  function ofFilter({ newestFirst = false, limit, webhookIds, state: wanted, ...filter }: DeliveryFilter, by = orm) {
    const [comesAfter, inOrder] = newestFirst ? [lt, desc] : [gt, asc];
    const { after = newestFirst ? BEYOND_ALL_IDS : "" } = filter;
    const isMessage = filter.messageId === undefined ? undefined : eq(messageId, filter.messageId);
    const page = (id?: SQL) => {
      if (wanted === "pending") {
        const isNext = and(comesAfter(queue.deliveryId, after), id && eq(queue.webhookId, id));
        const inQueue = orm.select(columns).from(queue).innerJoin(deliveries, eq(deliveryId, queue.deliveryId));
        return inQueue.where(and(isNext, isMessage)).orderBy(inOrder(queue.deliveryId)).limit(limit);
      }
      const isSo = wanted === undefined ? undefined : eq(wanted === "delivered" ? state : ended, wanted);
      // Together, so that the index by webhook fits best even where the statistics know of one webhook alone.
      const isNext =
        id && and(eq(webhookId, id), comesAfter(sql`(${webhookId}, ${deliveryId})`, sql`(${id}, ${after})`));
      return select(and(isNext ?? comesAfter(deliveryId, after), isMessage, isSo), limit, inOrder);
    };
    if (webhookIds === undefined) return page();
    // No index has several webhooks' deliveries by id: each webhook's page is found, and of all these the first.
    const given = sql`unnest(${sql.param([...new Set(webhookIds)])}::text[]) as given(webhook_id)`;
    const id = sql`given.webhook_id`;
    const ofEach =
      wanted === "pending" && isMessage === undefined
        ? pendingOf(tables, id, { isNext: comesAfter(sql`delivery_id`, after), inOrder, limit })
        : page(id);
    const first = sql`(
      select of_webhook.delivery_id from ${given} cross join lateral ${ofEach} as of_webhook
      order by ${inOrder(sql`of_webhook.delivery_id`)} limit ${limit})`;
    return select(inArray(deliveryId, first), limit, inOrder, by);
  }

  /** Lists what ended by merging a walk along each state. */
  function ofEnded({ states, webhookId: id, after = "", limit }: EndedFilter) {
    const isWebhook = id === undefined ? undefined : eq(webhookId, id);
    const [first = "exhausted", ...others] = new Set(states);
    const walk = (wanted: string) => select(and(isWebhook, eq(ended, wanted), gt(deliveryId, after)), limit);
    return others.length === 0
      ? walk(first)
      : unionAll(walk("exhausted"), walk("cancelled")).orderBy(asc(deliveryId)).limit(limit);
  }

  return {
    get: (id) =>
      read(async () => {
        const [row] = await select(eq(deliveryId, id), 1);
        return row === undefined ? ok(null) : decodeDeliveryRow(row);
      }),
    list: (filter) =>
      filter.state === "pending" && filter.webhookIds !== undefined
        ? lend(async (connection) => {
            // With its settings, since a plan for the webhook that fills the queue would go through all of it for each.
            await connection.execute(BEGIN);
            const rows = await ofFilter(filter, connection.orm);
            await connection.execute("commit");
            return Result.combine(rows.map(decodeDeliveryRow));
          })
        : read(async () => Result.combine((await ofFilter(filter)).map(decodeDeliveryRow))),
    listPending: (id, after, limit) =>
      read(async () => {
        const { dueAt, deliveryId: last } = after ?? { dueAt: Number.MIN_SAFE_INTEGER, deliveryId: "" };
        const isAfter = sql`(${queue.dueAt}, ${queue.deliveryId}) > (${dueAt}, ${last})`;
        // In one statement, since a delivery may become ready between two.
        const walk = (ready: boolean) =>
          orm
            .select(columns)
            .from(queue)
            .innerJoin(deliveries, eq(deliveryId, queue.deliveryId))
            .where(and(eq(queue.ready, ready), eq(queue.webhookId, id), isAfter))
            .orderBy(asc(queue.dueAt), asc(queue.deliveryId))
            .limit(limit);
        const rows = await unionAll(walk(true), walk(false))
          .orderBy(asc(deliveries.nextAttemptAt), asc(deliveryId))
          .limit(limit);
        return Result.combine(rows.map(decodeDeliveryRow));
      }),
    listEnded: (filter) => read(async () => Result.combine((await ofEnded(filter)).map(decodeDeliveryRow))),
  };
}
