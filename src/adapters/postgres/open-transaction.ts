import { err, ok, ResultAsync, type Result } from "neverthrow";
import { invalidInput, type InvalidInput } from "../../domain/invalid-input.ts";
import type { RemoteTransaction, TransactionPart } from "../../ports/open-transaction.ts";
import { storageError, type StorageError } from "../../ports/storage-error.ts";
import { decodeEventRows } from "../sql/event-row.ts";
import type { Append } from "./append.ts";
import { entranceTo, type Entrance, type PostgresTransaction } from "./client-of.ts";
import type { AnyOrm, Connection } from "./connection.ts";
import { closedError, tried } from "./connections.ts";
import { eventStatements } from "./event-statements.ts";
import { createTurns } from "./in-turn.ts";
import { wasRaced } from "./map-error.ts";
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

/** The work of each transaction comes one after the other: savepoints of several would end each other. */
const turns = new WeakMap<object, ReturnType<typeof createTurns>>();

export function createJoin(
  parts: Parts,
): (transaction: PostgresTransaction) => Result<RemoteTransaction, InvalidInput> {
  const partOn = partsOf(parts);
  return (transaction) => {
    const entrance = entranceTo(transaction);
    if (entrance !== null) return ok({ answers: "later", nested: nestedIn(entrance, partOn, parts.isClosed) });
    const rule =
      "must be a client of node-postgres within a transaction, a transaction of drizzle or postgres.js, or a runSql of another library's; a pool is none of them";
    return err(invalidInput("transaction", rule, transaction));
  };
}

function nestedIn(
  { key, nest }: Entrance,
  partOn: (connection: Connection<AnyOrm>) => TransactionPart,
  isClosed: () => boolean,
): RemoteTransaction["nested"] {
  return <T, E>(work: (part: TransactionPart) => ResultAsync<T, E>) => {
    const nested = (): Promise<Result<T, E | StorageError>> =>
      isClosed()
        ? Promise.resolve(err(closedError()))
        : nest((connection) => work(partOn(connection)).match<Result<T, E>>(ok, err));
    const inTurn = turns.get(key) ?? createTurns();
    turns.set(key, inTurn);
    return new ResultAsync(inTurn(() => tried(nested))).andThen((result) => result);
  };
}

/** The statements are made once for each storage. */
function partsOf({ tables, append, mark, notifications }: Parts): (connection: Connection<AnyOrm>) => TransactionPart {
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
