import { and, eq, gt, isNull, lte, or, sql } from "drizzle-orm";
import { err, ok, type Result } from "neverthrow";
import { idempotencyKeyTaken, type Commit, type IdempotencyKeyTaken } from "../../ports/ledger-writer.ts";
import type { StoredMessage } from "../../ports/message-store.ts";
import type { SecretWrite } from "../../ports/secret-store.ts";
import type { Orm } from "./connection.ts";
import { messages, responses, secrets } from "./schema.ts";

/** What goes with the events of a commit: the values that are not in the ledger. */
export type WriteValues = (commit: Commit) => Result<void, IdempotencyKeyTaken>;

export function createWriteValues(orm: Orm): WriteValues {
  const writeMessage = createWriteMessage(orm);
  const writeSecret = createWriteSecret(orm);
  const insertResponse = orm
    .insert(responses)
    .values({
      deliveryId: sql.placeholder("deliveryId"),
      attempt: sql.placeholder("attempt"),
      excerpt: sql.placeholder("excerpt"),
    })
    .prepare();
  return (commit) => {
    for (const message of commit.messages ?? []) {
      const written = writeMessage(message);
      if (written.isErr()) return written;
    }
    for (const write of commit.secrets ?? []) writeSecret(write);
    for (const response of commit.responses ?? []) insertResponse.run({ ...response });
    return ok();
  };
}

function createWriteMessage(orm: Orm): (message: StoredMessage) => Result<void, IdempotencyKeyTaken> {
  const holder = orm
    .select({ messageId: messages.messageId })
    .from(messages)
    .where(
      and(
        eq(messages.tenantId, sql.placeholder("tenantId")),
        eq(messages.idempotencyKey, sql.placeholder("idempotencyKey")),
      ),
    )
    .prepare();
  const insert = orm
    .insert(messages)
    .values({
      messageId: sql.placeholder("messageId"),
      tenantId: sql.placeholder("tenantId"),
      event: sql.placeholder("event"),
      body: sql.placeholder("body"),
      idempotencyKey: sql.placeholder("idempotencyKey"),
      createdAt: sql.placeholder("createdAt"),
    })
    .prepare();
  return (message) => {
    const { tenantId, idempotencyKey } = message;
    const taken = idempotencyKey === null ? undefined : holder.get({ tenantId, idempotencyKey });
    if (taken !== undefined) return err(idempotencyKeyTaken(taken.messageId));
    insert.run({ ...message });
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
      createdAt: sql.placeholder("createdAt"),
      expiresAt: sql.placeholder("expiresAt"),
    })
    .prepare();
  const limit = orm
    .update(secrets)
    .set({ expiresAt: sql`${sql.placeholder("expiresAt")}` })
    .where(and(ofKind, or(isNull(secrets.expiresAt), gt(secrets.expiresAt, sql.placeholder("expiresAt")))))
    .prepare();
  const removeEnded = orm
    .delete(secrets)
    .where(and(ofKind, lte(secrets.expiresAt, sql.placeholder("now"))))
    .prepare();
  const removeAll = orm.delete(secrets).where(ofWebhook).prepare();
  return (write) => {
    switch (write.op) {
      case "put":
        return void put.run({ ...write.secret });
      case "expire": {
        const { webhookId, kind, expiresAt, now } = write;
        limit.run({ webhookId, kind, expiresAt });
        return void removeEnded.run({ webhookId, kind, now });
      }
      case "forget":
        return void removeAll.run({ webhookId: write.webhookId });
    }
  };
}
