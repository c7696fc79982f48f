import type { Result } from "neverthrow";
import type { AppendedStream, AppendError, Commit } from "../../ports/ledger-writer.ts";

/** A commit, and who waits for what comes of it. */
export interface Member {
  readonly commit: Commit;
  readonly settle: (result: Result<readonly AppendedStream[], AppendError>) => void;
  /** For bugs. */
  readonly reject: (bug: Error) => void;
}
