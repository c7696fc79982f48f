import { and, asc, eq, gt, inArray, sql } from "drizzle-orm";
import { unionAll } from "drizzle-orm/sqlite-core";
import type { EndedStatus } from "../../domain/delivery/index.ts";
import type { EndedFilter } from "../../ports/delivery-read-model.ts";
import type { Orm } from "./connection.ts";
import type { DeliveryRow } from "../sql/delivery-row.ts";
import { deliveries, deliveryColumns } from "./projected-tables.ts";

/**
 * Reads what ended, by id. Each page costs what it finds: with both states, it merges one walk along each in the index
 * of what has ended. Only for a single webhook does it search all of that webhook's deliveries, once for all pages
 * together.
 */
export function createEndedPages(orm: Orm): (filter: EndedFilter) => readonly DeliveryRow[] {
  const { deliveryId, webhookId, state } = deliveries;
  const isAfter = gt(deliveryId, sql.placeholder("after"));
  const limit = sql.placeholder("limit");
  /** The state is written into the statement itself: SQLite uses the index only if it can see that it applies. */
  const ended = (wanted: EndedStatus) =>
    orm
      .select(deliveryColumns)
      .from(deliveries)
      .where(and(sql`${state} = ${sql.raw(`'${wanted}'`)}`, isAfter));
  const inOrder = {
    exhausted: ended("exhausted").orderBy(asc(deliveryId)).limit(limit).prepare(),
    cancelled: ended("cancelled").orderBy(asc(deliveryId)).limit(limit).prepare(),
    both: unionAll(ended("exhausted"), ended("cancelled")).orderBy(asc(deliveryId)).limit(limit).prepare(),
  };
  const ofWebhook = orm
    .select(deliveryColumns)
    .from(deliveries)
    .where(
      and(
        eq(webhookId, sql.placeholder("webhookId")),
        isAfter,
        // With the `+`, the state does not make SQLite take the other index, and sort what that finds.
        inArray(sql`+${state}`, sql`(select value from json_each(${sql.placeholder("states")}))`),
      ),
    )
    .orderBy(asc(deliveryId))
    .limit(limit)
    .prepare();

  return ({ states, webhookId, after = "", limit }) => {
    if (webhookId !== undefined) return ofWebhook.all({ webhookId, states: JSON.stringify(states), after, limit });
    const [first = "exhausted", ...others] = new Set(states);
    return inOrder[others.length > 0 ? "both" : first].all({ after, limit });
  };
}
