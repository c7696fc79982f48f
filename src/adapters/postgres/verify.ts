import { eq, getTableColumns, inArray, notExists, sql, type SQL } from "drizzle-orm";
import type { PgColumn } from "drizzle-orm/pg-core";
import { err, ok } from "neverthrow";
import { UNTIL_RESUMED } from "../../ports/delivery-queue.ts";
import type { Difference, Projections } from "../../ports/projections.ts";
import {
  compareRow,
  deliveryComparison,
  idOf,
  queueComparison,
  strayRow,
  webhookComparison,
  type Comparison,
  type QueueRow,
  type Stream,
} from "../sql/compare-row.ts";
import type { Orm } from "./connection.ts";
import { deliveryColumns } from "./delivery-pages.ts";
import { eventStatements } from "./event-statements.ts";
import { readStreams } from "./read-streams.ts";
import type { Session } from "./session.ts";
import type { Tables } from "./tables.ts";

/** The rows of a projection, to be compared with the ledger. */
interface ProjectedRows {
  /** Returns where the rows of the streams are not what their events say. */
  compare(orm: Orm, streams: readonly Stream[]): Promise<readonly Difference[]>;
  /** Returns the rows of which no stream tells. */
  strays(orm: Orm): Promise<readonly Difference[]>;
}

/**
 * Replays the ledger stream by stream through the domain's own folds and looks the rows up, all on one snapshot. Then
 * asks for the rows that no stream tells of.
 */
export function createVerify({ snapshot, tables }: Session): Projections["verify"] {
  const statements = eventStatements(tables);
  const projections = [webhookRows(tables), deliveryRows(tables), queueRows(tables)];

  return () =>
    snapshot(async (connection) => {
      const { orm } = connection;
      const differences: Difference[] = [];
      let events = 0;
      for await (const page of readStreams(connection, statements)) {
        if (page.isErr()) return err(page.error);
        for (const stream of page.value) events += stream.events.length;
        for (const { compare } of projections) differences.push(...(await compare(orm, page.value)));
      }
      // Not by spreading: if a table is all strays, there may be more of them than a call takes arguments.
      for (const { strays } of projections) for (const stray of await strays(orm)) differences.push(stray);
      return ok({ events, differences });
    });
}

function webhookRows(tables: Tables): ProjectedRows {
  const { webhooks, events } = tables;
  return rowsOf(
    { id: webhooks.webhookId, events },
    webhookComparison(getTableColumns(webhooks)),
    (row) => row.webhookId,
    (orm, which) => orm.select().from(webhooks).where(which),
  );
}

function deliveryRows(tables: Tables): ProjectedRows {
  const { deliveries, events } = tables;
  const columns = deliveryColumns(tables);
  return rowsOf(
    { id: deliveries.deliveryId, events },
    deliveryComparison(columns),
    (row) => row.deliveryId,
    (orm, which) => orm.select(columns).from(deliveries).where(which),
  );
}

function queueRows(tables: Tables): ProjectedRows {
  const { queue, health, webhooks, events } = tables;
  const { deliveryId, webhookId } = queue;
  const isHeldBack = sql`${health.pausedUntil} = ${UNTIL_RESUMED}::bigint and ${webhooks.paused} is not true`;
  /** A delivery that is held back by a pause which nobody would ever end is not due. */
  const dueAt = sql<number | null>`case when ${isHeldBack} then null else ${queue.dueAt} end`.mapWith(queue.dueAt);
  return rowsOf(
    { id: deliveryId, events },
    queueComparison,
    (row: QueueRow & { readonly deliveryId: string }) => row.deliveryId,
    (orm, which) =>
      orm
        .select({ deliveryId, webhookId, dueAt })
        .from(queue)
        .leftJoin(health, eq(health.webhookId, webhookId))
        .leftJoin(webhooks, eq(webhooks.webhookId, webhookId))
        .where(which),
  );
}

/** @param id - the column by which rows are looked up: what the names of their streams end with */
function rowsOf<Row>(
  { id, events }: { readonly id: PgColumn } & Pick<Tables, "events">,
  comparison: Comparison<Row>,
  idIn: (row: Row) => string,
  select: (orm: Orm, which: SQL) => PromiseLike<readonly Row[]>,
): ProjectedRows {
  return {
    async compare(orm, streams) {
      const byId = new Map<string, Stream>();
      for (const stream of streams) {
        const of = idOf(comparison, stream);
        if (of !== null) byId.set(of, stream);
      }
      if (byId.size === 0) return [];
      const rows = new Map((await select(orm, inArray(id, [...byId.keys()]))).map((row) => [idIn(row), row]));
      return [...byId].flatMap(([of, stream]) => compareRow(comparison, of, stream, rows.get(of)) ?? []);
    },
    async strays(orm) {
      const stream = orm
        .select({ one: sql`1` })
        .from(events)
        .where(sql`${events.streamId} = ${comparison.prefix}::text || ${id}`);
      return (await select(orm, notExists(stream))).map((row) => strayRow(comparison, idIn(row), row));
    },
  };
}
