import { and, asc, eq, sql } from "drizzle-orm";
import { unionAll } from "drizzle-orm/pg-core";
import { ok, Result } from "neverthrow";
import type { DeliveryReadModel } from "../../ports/delivery-read-model.ts";
import { decodeDeliveryRow } from "../sql/delivery-row.ts";
import type { Orm } from "./connection.ts";
import { deliveryColumns, readDeliveryPage } from "./delivery-pages.ts";
import { BEGIN } from "./perform.ts";
import type { Session } from "./session.ts";

export function createDeliveryReadModel({ orm, read, lend, tables }: Session): DeliveryReadModel {
  const { deliveries, queue } = tables;
  const { deliveryId } = deliveries;
  const columns = deliveryColumns(tables);

  return {
    get: (id) =>
      read(async () => {
        const [row] = await orm.select(columns).from(deliveries).where(eq(deliveryId, id));
        return row === undefined ? ok(null) : decodeDeliveryRow(row);
      }),
    list(filter) {
      const page = async (by: Orm) =>
        Result.combine((await readDeliveryPage(by, tables, filter)).map(decodeDeliveryRow));
      if (filter.webhookIds === undefined) return read(() => page(orm));
      return lend(async (connection) => {
        // With its settings: a plan for the webhook that has most of the deliveries would go through all of them for
        // each.
        await connection.execute(BEGIN);
        const views = await page(connection.orm);
        await connection.execute("commit");
        return views;
      });
    },
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
  };
}
