import { sql, type SQL } from "drizzle-orm";
import { MOST_SORTED } from "../sql/most-sorted.ts";
import type { Tables } from "./tables.ts";

interface PageFilter {
  readonly isNext: SQL;
  inOrder(column: SQL): SQL;
  readonly limit: number;
}

/**
 * Finds the ids of a page of what is pending for one webhook. The index by webhook has them by their due time: of a few
 * all are taken there and sorted, and many are met soon along the ids of everybody's. Only one of the two is done.
 */
export function pendingPage({ queue }: Tables, webhookId: SQL, { isNext, inOrder, limit }: PageFilter): SQL {
  const order = inOrder(sql`delivery_id`);
  // In this order, so that no plan goes through the whole queue for it.
  const walk = (ready: boolean) => sql`(
    select delivery_id from ${queue} where ready = ${ready} and webhook_id = ${webhookId}
    order by due_at, delivery_id limit ${MOST_SORTED + 1})`;
  return sql`(
    with held as materialized (${walk(true)} union all ${walk(false)}),
    held_count as materialized (select count(*) as value from held)
    select * from (
      select delivery_id from held
      where (select value from held_count) <= ${MOST_SORTED} and ${isNext} order by ${order} limit ${limit}) as few
    union all
    select * from (
      select delivery_id from ${queue}
      where (select value from held_count) > ${MOST_SORTED} and webhook_id = ${webhookId} and ${isNext}
      order by ${order} limit ${limit}) as many)`;
}
