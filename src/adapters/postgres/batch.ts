import { err, ok, type Result } from "neverthrow";
import type { Commit } from "../../ports/commit.ts";
import type { AppendedStream, AppendError } from "../../ports/ledger-writer.ts";
import { storageError, type StorageError } from "../../ports/storage-error.ts";
import { toError } from "../sql/to-error.ts";
import type { Connection } from "./connection.ts";
import { mapError } from "./map-error.ts";
import { violationOf } from "./violation.ts";

/** A commit, and how to answer whoever waits for it. */
export interface Member {
  readonly commit: Commit;
  readonly settle: (result: Result<readonly AppendedStream[], AppendError>) => void;
  /** For bugs. */
  readonly reject: (bug: Error) => void;
}

/** Work that runs after the commits of a transaction, and sees what they have changed. */
export interface Step {
  /**
   * Asks the connection for all that it needs in one go. Throws what the database throws, but no bug, so that the
   * commits still go through.
   */
  run(connection: Connection): Promise<void>;
  /** Returns what the database threw, if this step was the first to fail in its transaction. */
  blame(): StorageError | null;
  /** @param outcome - what came of the last transaction that it ran in */
  settle(outcome: "done" | StorageError): void;
  /** For bugs. */
  readonly reject: (bug: Error) => void;
}

/** An earlier statement of the transaction has failed (PostgreSQL's error codes, in_failed_sql_transaction). */
const FAILED_BEFORE = "25P02";

type Answer<T> =
  | { readonly type: "value"; readonly value: T }
  | { readonly type: "error"; readonly error: StorageError }
  | { readonly type: "bug"; readonly bug: unknown };

export function createStep<T>(
  work: (connection: Connection) => Promise<T>,
  resolve: (result: Result<T, StorageError>) => void,
  reject: (bug: Error) => void,
): Step {
  /** Null until the answer is heard. */
  let answer: Answer<T> | null = null;
  return {
    async run(connection) {
      answer = null;
      try {
        answer = { type: "value", value: await work(connection) };
      } catch (thrown) {
        const error = mapError(thrown);
        if (error === null) {
          answer = { type: "bug", bug: thrown };
          return;
        }
        const code = violationOf(thrown)?.code;
        if (code !== undefined && code !== FAILED_BEFORE) answer = { type: "error", error };
        throw thrown;
      }
    },
    blame: () => (answer?.type === "error" ? answer.error : null),
    settle(outcome) {
      if (outcome !== "done") resolve(err(outcome));
      else if (answer === null)
        resolve(err(storageError("disconnected", "the connection was lost before the answer came")));
      else if (answer.type === "bug") reject(toError(answer.bug));
      else resolve(answer.type === "value" ? ok(answer.value) : err(answer.error));
    },
    reject,
  };
}
