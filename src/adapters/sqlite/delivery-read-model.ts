import { and, asc, eq, sql } from "drizzle-orm";
import { ok, Result } from "neverthrow";
import type { DeliveryReadModel } from "../../ports/delivery-read-model.ts";
import { decodeDeliveryRow } from "../sql/delivery-row.ts";
import { createDeliveryPages } from "./delivery-pages.ts";
import { inTurn } from "./in-turn.ts";
import { deliveries, deliveryColumns } from "./projected-tables.ts";
import type { Session } from "./session.ts";

export function createDeliveryReadModel({ orm, read }: Session): DeliveryReadModel {
  const one = orm
    .select(deliveryColumns)
    .from(deliveries)
    .where(eq(deliveries.deliveryId, sql.placeholder("deliveryId")))
    .prepare();
  const pending = orm
    .select(deliveryColumns)
    .from(deliveries)
    .where(
      and(
        sql`${deliveries.state} = 'pending'`,
        eq(deliveries.webhookId, sql.placeholder("webhookId")),
        sql`(${deliveries.nextAttemptAt}, ${deliveries.deliveryId}) > (${sql.placeholder("dueAt")}, ${sql.placeholder("deliveryId")})`,
      ),
    )
    .orderBy(asc(deliveries.nextAttemptAt), asc(deliveries.deliveryId))
    .limit(sql.placeholder("limit"))
    .prepare();
  const page = createDeliveryPages(orm);

  return {
    get: (deliveryId) =>
      read(() => {
        const row = one.get({ deliveryId });
        return row === undefined ? ok(null) : decodeDeliveryRow(row);
      }),
    listPending: (webhookId, after, limit) =>
      read(() => {
        const { dueAt, deliveryId } = after ?? { dueAt: Number.MIN_SAFE_INTEGER, deliveryId: "" };
        return Result.combine(pending.all({ webhookId, dueAt, deliveryId, limit }).map(decodeDeliveryRow));
      }),
    list: (filter) => inTurn(() => read(() => Result.combine(page(filter).map(decodeDeliveryRow)))),
  };
}
