import { and, asc, eq, gt, sql, type SQL } from "drizzle-orm";
import { unionAll } from "drizzle-orm/sqlite-core";
import type { EndedStatus } from "../../domain/delivery/index.ts";
import type { EndedFilter } from "../../ports/delivery-read-model.ts";
import type { Orm } from "./connection.ts";
import type { DeliveryRow } from "../sql/delivery-row.ts";
import { isState } from "./delivery-pages.ts";
import { deliveries, deliveryColumns } from "./projected-tables.ts";

/** Reads what ended, by id. Each page costs what it finds: with both states, it merges one walk along each. */
export function createEndedPages(orm: Orm): (filter: EndedFilter) => readonly DeliveryRow[] {
  const { deliveryId, webhookId } = deliveries;
  const limit = sql.placeholder("limit");

  function prepare(isIt?: SQL) {
    const ended = (wanted: EndedStatus) =>
      orm
        .select(deliveryColumns)
        .from(deliveries)
        .where(and(isIt, isState(wanted), gt(deliveryId, sql.placeholder("after"))));
    return {
      exhausted: ended("exhausted").orderBy(asc(deliveryId)).limit(limit).prepare(),
      cancelled: ended("cancelled").orderBy(asc(deliveryId)).limit(limit).prepare(),
      both: unionAll(ended("exhausted"), ended("cancelled")).orderBy(asc(deliveryId)).limit(limit).prepare(),
    };
  }
  const ofAll = prepare();
  const ofWebhook = prepare(eq(webhookId, sql.placeholder("webhookId")));

  return ({ states, webhookId: id, after = "", limit: most }) => {
    const [first = "exhausted", ...others] = new Set(states);
    const pages = id === undefined ? ofAll : ofWebhook;
    return pages[others.length > 0 ? "both" : first].all({ webhookId: id, after, limit: most });
  };
}
