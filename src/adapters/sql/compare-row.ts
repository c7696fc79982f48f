import type { Result } from "neverthrow";
import { isDeepStrictEqual } from "node:util";
import {
  deliveryView,
  isDeliveryEvent,
  isWebhookEvent,
  streamId,
  webhookView,
  type RecordedEvent,
} from "../../domain/ledger/index.ts";
import { wholeStream, type DamagedEvent } from "../../ports/ledger-reader.ts";
import type { Difference } from "../../ports/projections.ts";
import type { DeliveryRow } from "./delivery-row.ts";
import { decodeWebhookRow, type WebhookRow } from "./webhook-row.ts";

/** All events of one stream, by version. */
export interface Stream {
  readonly streamId: string;
  readonly events: readonly RecordedEvent[];
}

export function checkStream(stream: Stream): Result<Stream, DamagedEvent> {
  return wholeStream(stream.events).map(() => stream);
}

type Columns = Difference["expected"];

/** How to compare the rows of a projection with what the ledger says. */
export interface Comparison<Row> {
  readonly projection: Difference["projection"];
  /** What the ids of its streams begin with. */
  readonly prefix: string;
  expected(stream: Stream): Columns;
  actual(row: Row | undefined): Columns;
}

/** @param columns - the table's columns, by name */
export function webhookComparison(columns: object): Comparison<WebhookRow> {
  const keep = onlyColumns(columns);
  return {
    projection: "webhooks",
    prefix: streamId("webhook", ""),
    expected: ({ events }) => {
      const view = webhookView(events.filter(isWebhookEvent));
      const registeredPosition = events.find(({ type }) => type === "WebhookRegistered")?.position;
      return keep(view && { ...view, registeredPosition });
    },
    actual: (row) => keep(row === undefined ? null : decodeWebhookRow(row).unwrapOr(row)),
  };
}

/** @param columns - the view's columns, by name */
export function deliveryComparison(columns: object): Comparison<DeliveryRow> {
  const keep = onlyColumns(columns);
  return {
    projection: "deliveries",
    prefix: streamId("delivery", ""),
    expected: ({ events }) => keep(deliveryView(events.filter(isDeliveryEvent))),
    actual: (row) => keep(row ?? null),
  };
}

/** The row by which workers find a delivery. */
export interface QueueRow {
  readonly webhookId: string;
  readonly dueAt: number | null;
}

export const queueComparison: Comparison<QueueRow> = {
  projection: "queue",
  prefix: streamId("delivery", ""),
  expected: ({ events }) => {
    const view = deliveryView(events.filter(isDeliveryEvent));
    return view?.state === "pending" ? { webhookId: view.webhookId, dueAt: view.nextAttemptAt } : null;
  },
  actual: (row) => (row === undefined ? null : { webhookId: row.webhookId, dueAt: row.dueAt }),
};

/** Returns the id of the row that the stream belongs to; null if it belongs to another projection. */
export function idOf({ prefix }: Pick<Comparison<never>, "prefix">, { streamId }: Stream): string | null {
  return streamId.startsWith(prefix) ? streamId.slice(prefix.length) : null;
}

/** Returns null if the row is what the events of its stream say. */
export function compareRow<Row>(
  { projection, ...of }: Comparison<Row>,
  id: string,
  stream: Stream,
  row: Row | undefined,
): Difference | null {
  const [expected, actual] = [of.expected(stream), of.actual(row)];
  return isDeepStrictEqual(expected, actual) ? null : { projection, id, expected, actual };
}

/** Reports a row that has no stream. */
export function strayRow<Row>({ projection, actual }: Comparison<Row>, id: string, row: Row | undefined): Difference {
  return { projection, id, expected: null, actual: actual(row) };
}

/** Keeps only what the projection has columns for: a later version's events may carry more. */
function onlyColumns(columns: object): (row: object | null) => Columns {
  return (row) => row && Object.fromEntries(Object.entries(row).filter(([name]) => Object.hasOwn(columns, name)));
}
