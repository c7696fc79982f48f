import { and, asc, eq, gt, sql } from "drizzle-orm";
import { ok, Result } from "neverthrow";
import type { DeliveryFilter, DeliveryReadModel } from "../../ports/delivery-read-model.ts";
import type { Orm } from "./connection.ts";
import { decodeDeliveryRow, deliveryColumns } from "./delivery-row.ts";
import { deliveries } from "./schema.ts";
import type { Session } from "./session.ts";

export function createDeliveryReadModel({ orm, read }: Session): DeliveryReadModel {
  const one = orm
    .select(deliveryColumns)
    .from(deliveries)
    .where(eq(deliveries.deliveryId, sql.placeholder("deliveryId")))
    .prepare();
  const pages = new Map<string, Page>();

  /** One statement for each set of fields that a filter has, so that each can use its index. */
  function page(filter: DeliveryFilter): Page {
    const fields = fieldsOf(filter);
    const key = fields.join();
    const known = pages.get(key) ?? preparePage(orm, fields);
    pages.set(key, known);
    return known;
  }

  return {
    get: (deliveryId) =>
      read(() => {
        const row = one.get({ deliveryId });
        return row === undefined ? ok(null) : decodeDeliveryRow(row);
      }),
    list: (filter) =>
      read(() =>
        Result.combine(
          page(filter)
            .all({ ...filter, after: filter.after ?? "" })
            .map(decodeDeliveryRow),
        ),
      ),
  };
}

const filterFields = ["webhookId", "messageId", "state"] as const;
type FilterField = (typeof filterFields)[number];
type Page = ReturnType<typeof preparePage>;

function fieldsOf(filter: DeliveryFilter): readonly FilterField[] {
  return filterFields.filter((field) => filter[field] !== undefined);
}

function preparePage(orm: Orm, fields: readonly FilterField[]) {
  return orm
    .select(deliveryColumns)
    .from(deliveries)
    .where(
      and(
        gt(deliveries.deliveryId, sql.placeholder("after")),
        ...fields.map((field) => eq(deliveries[field], sql.placeholder(field))),
      ),
    )
    .orderBy(asc(deliveries.deliveryId))
    .limit(sql.placeholder("limit"))
    .prepare();
}
