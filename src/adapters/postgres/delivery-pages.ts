import { and, asc, desc, eq, getTableColumns, gt, inArray, lt, sql, type Column, type SQL } from "drizzle-orm";
import type { DeliveryStatus } from "../../domain/delivery/index.ts";
import { BEYOND_ALL_IDS, type DeliveryFilter } from "../../ports/delivery-read-model.ts";
import type { Orm } from "./connection.ts";
import { pendingPage } from "./pending-pages.ts";
import type { Tables } from "./tables.ts";

/** Returns the columns of the view. */
export function deliveryColumns({ deliveries }: Tables) {
  const { ended, ...columns } = getTableColumns(deliveries);
  return columns;
}

/**
 * Reads a page of deliveries, by id. It merges a walk for each state, which is looked for where it is indexed. Most
 * deliveries are delivered, so those are soon found along the ids. A message has few deliveries, whatever their states.
 */
export async function readDeliveryPage(orm: Orm, tables: Tables, filter: DeliveryFilter) {
  const { deliveries, queue } = tables;
  const { deliveryId, webhookId, messageId, state, ended } = deliveries;
  const { newestFirst = false, limit, webhookIds, states = [undefined] } = filter;
  const { after = newestFirst ? BEYOND_ALL_IDS : "" } = filter;
  const [comesAfter, inOrder] = newestFirst ? [lt, desc] : [gt, asc];
  const given = webhookIds && sql`${sql.param([...new Set(webhookIds)])}::text[]`;

  const [low, high] = newestFirst ? ["", after] : [after, BEYOND_ALL_IDS];

  /**
   * Finds what comes next along the index of this column and the id. Both are compared together, at either end: with an
   * `=` for the column and a comparison for the id, a plan may go along all ids, if the statistics know of one value
   * alone.
   */
  function along(column: Column, value: unknown, isIt: SQL | undefined) {
    const place = sql`(${column}, ${deliveryId})`;
    const where = and(sql`${place} > (${value}, ${low})`, sql`${place} < (${value}, ${high})`, isIt);
    const found = orm.select({ deliveryId }).from(deliveries).where(where);
    return found.orderBy(inOrder(column), inOrder(deliveryId)).limit(limit);
  }

  /** Finds the page's ids of one state, of one webhook or of all. */
  function walk(wanted: DeliveryStatus | undefined, id?: SQL) {
    if (wanted === "pending") {
      if (id !== undefined)
        return pendingPage(tables, id, { isNext: comesAfter(sql`delivery_id`, after), inOrder, limit });
      const ofAll = orm.select({ deliveryId: queue.deliveryId }).from(queue);
      return ofAll.where(comesAfter(queue.deliveryId, after)).orderBy(inOrder(queue.deliveryId)).limit(limit);
    }
    const isEnded = wanted === "exhausted" || wanted === "cancelled";
    const isSo = wanted === undefined ? undefined : eq(isEnded ? ended : state, wanted);
    if (id !== undefined && !isEnded) return along(webhookId, id, isSo);
    // Together, so that the index by webhook fits best even where the statistics know of one webhook alone.
    const isNext = id && and(eq(webhookId, id), comesAfter(sql`(${webhookId}, ${deliveryId})`, sql`(${id}, ${after})`));
    const where = and(isNext ?? comesAfter(deliveryId, after), isSo);
    return orm.select({ deliveryId }).from(deliveries).where(where).orderBy(inOrder(deliveryId)).limit(limit);
  }

  function walks(id?: SQL): SQL {
    const ofEach = [...new Set(states)].map((wanted) => sql`(${walk(wanted, id)})`);
    return sql`(${sql.join(ofEach, sql` union all `)}) as found(delivery_id)`;
  }

  function first(): SQL {
    if (filter.messageId !== undefined) {
      const isGiven = given && sql`${webhookId} = any(${given})`;
      const isSo = filter.states && inArray(state, [...filter.states]);
      return sql`(${along(messageId, filter.messageId, and(isGiven, isSo))})`;
    }
    // No index has several webhooks' deliveries by id: each webhook's page is found, and of all these the first.
    const each = given && sql`unnest(${given}) as given(webhook_id)`;
    const found = each ? sql`${each} cross join lateral ${walks(sql`given.webhook_id`)}` : walks();
    return sql`(
      select found.delivery_id from ${found} order by ${inOrder(sql`found.delivery_id`)} limit ${limit})`;
  }

  if (states.length === 0) return [];
  return orm
    .select(deliveryColumns(tables))
    .from(deliveries)
    .where(inArray(deliveryId, first()))
    .orderBy(inOrder(deliveryId))
    .limit(limit);
}
