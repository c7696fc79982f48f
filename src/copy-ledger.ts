import { ResultAsync, safeTry, type Result } from "neverthrow";
import { silentLogger } from "./adapters/system/index.ts";
import { checkMethods, checkObject, checkOnProgress } from "./application/check-arguments.ts";
import { guardLogger } from "./application/guard-logger.ts";
import { copyLedger as copy, type Copied, type CopyError } from "./application/transfer/copy-ledger.ts";
import type { InvalidInput } from "./domain/invalid-input.ts";
import type { NamesOf } from "./domain/known-names.ts";
import type { Logger } from "./ports/logger.ts";
import type { Storage, StorageAdapter } from "./ports/storage.ts";

export interface LedgerCopy {
  /**
   * The storage that holds the ledger, such as `sqliteStorage({ path })`. If it holds none, that is an error, and none
   * is created.
   */
  readonly from: StorageAdapter;
  /**
   * The storage to copy into, such as `postgresStorage({ connectionString })`: empty, or holding what an earlier copy
   * left there.
   */
  readonly to: StorageAdapter;
  /**
   * Called after each step, of up to 500 rows, with what has been copied so far. If it throws, the error is logged as a
   * warning.
   */
  readonly onProgress?: ((soFar: Copied) => unknown) | undefined;
  /** Silent by default. */
  readonly logger?: Logger | undefined;
}

const copyNames: NamesOf<LedgerCopy> = { from: true, to: true, onProgress: true, logger: true };

export type LedgerCopyError = InvalidInput | CopyError;

/**
 * Copies a ledger to another storage: events at their positions, messages, secrets as they are stored, responses and
 * followers' checkpoints. Webhooks and deliveries follow from the events. Pending deliveries stay pending, due when
 * they were. Pauses by hand stay; pauses that receivers asked for, and since when webhooks fail, start anew.
 *
 * If a copy was broken off, call it again: it goes on where it stopped. At the end both sides are verified and
 * compared; if they differ, the error is `CopyDiffers`. They also differ if the source was written to during the copy:
 * once the writing has stopped, call it again for the rest. Nobody may write to the target.
 */
export function copyLedger(given: LedgerCopy): ResultAsync<Copied, LedgerCopyError> {
  return safeTry<Copied, LedgerCopyError>(async function* () {
    const { from, to, onProgress, logger = silentLogger } = yield* checkObject("copy", given, copyNames);
    yield* checkOnProgress(onProgress);
    yield* checkMethods("from", from, ["open"]);
    yield* checkMethods("to", to, ["open"]);
    const source = yield* from.open({ mustExist: true });
    return using(source, () =>
      to
        .open()
        .andThen((target) =>
          using(target, () => copy({ from: source, to: target, logger: guardLogger(logger), onProgress })),
        ),
    );
  });
}

/**
 * Closes the storage, however the work ends. An error of `close` is ignored: all that was written is on disk by then.
 */
function using<T, E>(storage: Storage, work: () => ResultAsync<T, E>): ResultAsync<T, E> {
  const done = async (): Promise<Result<T, E>> => {
    try {
      return await work();
    } finally {
      (await storage.close()).unwrapOr(undefined);
    }
  };
  return new ResultAsync(done());
}
