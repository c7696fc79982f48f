import { err, ok, ResultAsync, type Result } from "neverthrow";
import type { EpochMs } from "../../domain/instant.ts";
import type { InvalidInput } from "../../domain/invalid-input.ts";
import type { NamesOf } from "../../domain/known-names.ts";
import type { PruneStep } from "../../ports/retention.ts";
import { storageError, type StorageError } from "../../ports/storage-error.ts";
import { checkDate, checkOnProgress } from "../check-arguments.ts";
import type { Dependencies } from "../dependencies.ts";
import { reportProgress } from "../report-progress.ts";

export interface Pruning {
  /** What was settled before this time is removed. */
  readonly finishedBefore: Date;
}

export const pruningNames: NamesOf<Pruning> = { finishedBefore: true };

export interface Pruned {
  readonly deliveries: number;
  readonly messages: number;
  /** Domain events of both. */
  readonly events: number;
}

export interface PruneOptions {
  /** Called after each step of up to 500 rows, with what was removed so far. What it throws is logged as a warning. */
  readonly onProgress?: ((soFar: Pruned) => unknown) | undefined;
}

export const pruneNames: NamesOf<PruneOptions> = { onProgress: true };

export type PruneError = InvalidInput | StorageError;

type Deps = Pick<Dependencies, "storage" | "closing" | "logger">;

/** A few milliseconds' work, so that other writes can come in between. */
const STEP = 500;

/**
 * Removes the deliveries that were settled before a time, with their streams and responses. Then removes the messages
 * that were published before it and have no deliveries left, with their payloads and streams. Workers go on meanwhile.
 */
export function prune(deps: Deps, pruning: Pruning, options: PruneOptions): ResultAsync<Pruned, PruneError> {
  return check(pruning, options).asyncAndThen((checked) => new ResultAsync(pruneAll(deps, checked)));
}

async function pruneAll(
  { storage: { retention }, closing, logger }: Deps,
  { finishedBefore, onProgress }: Checked,
): Promise<Result<Pruned, StorageError>> {
  const walks = [
    { kind: "deliveries", step: (after: string) => retention.pruneDeliveries(finishedBefore, after, STEP) },
    { kind: "messages", step: (after: string) => retention.pruneMessages(finishedBefore, after, STEP) },
  ] as const;
  let soFar: Pruned = { deliveries: 0, messages: 0, events: 0 };
  for (const { kind, step } of walks) {
    for (let after: string | null = ""; after !== null;) {
      if (closing.aborted) return err(storageError("closed", "hookledger was closed while it pruned; prune again"));
      const done: Result<PruneStep, StorageError> = await step(after);
      if (done.isErr()) return err(done.error);
      const { removed, events } = done.value;
      soFar = { ...soFar, [kind]: soFar[kind] + removed, events: soFar.events + events };
      reportProgress(logger, onProgress, soFar);
      after = done.value.next;
    }
  }
  return ok(soFar);
}

interface Checked {
  readonly finishedBefore: EpochMs;
  readonly onProgress: PruneOptions["onProgress"];
}

function check({ finishedBefore }: Pruning, { onProgress }: PruneOptions): Result<Checked, InvalidInput> {
  return checkDate("finishedBefore", finishedBefore).andThen((before) =>
    checkOnProgress(onProgress).map(() => ({ finishedBefore: before.getTime(), onProgress })),
  );
}
