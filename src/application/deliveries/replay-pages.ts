import { err, ok, type Result } from "neverthrow";
import type { ReadError } from "../../ports/ledger-reader.ts";
import { storageError, type StorageError } from "../../ports/storage-error.ts";
import type { Dependencies } from "../dependencies.ts";
import { reportProgress } from "../report-progress.ts";
import type { ReplayProgress, ReplayScope } from "./replay-input.ts";

/** The result of a page, and where the next one begins; null after the last. */
export interface ReplayedPage<Cursor> extends ReplayProgress {
  readonly next: Cursor | null;
}

/** Replays page by page, from `begin` on, and reports each page that was not empty. */
export async function replayPages<Cursor>(
  deps: Pick<Dependencies, "wakeUps" | "logger" | "closing">,
  { onProgress }: Pick<ReplayScope, "onProgress">,
  before: ReplayProgress,
  begin: Cursor | null,
  replayPage: (from: Cursor) => Promise<Result<ReplayedPage<Cursor>, ReadError>>,
): Promise<Result<ReplayProgress, ReadError>> {
  let progress = before;
  for (let from = begin; from !== null;) {
    if (deps.closing.aborted) return err(wasClosed(progress));
    const page = await replayPage(from);
    if (page.isErr()) return err(page.error);
    const { examined, replayed, next } = page.value;
    from = next;
    if (examined === 0) continue;
    if (replayed > 0) deps.wakeUps.notify();
    progress = { examined: progress.examined + examined, replayed: progress.replayed + replayed };
    reportProgress(deps.logger, onProgress, progress);
  }
  return ok(progress);
}

function wasClosed({ examined, replayed }: ReplayProgress): StorageError {
  const done = `${replayed} of the ${examined} examined so far were replayed and stay so`;
  return storageError("closed", `hookledger was closed during a replay; ${done}; replay again for the rest`);
}
