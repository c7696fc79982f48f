import { asc, eq, sql } from "drizzle-orm";
import { ok, Result } from "neverthrow";
import type { WebhookView } from "../../domain/ledger/index.ts";
import type { StorageError } from "../../ports/storage-error.ts";
import type { WebhookReadModel } from "../../ports/webhook-read-model.ts";
import { webhookColumns, webhooks } from "./schema.ts";
import type { Session } from "./session.ts";
import type { WriteBuffers } from "./write-buffers.ts";
import { decodeWebhookRow } from "../sql/webhook-row.ts";

/** @returns the tenant's webhooks, at once */
export function createTenantQuery({
  orm,
}: Pick<Session, "orm">): (tenantId: string) => Result<readonly WebhookView[], StorageError> {
  const ofTenant = orm
    .select(webhookColumns)
    .from(webhooks)
    .where(eq(webhooks.tenantId, sql.placeholder("tenantId")))
    .orderBy(asc(webhooks.registeredPosition))
    .prepare();
  return (tenantId) => Result.combine(ofTenant.all({ tenantId }).map(decodeWebhookRow));
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
  const ofTenant = createTenantQuery({ orm });
  return {
    revision: () => read(() => ok(revision.read())),
    get: (webhookId) =>
      read(() => {
        const row = one.get({ webhookId });
        return row === undefined ? ok(null) : decodeWebhookRow(row);
      }),
    list: (tenantId) => read(() => ofTenant(tenantId)),
  };
}
