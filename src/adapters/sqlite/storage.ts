import { ok, type ResultAsync } from "neverthrow";
import type { OpenTransaction } from "../../ports/open-transaction.ts";
import type { Opening, Storage, StorageAdapter } from "../../ports/storage.ts";
import type { StorageError } from "../../ports/storage-error.ts";
import { createLedgerWriter } from "./append.ts";
import { createCheckpoints } from "./checkpoints.ts";
import { tried } from "./map-error.ts";
import { connect, naming } from "./connection.ts";
import { createDeliveryQueue } from "./delivery-queue.ts";
import { createDeliveryReadModel } from "./delivery-read-model.ts";
import { createLedgerReader, createStreamQuery } from "./ledger-reader.ts";
import { createKeyQuery, createMessageStore } from "./message-store.ts";
import { migrate } from "./migrate.ts";
import { joining, lockingFirst, type SqliteTransaction } from "./open-transaction.ts";
import {
  checkOptions,
  type CheckedOptions,
  type SqliteHandle,
  type SqlitePathOptions,
  type SqliteStorageOptions,
} from "./options.ts";
import { createRebuild } from "./rebuild.ts";
import { createResponseStore } from "./response-store.ts";
import { createRetention } from "./retention.ts";
import { createSecretStore } from "./secret-store.ts";
import { createSession, type Session } from "./session.ts";
import { createTransfer } from "./transfer.ts";
import { createVerify } from "./verify.ts";
import { createTenantQuery, createWebhookReadModel } from "./webhook-read-model.ts";
import { createWriteBuffers } from "./write-buffers.ts";

/**
 * Storage in an SQLite database, by better-sqlite3.
 *
 * With `path`, each `open` has a connection of its own: WAL, `synchronous=FULL`, foreign keys on, and a busy timeout of
 * 5 s unless `busyTimeoutMs` says otherwise. Its write-ahead log grows to some 16 MB, and further while somebody
 * keeps reading. Several processes may have the file open.
 *
 * With `database`, the tables, named `hookledger_…`, are made beside the application's own on its connection, which is
 * never closed, and keeps its settings but for two. `synchronous` is raised to FULL if it is lower, because a commit
 * must be on disk once it is reported. `secure_delete` is turned on, because what is erased must be gone. While the
 * application is inside a transaction, or iterating over a query, writes are refused with the reason `locked`.
 *
 * `open` checks the options: `InvalidInput` names the field that breaks a rule.
 */
export function sqliteStorage(options: SqlitePathOptions): StorageAdapter<never, OpenTransaction>;
export function sqliteStorage(options: SqliteStorageOptions): StorageAdapter<SqliteTransaction, OpenTransaction>;
export function sqliteStorage(options: SqliteStorageOptions): StorageAdapter<SqliteTransaction, OpenTransaction> {
  const checked = checkOptions(options);
  return { name: "sqlite", open: (opening) => checked.asyncAndThen((valid) => open(valid, opening)) };
}

function open(
  options: CheckedOptions,
  opening?: Opening,
): ResultAsync<Storage<SqliteTransaction, OpenTransaction>, StorageError> {
  return connect(options, opening).andThen((connection) => {
    const session = createSession(connection);
    return migrate(session)
      .andThen(() => tried(() => assemble(session, options.kind === "handle" ? options.database : null)))
      .mapErr((error) => (options.kind === "path" ? naming(options.path, error) : error))
      .orTee(() => session.close());
  });
}

function assemble(session: Session, handle: SqliteHandle | null): Storage<SqliteTransaction, OpenTransaction> {
  const buffers = createWriteBuffers(session);
  const { appendWithin, ...writer } = createLedgerWriter(session, buffers);
  const [ofTenant, byKey, stream] = [createTenantQuery(session), createKeyQuery(session), createStreamQuery(session)];
  const unlocked: OpenTransaction = {
    answers: "at once",
    webhooks: (tenantId) => session.now(() => ofTenant(tenantId)),
    findByIdempotencyKey: (tenantId, key) => session.now(() => ok(byKey(tenantId, key))),
    readStream: (streamId) => session.now(() => stream(streamId)),
    append: appendWithin,
  };
  return {
    reader: createLedgerReader(session),
    writer,
    webhooks: createWebhookReadModel(session, buffers),
    deliveries: createDeliveryReadModel(session),
    queue: createDeliveryQueue(session, buffers),
    messages: createMessageStore(session),
    responses: createResponseStore(session),
    secrets: createSecretStore(session),
    projections: { rebuild: createRebuild(session, buffers), verify: createVerify(session) },
    retention: createRetention(session),
    checkpoints: createCheckpoints(session),
    transfer: createTransfer(session),
    join: joining(handle, lockingFirst(session, unlocked)),
    close: () => session.close(),
  };
}
