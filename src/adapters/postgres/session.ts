import { err, errAsync, type Result, type ResultAsync } from "neverthrow";
import type { StorageError } from "../../ports/storage-error.ts";
import type { Connection, Orm } from "./connection.ts";
import type { Connections } from "./connections.ts";
import { inDoubt } from "./enquiry.ts";
import { mapError } from "./map-error.ts";
import { answered, closedError, rollBack } from "./tried.ts";
import { violationOf } from "./violation.ts";
import type { Tables } from "./tables.ts";

/** How the ports reach the database. Every call goes through one of these, so none of them lets the driver throw. */
export interface Session {
  readonly tables: Tables;
  /** Drizzle over the pool. Its statements run inside the calls below. */
  readonly orm: Orm;
  /** Runs statements, each by itself. */
  read<T, E = never>(work: () => Promise<Result<T, E>>): ResultAsync<T, E | StorageError>;
  /** Runs statements on one connection, each by itself. */
  lend<T, E = never>(work: (connection: Connection) => Promise<Result<T, E>>): ResultAsync<T, E | StorageError>;
  /** As `lend`, for statements that take as long as they take. */
  lendForLong: Session["lend"];
  /** Reads from one snapshot of the database, for as long as that takes. Never in doubt, since it writes nothing. */
  snapshot<T, E>(work: (connection: Connection) => Promise<Result<T, E>>): ResultAsync<T, E | StorageError>;
  /**
   * Writes in a transaction of its own, all or nothing: an `Err` of `work` rolls it back. If other transactions were in
   * the way, it is tried again. If the connection is lost during the commit, answers a `StorageError` with the reason
   * `in-doubt`.
   */
  write<T, E>(work: (connection: Connection) => Promise<Result<T, E>>): ResultAsync<T, E | StorageError>;
  /** As `write`, for as long as that takes. */
  writeForLong: Session["write"];
  /** Makes every later call answer `closed`. What is under way goes on. */
  close(): void;
}

interface Kind {
  readonly begin: string;
  readonly writes: boolean;
}

const SNAPSHOT: Kind = { begin: "begin isolation level repeatable read read only", writes: false };
const WRITE: Kind = { begin: "begin isolation level read committed", writes: true };
/**
 * The settings end with the transaction, so nobody else inherits them, even behind a pooler. Servers before version 17
 * have no transaction timeout.
 */
const NO_TIMEOUT = `set local statement_timeout = 0;
  select set_config(name, '0', true) from pg_settings where name = 'transaction_timeout'`;

function forLong({ begin, writes }: Kind): Kind {
  return { begin: `${begin}; ${NO_TIMEOUT}`, writes };
}

/** How often a transaction is tried in all while others are in its way. */
const TRIES_OF_A_TRANSACTION = 10;

export function createSession(
  { lend, lendForLong, orm }: Pick<Connections, "lend" | "lendForLong" | "orm">,
  tables: Tables,
): Session {
  let closed = false;

  function guarded<T, E>(work: () => Promise<Result<T, E>>): ResultAsync<T, E | StorageError> {
    return closed ? errAsync(closedError()) : answered(work);
  }

  async function transaction<T, E>(
    { begin, writes }: Kind,
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
      if (writes && isCommitting && error?.reason === "disconnected") return err(inDoubt(error));
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
    snapshot: (work) => guarded(() => lendForLong((connection) => transaction(forLong(SNAPSHOT), connection, work))),
    write: (work) => guarded(() => again(() => lend((connection) => transaction(WRITE, connection, work)))),
    writeForLong: (work) =>
      guarded(() => again(() => lendForLong((connection) => transaction(forLong(WRITE), connection, work)))),
    close: () => void (closed = true),
  };
}

/** Does `work` again after serialization failures and deadlocks (class 40), which are nobody's fault. */
async function again<T>(work: () => Promise<T>): Promise<T> {
  for (let triesLeft = TRIES_OF_A_TRANSACTION - 1; ; triesLeft -= 1) {
    try {
      return await work();
    } catch (thrown) {
      if (triesLeft === 0 || violationOf(thrown)?.code.startsWith("40") !== true) throw thrown;
    }
  }
}
