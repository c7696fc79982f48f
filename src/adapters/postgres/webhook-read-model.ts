import { asc, eq, getTableColumns } from "drizzle-orm";
import { ok, Result } from "neverthrow";
import type { WebhookView } from "../../domain/ledger/index.ts";
import type { StorageError } from "../../ports/storage-error.ts";
import type { WebhookReadModel } from "../../ports/webhook-read-model.ts";
import { decodeWebhookRow } from "../sql/webhook-row.ts";
import type { AnyOrm } from "./connection.ts";
import type { Session } from "./session.ts";
import type { Tables } from "./tables.ts";

/** The columns of the view; the place in the listing is not one. */
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
  return Result.combine(rows.map(decodeWebhookRow));
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
        return row === undefined ? ok(null) : decodeWebhookRow(row);
      }),
    list: (tenantId) => read(() => webhooksOf(orm, tables, tenantId)),
  };
}
