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
  /** The storage that has the ledger, such as `sqliteStorage({ path })`. Where there is none, it is an error, and none is made. */
  readonly from: StorageAdapter;
  /** The one that is to have it, such as `postgresStorage({ connectionString })`: empty, or with what a copy before has left there. */
  readonly to: StorageAdapter;
  /** Called after each step, of up to 500 rows, with what is copied so far. What it throws is logged as a warning. */
  readonly onProgress?: ((soFar: Copied) => unknown) | undefined;
  readonly logger?: Logger | undefined;
}

const copyNames: NamesOf<LedgerCopy> = { from: true, to: true, onProgress: true, logger: true };

export type LedgerCopyError = InvalidInput | CopyError;

/**
 * Moves a ledger to another storage: events under their positions, messages, secrets as they are stored, responses and followers' checkpoints; webhooks
 * and deliveries follow from the events. What was broken off goes on when it is called again. At the end both sides are verified and
 * compared, and `CopyDiffers` says where they are not the same. So it does where the source was written to meanwhile: once that has ended,
 * call it again for the rest. Nobody may write to the target. What was pending is pending, and due when it was; pauses of webhooks,
 * and since when they fail, begin anew.
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

/** Closes the storage, however the work ends. All that was written is on disk by then, whether or not it can be closed. */
function using<T, E>(storage: Storage, work: () => ResultAsync<T, E>): ResultAsync<T, E> {
  const closed = async (): Promise<Result<T, E>> => {
    const done = await work();
    return (await storage.close()).match(
      () => done,
      () => done,
    );
  };
  return new ResultAsync(closed());
}
