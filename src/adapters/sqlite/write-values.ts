import { and, eq, gt, isNull, lte, notInArray, or, sql } from "drizzle-orm";
import { err, ok, type Result } from "neverthrow";
import type { Commit } from "../../ports/commit.ts";
import { idempotencyKeyTaken, type IdempotencyKeyTaken } from "../../ports/ledger-writer.ts";
import { idempotencySlot } from "../../ports/message-store.ts";
import type { SecretWrite } from "../../ports/secret-store.ts";
import type { Orm } from "./connection.ts";
import { createEraseMessages } from "./erase-messages.ts";
import { createKeyQuery } from "./message-store.ts";
import { parameter } from "./parameter.ts";
import { responses, secrets } from "./schema.ts";
import { newestFirst } from "./secret-store.ts";
import type { Session } from "./session.ts";
import type { WriteBuffers } from "./write-buffers.ts";

/** Writes what goes with the events of a commit: the values that are not in the ledger. */
export interface WriteValues {
  check(commit: Commit): Result<void, IdempotencyKeyTaken>;
  write(commit: Commit): void;
}

export function createWriteValues(session: Session, buffers: WriteBuffers): WriteValues {
  const { orm } = session;
  const writeSecret = createWriteSecret(orm);
  const eraseMessages = createEraseMessages(session, buffers);
  const insertResponse = orm
    .insert(responses)
    .values({
      deliveryId: sql.placeholder("deliveryId"),
      attempt: sql.placeholder("attempt"),
      excerpt: sql.placeholder("excerpt"),
    })
    .prepare();
  return {
    check: createCheckKeys(orm, buffers),
    write(commit) {
      for (const message of commit.messages ?? []) buffers.messages.add(message);
      for (const write of commit.secrets ?? []) {
        if (write.op !== "replace") buffers.revision.raise();
        writeSecret(write);
      }
      // Half a surrogate pair is not valid UTF-8: what the driver wrote for it would be read back as three characters.
      for (const { excerpt, ...response } of commit.responses ?? [])
        insertResponse.run({ ...response, excerpt: excerpt.toWellFormed() });
      if (commit.erasures !== undefined) eraseMessages(commit.erasures, commit.recordedAt);
    },
  };
}

function createCheckKeys(orm: Orm, buffers: WriteBuffers): WriteValues["check"] {
  const holderOf = createKeyQuery({ orm });
  return (commit) => {
    const taken = new Map<string, string>();
    for (const { messageId, tenantId, idempotencyKey } of commit.messages ?? []) {
      if (idempotencyKey === null) continue;
      buffers.messages.settle();
      const slot = idempotencySlot(tenantId, idempotencyKey);
      const other = taken.get(slot) ?? holderOf(tenantId, idempotencyKey)?.messageId;
      if (other !== undefined) return err(idempotencyKeyTaken(other));
      taken.set(slot, messageId);
    }
    return ok();
  };
}

function createWriteSecret(orm: Orm): (write: SecretWrite) => void {
  const ofWebhook = eq(secrets.webhookId, sql.placeholder("webhookId"));
  const ofKind = and(ofWebhook, eq(secrets.kind, sql.placeholder("kind")));
  const put = orm
    .insert(secrets)
    .values({
      secretId: sql.placeholder("secretId"),
      webhookId: sql.placeholder("webhookId"),
      kind: sql.placeholder("kind"),
      value: sql.placeholder("value"),
      keyId: sql.placeholder("keyId"),
      createdAt: sql.placeholder("createdAt"),
      expiresAt: sql.placeholder("expiresAt"),
    })
    .prepare();
  const replace = orm
    .update(secrets)
    .set({ value: parameter("value"), keyId: parameter("keyId") })
    .where(and(ofWebhook, eq(secrets.secretId, sql.placeholder("secretId"))))
    .prepare();
  const limit = orm
    .update(secrets)
    .set({ expiresAt: parameter("expiresAt") })
    .where(and(ofKind, or(isNull(secrets.expiresAt), gt(secrets.expiresAt, sql.placeholder("expiresAt")))))
    .prepare();
  const removeEnded = orm
    .delete(secrets)
    .where(and(ofKind, lte(secrets.expiresAt, sql.placeholder("now"))))
    .prepare();
  const newest = orm
    .select({ secretId: secrets.secretId })
    .from(secrets)
    .where(ofKind)
    .orderBy(...newestFirst)
    .limit(sql.placeholder("most"));
  const removeOldest = orm
    .delete(secrets)
    .where(and(ofKind, notInArray(secrets.secretId, newest)))
    .prepare();
  const removeAll = orm.delete(secrets).where(ofWebhook).prepare();
  return (write) => {
    switch (write.op) {
      case "put":
        return void put.run({ ...write.secret });
      case "expire": {
        const { webhookId, kind, expiresAt, now, most } = write;
        limit.run({ webhookId, kind, expiresAt });
        removeEnded.run({ webhookId, kind, now });
        return void removeOldest.run({ webhookId, kind, most });
      }
      case "forget":
        return void removeAll.run({ webhookId: write.webhookId });
      case "replace": {
        const { webhookId, secretId, value, keyId } = write;
        return void replace.run({ webhookId, secretId, value, keyId });
      }
    }
  };
}
