import { and, asc, eq, gt, ne, or, sql } from "drizzle-orm";
import { ok, Result } from "neverthrow";
import { streamId, type WebhookView } from "../../domain/ledger/index.ts";
import type { StorageError } from "../../ports/storage-error.ts";
import type { WebhookReadModel } from "../../ports/webhook-read-model.ts";
import { decodeWebhookRow, viewByStream, type WebhookRow } from "../sql/webhook-row.ts";
import { createStreamQuery } from "./ledger-reader.ts";
import { webhookColumns, webhooks } from "./projected-tables.ts";
import type { Session } from "./session.ts";
import type { WriteBuffers } from "./write-buffers.ts";

/** @returns a query for a tenant's webhooks, which answers at once */
export function createTenantQuery({
  orm,
}: Pick<Session, "orm">): (tenantId: string) => Result<readonly WebhookView[], StorageError> {
  const ofTenant = orm
    .select(webhookColumns)
    .from(webhooks)
    .where(eq(webhooks.tenantId, sql.placeholder("tenantId")))
    .orderBy(asc(webhooks.registeredPosition))
    .prepare();
  const viewOf = createView({ orm });
  return (tenantId) => Result.combine(ofTenant.all({ tenantId }).map(viewOf));
}

/** @returns a function that reads a row; if the row is damaged, it reads its stream instead */
function createView({ orm }: Pick<Session, "orm">): (row: WebhookRow) => Result<WebhookView, StorageError> {
  const stream = createStreamQuery({ orm });
  return (row) =>
    decodeWebhookRow(row).orElse((damage) => viewByStream(damage, stream(streamId("webhook", row.webhookId))));
}

export function createWebhookReadModel(
  { orm, read }: Session,
  { revision }: Pick<WriteBuffers, "revision">,
): WebhookReadModel {
  const one = orm
    .select(webhookColumns)
    .from(webhooks)
    .where(eq(webhooks.webhookId, sql.placeholder("webhookId")))
    .prepare();
  const page = orm
    .select(webhookColumns)
    .from(webhooks)
    .where(
      and(
        gt(webhooks.webhookId, sql.placeholder("after")),
        // A damaged row may hold another number: its stream knows.
        or(ne(webhooks.active, 0), sql`${sql.placeholder("activeOnly")} = 0`),
      ),
    )
    .orderBy(asc(webhooks.webhookId))
    .limit(sql.placeholder("limit"))
    .prepare();
  const [ofTenant, viewOf] = [createTenantQuery({ orm }), createView({ orm })];
  return {
    revision: () => read(() => ok(revision.read())),
    get: (webhookId) =>
      read(() => {
        const row = one.get({ webhookId });
        return row === undefined ? ok(null) : viewOf(row);
      }),
    list: (tenantId) => read(() => ofTenant(tenantId)),
    listAll: ({ activeOnly, after = "", limit }) =>
      read(() => Result.combine(page.all({ activeOnly: Number(activeOnly), after, limit }).map(viewOf))),
  };
}
