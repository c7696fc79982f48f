import { and, asc, eq, getTableColumns, gt } from "drizzle-orm";
import { err, ok, type Result } from "neverthrow";
import { streamId, type WebhookView } from "../../domain/ledger/index.ts";
import type { StorageError } from "../../ports/storage-error.ts";
import type { WebhookReadModel } from "../../ports/webhook-read-model.ts";
import { decodeEventRows } from "../sql/event-row.ts";
import { decodeWebhookRow, viewByStream, type WebhookRow } from "../sql/webhook-row.ts";
import type { AnyOrm } from "./connection.ts";
import type { Session } from "./session.ts";
import type { Tables } from "./tables.ts";

/** Returns the columns of the view. The place in the listing is not one of them. */
export function webhookColumns({ webhooks }: Tables) {
  const { registeredPosition, ...columns } = getTableColumns(webhooks);
  return columns;
}

export async function webhooksOf(
  orm: AnyOrm,
  tables: Tables,
  tenantId: string,
): Promise<Result<readonly WebhookView[], StorageError>> {
  const { webhooks } = tables;
  const rows = await orm
    .select(webhookColumns(tables))
    .from(webhooks)
    .where(eq(webhooks.tenantId, tenantId))
    .orderBy(asc(webhooks.registeredPosition));
  return viewsOf(orm, tables, rows);
}

async function viewsOf(
  orm: AnyOrm,
  tables: Tables,
  rows: readonly WebhookRow[],
): Promise<Result<readonly WebhookView[], StorageError>> {
  const views: WebhookView[] = [];
  for (const row of rows) {
    const view = await viewOf(orm, tables, row);
    if (view.isErr()) return err(view.error);
    views.push(view.value);
  }
  return ok(views);
}

/** Returns what a row says or, if the row is damaged, what its stream says. */
async function viewOf(orm: AnyOrm, { events }: Tables, row: WebhookRow): Promise<Result<WebhookView, StorageError>> {
  const view = decodeWebhookRow(row);
  if (view.isOk()) return view;
  const ofStream = eq(events.streamId, streamId("webhook", row.webhookId));
  const rows = await orm.select().from(events).where(ofStream).orderBy(asc(events.version));
  return viewByStream(view.error, decodeEventRows(rows));
}

export function createWebhookReadModel({ orm, read, tables }: Session): WebhookReadModel {
  const { webhooks, counters } = tables;
  return {
    revision: () =>
      read(async () => {
        const [row] = await orm.select({ value: counters.value }).from(counters).where(eq(counters.name, "webhooks"));
        return ok(row?.value ?? 0);
      }),
    get: (webhookId) =>
      read(async () => {
        const [row] = await orm.select(webhookColumns(tables)).from(webhooks).where(eq(webhooks.webhookId, webhookId));
        return row === undefined ? ok(null) : viewOf(orm, tables, row);
      }),
    list: (tenantId) => read(() => webhooksOf(orm, tables, tenantId)),
    listAll: ({ activeOnly, after = "", limit }) =>
      read(async () => {
        const { webhookId, active } = webhooks;
        const rows = await orm
          .select(webhookColumns(tables))
          .from(webhooks)
          .where(and(gt(webhookId, after), activeOnly ? eq(active, true) : undefined))
          .orderBy(asc(webhookId))
          .limit(limit);
        return viewsOf(orm, tables, rows);
      }),
  };
}
