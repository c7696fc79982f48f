import { err, ok, ResultAsync, type Result } from "neverthrow";
import type { PoolClient } from "pg";
import { invalidInput, type InvalidInput } from "../../domain/invalid-input.ts";
import type { RemoteTransaction, TransactionPart } from "../../ports/open-transaction.ts";
import { storageError, type StorageError } from "../../ports/storage-error.ts";
import { decodeEventRows } from "../sql/event-row.ts";
import type { Append } from "./append.ts";
import { clientOf, type PostgresTransaction } from "./client-of.ts";
import { connectionOver, type Connection } from "./connection.ts";
import { closedError, tried } from "./connections.ts";
import { eventStatements } from "./event-statements.ts";
import { violationOf, wasRaced } from "./map-error.ts";
import { findMessage, hasKey } from "./message-store.ts";
import type { Notifications } from "./notifications.ts";
import { statement } from "./statement.ts";
import type { Tables } from "./tables.ts";
import { webhooksOf } from "./webhook-read-model.ts";
import type { WriterMark } from "./writer-mark.ts";

interface Parts {
  readonly tables: Tables;
  readonly append: Append;
  readonly mark: WriterMark;
  readonly notifications: Notifications;
  readonly isClosed: () => boolean;
}

/** Each client's work comes one after the other: savepoints of several would end each other. */
const queues = new WeakMap<object, Promise<unknown>>();

const SAVEPOINT = "savepoint hookledger";
const RELEASE = "release savepoint hookledger";
const ROLLBACK = `rollback to savepoint hookledger; ${RELEASE}`;

/** There is no transaction to make a savepoint in. */
const NO_TRANSACTION = "25P01";
/** An earlier statement of the application's has failed, and nothing but its rollback can follow. */
const ABORTED = "25P02";

export function createJoin(
  parts: Parts,
): (transaction: PostgresTransaction) => Result<RemoteTransaction, InvalidInput> {
  const partOn = partsOf(parts);
  return (transaction) => {
    const client = clientOf(transaction);
    if (client !== null) return ok({ answers: "later", nested: nestedOn(client, partOn, parts.isClosed) });
    const rule =
      "must be a client of node-postgres within a transaction, or drizzle's transaction on one; a pool is neither";
    return err(invalidInput("transaction", rule, transaction));
  };
}

function nestedOn(
  client: PoolClient,
  partOn: (connection: Connection) => TransactionPart,
  isClosed: () => boolean,
): RemoteTransaction["nested"] {
  // What is prepared would be planned as the application has set its transaction, and stay so.
  const connection = connectionOver(client, false);
  const part = partOn(connection);

  async function nest<T, E>(work: (part: TransactionPart) => ResultAsync<T, E>): Promise<Result<T, E | StorageError>> {
    if (isClosed()) return err(closedError());
    try {
      await connection.execute(SAVEPOINT);
    } catch (thrown) {
      const code = violationOf(thrown)?.code;
      if (code === NO_TRANSACTION) return err(noTransaction("there is no transaction open on the client"));
      if (code === ABORTED) return err(noTransaction("the transaction has failed before, and can only be rolled back"));
      throw thrown;
    }
    let isKept = false;
    try {
      const done = await work(part).match<Result<T, E | StorageError>>(ok, err);
      isKept = done.isOk();
      return done;
    } finally {
      await connection.execute(isKept ? RELEASE : ROLLBACK);
    }
  }

  return (work) => {
    const before = queues.get(client) ?? Promise.resolve();
    const done = before.then(() => tried(() => nest(work)));
    queues.set(
      client,
      done.catch(() => undefined),
    );
    return new ResultAsync(done).andThen((result) => result);
  };
}

/** The statements are made once for each storage. */
function partsOf({ tables, append, mark, notifications }: Parts): (connection: Connection) => TransactionPart {
  const { ofStreams } = eventStatements(tables);
  const markWriter = statement("begin", mark.set);
  const notify = statement("notify", notifications.whenCommitted);
  const answer = <T, E>(work: () => Promise<Result<T, E>>): ResultAsync<T, E | StorageError> =>
    new ResultAsync(tried(work)).andThen((result): Result<T, E | StorageError> => result);

  return (connection) => ({
    webhooks: (tenantId) => answer(() => webhooksOf(connection.orm, tables, tenantId)),
    findByIdempotencyKey: (tenantId, key) =>
      answer(async () => ok(await findMessage(connection.orm, tables, hasKey(tables, tenantId, key)))),
    readStream: (streamId) =>
      answer(async () => decodeEventRows(await connection.run(ofStreams, { streamIds: [streamId] }))),
    append: (commit) =>
      answer(async () => {
        await connection.run(markWriter, {});
        const plan = append.planAtOnce([commit]) ?? (await append.plan(connection, [commit], false));
        const planned = "decided" in plan ? ok(plan) : plan;
        if (planned.isErr()) return err(planned.error);
        const { decided, writes } = planned.value;
        const [outcome] = decided;
        if (outcome === undefined) return err(storageError("unexpected", "nothing was decided"));
        if (outcome.isErr()) return err(outcome.error);
        try {
          await append.write(connection, writes);
          if (writes.schedules()) await connection.run(notify, {});
          return ok(outcome.value);
        } catch (thrown) {
          if (!wasRaced(thrown)) throw thrown;
          return err(storageError("locked", "another transaction was first at what this one was to write", thrown));
        }
      }),
  });
}

function noTransaction(what: string): StorageError {
  return storageError("no-transaction", `${what}; call it inside one, or publish without it`);
}
