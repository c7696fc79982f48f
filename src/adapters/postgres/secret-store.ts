import { and, asc, desc, eq, getTableColumns, gt, isNull, ne, or, sql, type SQL } from "drizzle-orm";
import { ok } from "neverthrow";
import type { EpochMs } from "../../domain/instant.ts";
import type { SecretStore } from "../../ports/secret-store.ts";
import type { Session } from "./session.ts";
import type { Tables } from "./tables.ts";

/** Orders secrets by age. Of two that were made in the same millisecond, the one written later is the newer. */
export function newestFirst(secrets: Tables["secrets"]) {
  return [desc(secrets.createdAt), desc(secrets.writtenAs)];
}

export function createSecretStore({ orm, read, tables: { secrets } }: Session): SecretStore {
  const { writtenAs, ...columns } = getTableColumns(secrets);
  const inForce = (ofWhom: SQL, now: EpochMs) =>
    read(async () =>
      ok(
        await orm
          .select(columns)
          .from(secrets)
          .where(and(ofWhom, or(isNull(secrets.expiresAt), gt(secrets.expiresAt, now))))
          .orderBy(...newestFirst(secrets)),
      ),
    );
  return {
    ofWebhook: (webhookId, now) => inForce(eq(secrets.webhookId, webhookId), now),
    ofWebhooks: (webhookIds, now) => inForce(sql`${secrets.webhookId} = any(${sql.param(webhookIds)}::text[])`, now),
    notUnder: (keyId, after, limit) =>
      read(async () =>
        ok(
          await orm
            .select(columns)
            .from(secrets)
            .where(and(gt(secrets.secretId, after), or(isNull(secrets.keyId), ne(secrets.keyId, keyId))))
            .orderBy(asc(secrets.secretId))
            .limit(limit),
        ),
      ),
  };
}
