import { err, errAsync, ok, ResultAsync } from "neverthrow";
import { invalidInput } from "../../domain/invalid-input.ts";
import type { Storage, StorageAdapter } from "../../ports/storage.ts";
import type { StorageError } from "../../ports/storage-error.ts";
import { createAppend } from "./append.ts";
import { createClaimLane } from "./claim-lane.ts";
import { createClaim } from "./claim.ts";
import { closedError, connectionsOf, tried, type Connections } from "./connections.ts";
import { createDeliveryQueue } from "./delivery-queue.ts";
import { createDeliveryReadModel } from "./delivery-read-model.ts";
import { createGroupCommit } from "./group-commit.ts";
import { createLeasedViews } from "./leased-views.ts";
import { createLedgerReader } from "./ledger-reader.ts";
import { createMessageStore } from "./message-store.ts";
import { migrate } from "./migrate.ts";
import { checkOptions, type CheckedOptions, type PostgresStorageOptions } from "./options.ts";
import { createRebuild } from "./rebuild.ts";
import { createResponseStore } from "./response-store.ts";
import { createRetention } from "./retention.ts";
import { createSecretStore } from "./secret-store.ts";
import { createSession, type Session } from "./session.ts";
import { tablesIn } from "./tables.ts";
import { createTransact } from "./transact.ts";
import { createVerify } from "./verify.ts";
import { createWebhookReadModel } from "./webhook-read-model.ts";
import { writerMark } from "./writer-mark.ts";

/** Storage in a PostgreSQL database, by node-postgres. */
export function postgresStorage(options: PostgresStorageOptions): StorageAdapter {
  const checked = checkOptions(options);
  return { name: "postgres", open: () => checked.match(open, (error) => errAsync(error)) };
}

function open(options: CheckedOptions): ResultAsync<Storage, StorageError> {
  const connections = connectionsOf(options);
  const session = createSession(connections, tablesIn(options.schema));
  return migrate(session, options.schema)
    .map(() => assemble(session, connections, options))
    .orElse((error) => new ResultAsync(tried(() => connections.close()).then(() => err(error))));
}

function assemble(session: Session, connections: Connections, { schema }: CheckedOptions): Storage {
  const { tables } = session;
  const mark = writerMark(schema);
  const leased = createLeasedViews();
  const transact = createTransact(connections, createAppend(tables, leased), mark, ({ writes }) => {
    for (const deliveryId of writes.deliveryIds()) leased.forget(deliveryId);
  });
  const group = createGroupCommit(transact);
  const claims = createClaimLane(createClaim(connections, tables, leased), group);
  let closing: Promise<void> | null = null;

  async function close(): Promise<void> {
    session.close();
    await Promise.all([group.drained(), claims.drained()]);
    await connections.close();
  }

  const isOpen = () => (closing === null ? ok() : err(closedError()));

  return {
    reader: createLedgerReader(session, mark),
    writer: { append: (commit) => isOpen().asyncAndThen(() => group.append(commit)) },
    webhooks: createWebhookReadModel(session),
    deliveries: createDeliveryReadModel(session),
    queue: createDeliveryQueue(session, (ask) => isOpen().asyncAndThen(() => claims.claim(ask))),
    messages: createMessageStore(session),
    responses: createResponseStore(session),
    secrets: createSecretStore(session),
    projections: { rebuild: createRebuild(session), verify: createVerify(session) },
    retention: createRetention(session),
    join: (transaction) => err(invalidInput("transaction", "cannot be joined yet", transaction)),
    close: () => new ResultAsync(tried(() => (closing ??= close()))),
  };
}
