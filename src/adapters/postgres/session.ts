import { err, errAsync, type Result, type ResultAsync } from "neverthrow";
import type { StorageError } from "../../ports/storage-error.ts";
import type { Connection, Orm } from "./connection.ts";
import { answered, closedError, rollBack, type Connections } from "./connections.ts";
import { inDoubt } from "./enquiry.ts";
import { mapError } from "./map-error.ts";
import { violationOf } from "./violation.ts";
import type { Tables } from "./tables.ts";

/** How the ports reach the database: every call goes through one of these, so none of them lets the driver throw. */
export interface Session {
  readonly tables: Tables;
  /** For statements that are made once. They run through the calls below. */
  readonly orm: Orm;
  /** Each statement by itself. */
  read<T, E = never>(work: () => Promise<Result<T, E>>): ResultAsync<T, E | StorageError>;
  /** On one connection, each statement by itself. */
  lend<T, E = never>(work: (connection: Connection) => Promise<Result<T, E>>): ResultAsync<T, E | StorageError>;
  /** The same, for as long as each statement takes. */
  lendForLong: Session["lend"];
  /** Reads on one snapshot of the database, for as long as it takes. */
  snapshot<T, E>(work: (connection: Connection) => Promise<Result<T, E>>): ResultAsync<T, E | StorageError>;
  /**
   * Writes in a transaction of its own, all or nothing: an `Err` of `work` rolls back what it did. It is done again where other
   * transactions were in the way. Where the connection is lost during its commit, it is `in-doubt`.
   */
  write<T, E>(work: (connection: Connection) => Promise<Result<T, E>>): ResultAsync<T, E | StorageError>;
  /** The same, for as long as it takes. */
  writeForLong: Session["write"];
  /** Resolves `closed` from then on to everything; what is under way goes on. */
  close(): void;
}

const SNAPSHOT = "begin isolation level repeatable read read only";
const WRITE = "begin isolation level read committed";
/** It ends with the transaction, so that nobody else has it, behind a pooler neither. */
const NO_TIMEOUT = "set local statement_timeout = 0";

/** So often a transaction is begun again that others were in the way of. */
const TRIES_OF_A_TRANSACTION = 10;

export function createSession({ lend, lendForLong, orm }: Connections, tables: Tables): Session {
  let closed = false;

  function guarded<T, E>(work: () => Promise<Result<T, E>>): ResultAsync<T, E | StorageError> {
    return closed ? errAsync(closedError()) : answered(work);
  }

  async function transaction<T, E>(
    begin: string,
    connection: Connection,
    work: (connection: Connection) => Promise<Result<T, E>>,
  ): Promise<Result<T, E | StorageError>> {
    await connection.execute(begin);
    let isCommitting = false;
    try {
      const result = await work(connection);
      isCommitting = result.isOk();
      await connection.execute(isCommitting ? "commit" : "rollback");
      return result;
    } catch (thrown) {
      const error = mapError(thrown);
      if (isCommitting && error?.reason === "disconnected") return err(inDoubt(error));
      await rollBack(connection);
      throw thrown;
    }
  }

  return {
    tables,
    orm,
    read: (work) => guarded(work),
    lend: (work) => guarded(() => lend(work)),
    lendForLong: (work) => guarded(() => lendForLong(work)),
    snapshot: (work) =>
      guarded(() => lendForLong((connection) => transaction(`${SNAPSHOT}; ${NO_TIMEOUT}`, connection, work))),
    write: (work) => guarded(() => again(() => lend((connection) => transaction(WRITE, connection, work)))),
    writeForLong: (work) =>
      guarded(() => again(() => lendForLong((connection) => transaction(`${WRITE}; ${NO_TIMEOUT}`, connection, work)))),
    close: () => void (closed = true),
  };
}

/** Serialization failures and deadlocks (class 40) are nobody's fault: the same is tried again. */
async function again<T>(work: () => Promise<T>): Promise<T> {
  for (let triesLeft = TRIES_OF_A_TRANSACTION - 1; ; triesLeft -= 1) {
    try {
      return await work();
    } catch (thrown) {
      if (triesLeft === 0 || violationOf(thrown)?.code.startsWith("40") !== true) throw thrown;
    }
  }
}
