import { eq, getTableColumns, sql } from "drizzle-orm";
import type { AnySQLiteColumn } from "drizzle-orm/sqlite-core";
import { UNTIL_RESUMED } from "../../ports/delivery-queue.ts";
import type { Difference } from "../../ports/projections.ts";
import {
  compareRow,
  deliveryComparison,
  idOf,
  queueComparison,
  strayRow,
  webhookComparison,
  type Comparison,
  type Stream,
} from "../sql/compare-row.ts";
import type { Orm } from "./connection.ts";
import { deliveries, deliveryColumns, queues, webhooks } from "./projected-tables.ts";
import { events } from "./schema.ts";

/** Compares the rows of a projection with the ledger. */
export interface ProjectedRows {
  /** Returns null if the stream's row is what its events say, or if its row is in another projection. */
  compare(stream: Stream): Difference | null;
  /** Yields the rows that no stream tells of, page by page. */
  strays(): Generator<readonly Difference[], void>;
}

/** How many ids are read at a time. */
const PAGE_SIZE = 500;

export function webhookRows(orm: Orm): ProjectedRows {
  const { webhookId } = webhooks;
  const one = orm
    .select()
    .from(webhooks)
    .where(eq(webhookId, sql.placeholder("id")))
    .prepare();
  return rowsOf(orm, webhookComparison(getTableColumns(webhooks)), webhookId, (id) => one.get({ id }));
}

export function deliveryRows(orm: Orm): ProjectedRows {
  const { deliveryId } = deliveries;
  const one = orm
    .select(deliveryColumns)
    .from(deliveries)
    .where(eq(deliveryId, sql.placeholder("id")))
    .prepare();
  return rowsOf(orm, deliveryComparison(deliveryColumns), deliveryId, (id) => one.get({ id }));
}

/**
 * Workers find a delivery by its own row, once its webhook's turn has come. The ledger does not tell when that is. So
 * this checks only that the turn comes, unless the webhook is paused by hand.
 */
export function queueRows(orm: Orm): ProjectedRows {
  const one = orm
    .select({ turnAt: queues.turnAt, isPaused: webhooks.paused })
    .from(queues)
    .leftJoin(webhooks, eq(webhooks.webhookId, queues.webhookId))
    .where(eq(queues.webhookId, sql.placeholder("webhookId")))
    .prepare();
  return {
    compare(stream) {
      const id = idOf(queueComparison, stream);
      const expected = id === null ? null : queueComparison.expected(stream);
      if (id === null || expected === null) return null;
      const row = one.get({ webhookId: expected["webhookId"] });
      const hasTurn = typeof row?.turnAt === "number" && (row.turnAt < UNTIL_RESUMED || row.isPaused === 1);
      return hasTurn ? null : { projection: queueComparison.projection, id, expected, actual: null };
    },
    *strays() {
      // A turn that finds nothing does no harm.
    },
  };
}

function rowsOf<Row>(
  orm: Orm,
  comparison: Comparison<Row>,
  id: AnySQLiteColumn,
  rowOf: (id: string) => Row | undefined,
): ProjectedRows {
  const page = (after: string) =>
    orm.all<{ readonly id: string; readonly isTold: number }>(sql`
      select ${id} as id, exists (
        select 1 from ${events} where ${events.streamId} = ${comparison.prefix} || ${id}
      ) as isTold
      from ${id.table} where ${id} > ${after} order by ${id} limit ${PAGE_SIZE}`);
  return {
    compare(stream) {
      const of = idOf(comparison, stream);
      return of === null ? null : compareRow(comparison, of, stream, rowOf(of));
    },
    *strays() {
      for (let rows = page(""); rows.length > 0; rows = page(rows.at(-1)?.id ?? "")) {
        yield rows.filter(({ isTold }) => isTold === 0).map((row) => strayRow(comparison, row.id, rowOf(row.id)));
      }
    },
  };
}
