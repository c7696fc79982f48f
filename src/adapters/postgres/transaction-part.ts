import { sql } from "drizzle-orm";
import { err, ok, type Result } from "neverthrow";
import { idempotencyKeyTaken, type AppendError } from "../../ports/ledger-writer.ts";
import type { StoredMessage } from "../../ports/message-store.ts";
import type { TransactionPart } from "../../ports/open-transaction.ts";
import { storageError, type StorageError } from "../../ports/storage-error.ts";
import { decodeEventRows } from "../sql/event-row.ts";
import { writeSets } from "./append-statements.ts";
import { isKnown } from "./calls.ts";
import type { JoinedConnection } from "./connection.ts";
import { decide } from "./decide.ts";
import { eventStatements } from "./event-statements.ts";
import { NOTHING_LOADED } from "./loaded.ts";
import { findMessage, hasKey } from "./message-store.ts";
import type { Notifications } from "./notifications.ts";
import { publishStatement, type Outcome } from "./publish-statement.ts";
import { statement } from "./statement.ts";
import type { Tables } from "./tables.ts";
import { answered } from "./tried.ts";
import { webhooksOf } from "./webhook-read-model.ts";
import type { WriterMark } from "./writer-mark.ts";
import type { Writes } from "./writes.ts";

/** What a storage brings to the transactions that it joins. */
export interface Parts {
  readonly tables: Tables;
  readonly mark: WriterMark;
  readonly notifications: Notifications;
}

/** @param call - the id by which the transaction knows what it was joined for */
export type PartOf = (connection: JoinedConnection, call: string) => TransactionPart;

/** Makes the statements, once for each storage. */
export function createParts({ tables, mark, notifications }: Parts): PartOf {
  const sets = writeSets(tables);
  const { ofStreams } = eventStatements(tables);
  const markWriter = statement("begin within", sql`${mark.set} where ${isKnown}`);
  const publish = publishStatement(tables, sets, notifications.whenCommitted);

  async function write(connection: JoinedConnection, call: string, writes: Writes, count: number): Promise<Outcome> {
    const marked = await connection.run(markWriter, { call });
    if (marked.length === 0) return "ended";
    const values = { ...writes.gathered().toValues(sets), call, messageCount: count };
    const [row] = await connection.run(publish, values);
    return row?.outcome ?? "ended";
  }

  async function firstWithKey(
    { orm }: JoinedConnection,
    messages: readonly StoredMessage[],
  ): Promise<Result<never, AppendError>> {
    for (const { tenantId, idempotencyKey } of messages) {
      const found =
        idempotencyKey === null ? null : await findMessage(orm, tables, hasKey(tables, tenantId, idempotencyKey));
      if (found !== null) return err(idempotencyKeyTaken(found.messageId));
    }
    return err(
      storageError("locked", "another transaction took the idempotency key first; publish again in a new transaction"),
    );
  }

  return (connection, call) => ({
    webhooks: (tenantId) => answered(() => webhooksOf(connection.orm, tables, tenantId)),
    findByIdempotencyKey: (tenantId, key) =>
      answered(async () => ok(await findMessage(connection.orm, tables, hasKey(tables, tenantId, key)))),
    readStream: (streamId) =>
      answered(async () => decodeEventRows(await connection.run(ofStreams, { streamIds: [streamId] }))),
    append: (publishing) =>
      answered(async (): Promise<Result<void, AppendError>> => {
        const { decided, writes } = decide(NOTHING_LOADED, [publishing], false);
        for (const each of decided) if (each.isErr()) return err(each.error);
        const outcome = await write(connection, call, writes, publishing.messages.length);
        if (outcome === "written") return ok();
        if (outcome === "raced") return firstWithKey(connection, publishing.messages);
        return err(notOpen());
      }),
  });
}

export function notOpen(): StorageError {
  const what = "no transaction is open, or it ended or was rolled back to a savepoint before the call was done";
  const next = "publish inside a transaction and await the answer before it ends, or publish without within";
  return storageError("no-transaction", `${what}; ${next}`);
}
