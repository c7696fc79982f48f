import { eq, notExists, sql, type SQL } from "drizzle-orm";
import type { AnySQLiteColumn } from "drizzle-orm/sqlite-core";
import { isDeepStrictEqual } from "node:util";
import { deliveryView, isDeliveryEvent, isWebhookEvent, webhookView } from "../../domain/ledger/index.ts";
import type { Difference } from "../../ports/projections.ts";
import type { Orm } from "./connection.ts";
import { idIn } from "./project.ts";
import type { Stream } from "./read-streams.ts";
import { deliveries, deliveryColumns, events, webhookColumns, webhooks } from "./schema.ts";
import { decodeWebhookRow } from "../sql/webhook-row.ts";

type Columns = Difference["expected"];

/** What there is to compare in one projection. */
export interface Comparison {
  readonly projection: Difference["projection"];
  /** What the names of its streams begin with. */
  readonly prefix: string;
  expected(stream: Stream): Columns;
  actual(id: string): Columns;
  /** The rows that no stream tells of, by id. */
  rowsWithoutStream(): readonly (readonly [id: string, row: Columns])[];
}

export function webhookComparison(orm: Orm): Comparison {
  const { webhookId } = webhooks;
  const one = orm
    .select(webhookColumns)
    .from(webhooks)
    .where(eq(webhookId, sql.placeholder("id")))
    .prepare();
  const strays = orm
    .select(webhookColumns)
    .from(webhooks)
    .where(withoutStream(orm, "webhook-", webhookId))
    .prepare();
  const columns = columnsOf(Object.keys(webhookColumns));
  return {
    projection: "webhooks",
    prefix: "webhook-",
    expected: (stream) => columns(webhookView(stream.events.filter(isWebhookEvent))),
    actual(id) {
      const row = one.get({ id });
      return row === undefined ? null : columns(decodeWebhookRow(row).unwrapOr(row));
    },
    rowsWithoutStream: () => strays.all().map((row) => [row.webhookId, columns(decodeWebhookRow(row).unwrapOr(row))]),
  };
}

export function deliveryComparison(orm: Orm): Comparison {
  const { deliveryId } = deliveries;
  const one = orm
    .select(deliveryColumns)
    .from(deliveries)
    .where(eq(deliveryId, sql.placeholder("id")))
    .prepare();
  const strays = orm
    .select(deliveryColumns)
    .from(deliveries)
    .where(withoutStream(orm, "delivery-", deliveryId))
    .prepare();
  const columns = columnsOf(Object.keys(deliveryColumns));
  return {
    projection: "deliveries",
    prefix: "delivery-",
    expected: (stream) => columns(deliveryView(stream.events.filter(isDeliveryEvent))),
    actual: (id) => columns(one.get({ id }) ?? null),
    rowsWithoutStream: () => strays.all().map((row) => [row.deliveryId, columns(row)]),
  };
}

/** Null where the stream's row is what its events say. */
export function compareStream(comparison: Comparison, stream: Stream): Difference | null {
  const { projection, prefix } = comparison;
  if (!stream.streamId.startsWith(prefix)) return null;
  const id = idIn(stream.streamId);
  const [expected, actual] = [comparison.expected(stream), comparison.actual(id)];
  return isDeepStrictEqual(expected, actual) ? null : { projection, id, expected, actual };
}

export function straysOf({ projection, rowsWithoutStream }: Comparison): readonly Difference[] {
  return rowsWithoutStream().map(([id, actual]) => ({ projection, id, expected: null, actual }));
}

function withoutStream(orm: Orm, prefix: string, id: AnySQLiteColumn): SQL {
  return notExists(
    orm
      .select({ one: sql`1` })
      .from(events)
      .where(eq(events.streamId, sql`${prefix} || ${id}`)),
  );
}

/** Only what the projection has columns for: a later version's events may carry more. */
function columnsOf(names: readonly string[]): (row: object | null) => Columns {
  return (row) => row && Object.fromEntries(Object.entries(row).filter(([name]) => names.includes(name)));
}
