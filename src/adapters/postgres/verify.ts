import { inArray, notExists, sql } from "drizzle-orm";
import type { PgColumn } from "drizzle-orm/pg-core";
import { err, ok } from "neverthrow";
import { isDeepStrictEqual } from "node:util";
import { deliveryView, isDeliveryEvent, isWebhookEvent, webhookView } from "../../domain/ledger/index.ts";
import type { Difference, Projections } from "../../ports/projections.ts";
import { decodeWebhookRow } from "../sql/webhook-row.ts";
import type { Orm } from "./connection.ts";
import { deliveryColumns } from "./delivery-read-model.ts";
import { eventStatements } from "./event-statements.ts";
import { readStreams, type Stream } from "./read-streams.ts";
import type { Session } from "./session.ts";
import type { Tables } from "./tables.ts";
import { webhookColumns } from "./webhook-read-model.ts";

type Columns = Difference["expected"];

/** What there is to compare in one projection. */
interface Comparison {
  readonly projection: Difference["projection"];
  /** What the names of its streams begin with. */
  readonly prefix: string;
  expected(stream: Stream): Columns;
  actual(orm: Orm, ids: readonly string[]): Promise<ReadonlyMap<string, Columns>>;
  /** The rows that no stream tells of, by id. */
  strays(orm: Orm): Promise<ReadonlyMap<string, Columns>>;
}

/**
 * Replays stream by stream through the domain's own folds and looks the rows up, all on one snapshot. Then it asks for the rows
 * whose stream was not among them.
 */
export function createVerify({ snapshot, tables }: Session): Projections["verify"] {
  const statements = eventStatements(tables);
  const comparisons = [webhookComparison(tables), deliveryComparison(tables)];

  return () =>
    snapshot(async (connection) => {
      const differences: Difference[] = [];
      let events = 0;
      for await (const page of readStreams(connection, statements)) {
        if (page.isErr()) return err(page.error);
        for (const stream of page.value) events += stream.events.length;
        for (const comparison of comparisons)
          differences.push(...(await compare(connection.orm, comparison, page.value)));
      }
      for (const { projection, strays } of comparisons)
        for (const [id, actual] of await strays(connection.orm))
          differences.push({ projection, id, expected: null, actual });
      return ok({ events, differences });
    });
}

async function compare(
  orm: Orm,
  { projection, prefix, expected, actual }: Comparison,
  streams: readonly Stream[],
): Promise<readonly Difference[]> {
  const own = streams.filter(({ streamId }) => streamId.startsWith(prefix));
  if (own.length === 0) return [];
  const idOf = ({ streamId }: Stream) => streamId.slice(prefix.length);
  const rows = await actual(orm, own.map(idOf));
  return own.flatMap((stream) => {
    const id = idOf(stream);
    const [right, present] = [expected(stream), rows.get(id) ?? null];
    return isDeepStrictEqual(right, present) ? [] : [{ projection, id, expected: right, actual: present }];
  });
}

function webhookComparison(tables: Tables): Comparison {
  const { webhooks } = tables;
  const select = (orm: Orm) => orm.select(webhookColumns(tables)).from(webhooks);
  type Row = Awaited<ReturnType<typeof select>>[number];
  const keep = onlyColumns(Object.keys(webhookColumns(tables)));
  const byId = (rows: readonly Row[]) =>
    new Map(rows.map((row) => [row.webhookId, keep(decodeWebhookRow(row).unwrapOr(null) ?? row)]));
  return {
    projection: "webhooks",
    prefix: "webhook-",
    expected: (stream) => keep(webhookView(stream.events.filter(isWebhookEvent))),
    actual: async (orm, ids) => byId(await select(orm).where(inArray(webhooks.webhookId, [...ids]))),
    strays: async (orm) => byId(await select(orm).where(withoutStream(orm, tables, "webhook-", webhooks.webhookId))),
  };
}

function deliveryComparison(tables: Tables): Comparison {
  const { deliveries } = tables;
  const select = (orm: Orm) => orm.select(deliveryColumns(tables)).from(deliveries);
  const keep = onlyColumns(Object.keys(deliveryColumns(tables)));
  const byId = (rows: Awaited<ReturnType<typeof select>>) => new Map(rows.map((row) => [row.deliveryId, keep(row)]));
  return {
    projection: "deliveries",
    prefix: "delivery-",
    expected: (stream) => keep(deliveryView(stream.events.filter(isDeliveryEvent))),
    actual: async (orm, ids) => byId(await select(orm).where(inArray(deliveries.deliveryId, [...ids]))),
    strays: async (orm) =>
      byId(await select(orm).where(withoutStream(orm, tables, "delivery-", deliveries.deliveryId))),
  };
}

function withoutStream(orm: Orm, { events }: Tables, prefix: string, id: PgColumn) {
  return notExists(
    orm
      .select({ one: sql`1` })
      .from(events)
      .where(sql`${events.streamId} = ${prefix}::text || ${id}`),
  );
}

/** Only what the projection has columns for: a later version's events may carry more. */
function onlyColumns(names: readonly string[]): (row: object | null) => Columns {
  return (row) => row && Object.fromEntries(Object.entries(row).filter(([name]) => names.includes(name)));
}
