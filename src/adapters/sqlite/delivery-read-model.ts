import { and, asc, desc, eq, gt, lt, sql, type SQL } from "drizzle-orm";
import { ok, Result } from "neverthrow";
import { BEYOND_ALL_IDS, type DeliveryFilter, type DeliveryReadModel } from "../../ports/delivery-read-model.ts";
import type { Orm } from "./connection.ts";
import { decodeDeliveryRow } from "../sql/delivery-row.ts";
import { createEndedPages } from "./ended-pages.ts";
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
  const pages = new Map<string, Page>();
  const ended = createEndedPages(orm);

  /** One statement for each set of fields that a filter has, so that each can use its index. */
  function page(filter: DeliveryFilter): Page {
    const fields = fieldsOf(filter);
    const key = [...fields, filter.state, filter.newestFirst].join();
    const known = pages.get(key) ?? preparePage(orm, fields, filter);
    pages.set(key, known);
    return known;
  }

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
    listEnded: (filter) => read(() => Result.combine(ended(filter).map(decodeDeliveryRow))),
    list: (filter) =>
      read(() =>
        Result.combine(
          page(filter)
            .all({ ...filter, after: filter.after ?? (filter.newestFirst === true ? BEYOND_ALL_IDS : "") })
            .map(decodeDeliveryRow),
        ),
      ),
  };
}

const filterFields = ["webhookId", "messageId"] as const;
type FilterField = (typeof filterFields)[number];
type Page = ReturnType<typeof preparePage>;

function fieldsOf(filter: DeliveryFilter): readonly FilterField[] {
  return filterFields.filter((field) => filter[field] !== undefined);
}

/** Writes the state into the statement itself: SQLite uses a partial index only if it can see that it applies. */
function isState(state: DeliveryFilter["state"]): SQL | undefined {
  return state === undefined ? undefined : sql`${deliveries.state} = ${sql.raw(`'${state}'`)}`;
}

function preparePage(orm: Orm, fields: readonly FilterField[], { state, newestFirst = false }: DeliveryFilter) {
  const [comesAfter, inOrder] = newestFirst ? [lt, desc] : [gt, asc];
  return orm
    .select(deliveryColumns)
    .from(deliveries)
    .where(
      and(
        comesAfter(deliveries.deliveryId, sql.placeholder("after")),
        ...fields.map((field) => eq(deliveries[field], sql.placeholder(field))),
        isState(state),
      ),
    )
    .orderBy(inOrder(deliveries.deliveryId))
    .limit(sql.placeholder("limit"))
    .prepare();
}
