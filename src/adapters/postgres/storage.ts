import { err, ok, ResultAsync } from "neverthrow";
import type { DeliveryQueue } from "../../ports/delivery-queue.ts";
import type { RemoteTransaction } from "../../ports/open-transaction.ts";
import type { Opening, Storage, StorageAdapter } from "../../ports/storage.ts";
import type { StorageError } from "../../ports/storage-error.ts";
import { createAppend } from "./append.ts";
import { createCheckpoints } from "./checkpoints.ts";
import { createClaim } from "./claim.ts";
import type { PostgresTransaction } from "./entrance.ts";
import { connectionsOf, type Connections } from "./connections.ts";
import { createDeliveryQueue } from "./delivery-queue.ts";
import { createDeliveryReadModel } from "./delivery-read-model.ts";
import { createEnquiry } from "./enquiry.ts";
import { createGroupCommit } from "./group-commit.ts";
import { createLeasedViews } from "./leased-views.ts";
import { hasNoneToSpare } from "./known-pool.ts";
import { createLedgerReader } from "./ledger-reader.ts";
import { createMessageStore } from "./message-store.ts";
import { migrate } from "./migrate.ts";
import { createNotifications } from "./notifications.ts";
import { createJoin } from "./open-transaction.ts";
import { checkOptions, type CheckedOptions, type PostgresStorageOptions } from "./options.ts";
import { createPerform } from "./perform.ts";
import { createRebuild } from "./rebuild.ts";
import { createResponseStore } from "./response-store.ts";
import { createRenew } from "./renew.ts";
import { createRetention } from "./retention.ts";
import { createSecretStore } from "./secret-store.ts";
import { createSession, type Session } from "./session.ts";
import { tablesIn } from "./tables.ts";
import { createTransact } from "./transact.ts";
import { closedError, tried } from "./tried.ts";
import { createVerify } from "./verify.ts";
import { createTransfer } from "./transfer.ts";
import { cleanableQueue, createVacuum } from "./vacuum.ts";
import { createWebhookReadModel } from "./webhook-read-model.ts";
import { writerMark } from "./writer-mark.ts";

/**
 * Creates storage in a PostgreSQL database, through node-postgres. `open` brings the schema up to date, and answers
 * `InvalidInput` if an option breaks a rule.
 */
export function postgresStorage(
  options: PostgresStorageOptions,
): StorageAdapter<PostgresTransaction, RemoteTransaction> {
  const checked = checkOptions(options);
  return { name: "postgres", open: (opening) => checked.asyncAndThen((valid) => open(valid, opening)) };
}

type PostgresStorage = Storage<PostgresTransaction, RemoteTransaction>;

function open(options: CheckedOptions, opening?: Opening): ResultAsync<PostgresStorage, StorageError> {
  const connections = connectionsOf(options);
  const session = createSession(connections, tablesIn(options.schema));
  return migrate(session, options.schema, opening)
    .map(() => assemble(session, connections, options))
    .orElse((error) => new ResultAsync(tried(() => connections.close()).then(() => err(error))));
}

function assemble(session: Session, connections: Connections, options: CheckedOptions): PostgresStorage {
  const { schema, transactionPooling, source } = options;
  const { tables } = session;
  const mark = writerMark(schema);
  const leased = createLeasedViews();
  const append = createAppend(tables, leased);
  const tells = !transactionPooling;
  const listens = tells && !(source.kind === "pool" && hasNoneToSpare(source.pool));
  const notifications = createNotifications(connections, schema, { tells, listens });
  // A pool ends only when it has all its connections back, and the one that listens is never given back otherwise.
  connections.onEnded(() => void notifications.close());
  const vacuum = createVacuum(cleanableQueue(connections, tables, schema));
  const enquiry = createEnquiry(connections, tables);
  const perform = createPerform(connections, append, mark, enquiry, ({ writes }) => {
    for (const deliveryId of writes.deliveryIds()) leased.forget(deliveryId);
    if (writes.schedules()) notifications.tell();
    vacuum.note(writes.outdated());
  });
  const group = createGroupCommit(createTransact(connections, perform, enquiry));
  const claims = createClaim(group, tables, leased);
  const renew = createRenew(group, session);
  let closing: Promise<void> | null = null;

  async function close(): Promise<void> {
    session.close();
    await group.drained();
    await vacuum.done();
    await notifications.close();
    await connections.close();
  }

  function claim(...how: Parameters<DeliveryQueue["claim"]>) {
    notifications.begin();
    return claims(...how);
  }

  const isOpen = () => (closing === null ? ok() : err(closedError()));

  return {
    reader: createLedgerReader(session, mark),
    writer: { append: (commit) => isOpen().asyncAndThen(() => group.append(commit)) },
    webhooks: createWebhookReadModel(session),
    deliveries: createDeliveryReadModel(session),
    queue: createDeliveryQueue(session, {
      claim: (...how) => isOpen().asyncAndThen(() => claim(...how)),
      renew: (ask) => isOpen().asyncAndThen(() => renew(ask)),
    }),
    messages: createMessageStore(session),
    responses: createResponseStore(session),
    secrets: createSecretStore(session),
    projections: { rebuild: createRebuild(session), verify: createVerify(session) },
    retention: createRetention(session),
    checkpoints: createCheckpoints(session),
    transfer: createTransfer(session, mark),
    join: createJoin({ tables, mark, notifications }, () => closing !== null),
    listen: notifications.onTold,
    close: () => new ResultAsync(tried(() => (closing ??= close()))),
  };
}
