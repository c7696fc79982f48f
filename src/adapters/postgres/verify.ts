import { eq, getTableColumns, inArray, notExists, sql } from "drizzle-orm";
import type { PgColumn } from "drizzle-orm/pg-core";
import { err, ok, Result } from "neverthrow";
import { UNTIL_RESUMED } from "../../ports/delivery-queue.ts";
import type { Difference, Projections } from "../../ports/projections.ts";
import {
  checkStream,
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
import { deliveryColumns } from "./delivery-read-model.ts";
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
        const streams = page.andThen((read) => Result.combine(read.map(checkStream)));
        if (streams.isErr()) return err(streams.error);
        for (const stream of streams.value) events += stream.events.length;
        for (const { compare } of projections) differences.push(...(await compare(orm, streams.value)));
      }
      // Not by spreading: if a table is all strays, there may be more of them than a call takes arguments.
      for (const { strays } of projections) for (const stray of await strays(orm)) differences.push(stray);
      return ok({ events, differences });
    });
}

function webhookRows(tables: Tables): ProjectedRows {
  const { webhooks } = tables;
  const { webhookId } = webhooks;
  const select = (orm: Orm) => orm.select().from(webhooks);
  return rowsOf(
    webhookComparison(getTableColumns(webhooks)),
    (row) => row.webhookId,
    (orm, ids) => select(orm).where(inArray(webhookId, [...ids])),
    (orm, prefix) => select(orm).where(withoutStream(orm, tables, prefix, webhookId)),
  );
}

function deliveryRows(tables: Tables): ProjectedRows {
  const { deliveries } = tables;
  const { deliveryId } = deliveries;
  const columns = deliveryColumns(tables);
  const select = (orm: Orm) => orm.select(columns).from(deliveries);
  return rowsOf(
    deliveryComparison(columns),
    (row) => row.deliveryId,
    (orm, ids) => select(orm).where(inArray(deliveryId, [...ids])),
    (orm, prefix) => select(orm).where(withoutStream(orm, tables, prefix, deliveryId)),
  );
}

function queueRows(tables: Tables): ProjectedRows {
  const { queue, health, webhooks } = tables;
  const { deliveryId, webhookId } = queue;
  const isHeldBack = sql`${health.pausedUntil} = ${UNTIL_RESUMED}::bigint and ${webhooks.paused} is not true`;
  /** A delivery that is held back by a pause which nobody would ever end is not due. */
  const dueAt = sql<number | null>`case when ${isHeldBack} then null else ${queue.dueAt} end`.mapWith(queue.dueAt);
  const select = (orm: Orm) =>
    orm
      .select({ deliveryId, webhookId, dueAt })
      .from(queue)
      .leftJoin(health, eq(health.webhookId, webhookId))
      .leftJoin(webhooks, eq(webhooks.webhookId, webhookId));
  return rowsOf(
    queueComparison,
    (row: QueueRow & { readonly deliveryId: string }) => row.deliveryId,
    (orm, ids) => select(orm).where(inArray(deliveryId, [...ids])),
    (orm, prefix) => select(orm).where(withoutStream(orm, tables, prefix, deliveryId)),
  );
}

function rowsOf<Row>(
  comparison: Comparison<Row>,
  idIn: (row: Row) => string,
  rowsWith: (orm: Orm, ids: readonly string[]) => PromiseLike<readonly Row[]>,
  rowsWithout: (orm: Orm, prefix: string) => PromiseLike<readonly Row[]>,
): ProjectedRows {
  return {
    async compare(orm, streams) {
      const byId = new Map<string, Stream>();
      for (const stream of streams) {
        const id = idOf(comparison, stream);
        if (id !== null) byId.set(id, stream);
      }
      if (byId.size === 0) return [];
      const rows = new Map((await rowsWith(orm, [...byId.keys()])).map((row) => [idIn(row), row]));
      return [...byId].flatMap(([id, stream]) => compareRow(comparison, id, stream, rows.get(id)) ?? []);
    },
    async strays(orm) {
      return (await rowsWithout(orm, comparison.prefix)).map((row) => strayRow(comparison, idIn(row), row));
    },
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
