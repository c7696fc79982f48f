import { and, asc, desc, eq, gt, inArray, isNull, ne, or, sql, type SQL } from "drizzle-orm";
import { ok } from "neverthrow";
import type { SecretStore } from "../../ports/secret-store.ts";
import { listParameter } from "./parameter.ts";
import { secrets } from "./schema.ts";
import type { Session } from "./session.ts";

/** Of two secrets made in the same millisecond, the one written later is the newer. */
export const newestFirst = [desc(secrets.createdAt), desc(sql`rowid`)] as const;

export function createSecretStore({ orm, read }: Session): SecretStore {
  const inForce = (ofWhom: SQL) =>
    orm
      .select()
      .from(secrets)
      .where(and(ofWhom, or(isNull(secrets.expiresAt), gt(secrets.expiresAt, sql.placeholder("now")))))
      .orderBy(...newestFirst)
      .prepare();
  const ofWebhook = inForce(eq(secrets.webhookId, sql.placeholder("webhookId")));
  const ofWebhooks = inForce(inArray(secrets.webhookId, listParameter("webhookIds")));
  const notUnder = orm
    .select()
    .from(secrets)
    .where(
      and(
        gt(secrets.secretId, sql.placeholder("after")),
        or(isNull(secrets.keyId), ne(secrets.keyId, sql.placeholder("keyId"))),
      ),
    )
    .orderBy(asc(secrets.secretId))
    .limit(sql.placeholder("limit"))
    .prepare();
  return {
    ofWebhook: (webhookId, now) => read(() => ok(ofWebhook.all({ webhookId, now }))),
    ofWebhooks: (webhookIds, now) => read(() => ok(ofWebhooks.all({ webhookIds: JSON.stringify(webhookIds), now }))),
    notUnder: (keyId, after, limit) => read(() => ok(notUnder.all({ keyId, after, limit }))),
  };
}
