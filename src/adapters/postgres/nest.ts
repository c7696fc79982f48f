import { err, type Result } from "neverthrow";
import { storageError, type StorageError } from "../../ports/storage-error.ts";
import { connectionBy } from "./connection-by.ts";
import type { AnyOrm, Connection } from "./connection.ts";
import { violationOf } from "./map-error.ts";
import type { PostgresJs } from "./sql-runner.ts";

/** Does `work` as a part of a transaction that is open: all of it or, where it answers `Err` or throws, nothing. */
export type Nest = <T, E>(
  work: (connection: Connection<AnyOrm>) => Promise<Result<T, E>>,
) => Promise<Result<T, E | StorageError>>;

const SAVEPOINT = "savepoint hookledger";
const RELEASE = "release savepoint hookledger";
const ROLLBACK = "rollback to savepoint hookledger";

export function nestOn(connection: Connection<AnyOrm>): Nest {
  return async (work) => {
    try {
      await connection.execute(SAVEPOINT);
    } catch (thrown) {
      return noTransaction(thrown);
    }
    let isKept = false;
    try {
      const done = await work(connection);
      isKept = done.isOk();
      return done;
    } finally {
      if (!isKept) await connection.execute(ROLLBACK);
      await connection.execute(RELEASE);
    }
  };
}

/**
 * By postgres.js's own savepoint: it takes back the whole transaction in the end if a statement has failed in it, whoever caught the
 * error, unless that was within a savepoint that it knows of.
 */
export function nestInPostgresJs(transaction: PostgresJs): Nest {
  return async <T, E>(work: (connection: Connection<AnyOrm>) => Promise<Result<T, E>>) => {
    const refusals: Result<T, E>[] = [];
    try {
      return await transaction.savepoint(async (inner) => {
        const done = await work(connectionBy({ runSql: (sql, parameters) => inner.unsafe(sql, parameters) }));
        if (done.isOk()) return done;
        refusals.push(done);
        throw new Refused();
      });
    } catch (thrown) {
      const [refusal] = refusals;
      return refusal ?? noTransaction(thrown);
    }
  };
}

/** Undoes what was done since the savepoint. */
class Refused extends Error {}

/** There is no transaction to make a savepoint in. */
const NO_TRANSACTION = "25P01";
/** An earlier statement of the application's has failed, and nothing but its rollback can follow. */
const ABORTED = "25P02";

function noTransaction(thrown: unknown): Result<never, StorageError> {
  const code = violationOf(thrown)?.code;
  if (code === NO_TRANSACTION) return refused("there is no transaction open on the client");
  if (code === ABORTED) return refused("the transaction has failed before, and can only be rolled back");
  throw thrown;
}

function refused(what: string): Result<never, StorageError> {
  return err(storageError("no-transaction", `${what}; call it inside one, or publish without it`));
}
