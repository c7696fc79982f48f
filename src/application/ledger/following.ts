import { err, ok, type Result } from "neverthrow";
import { invalidInput, type InvalidInput } from "../../domain/invalid-input.ts";
import type { NamesOf } from "../../domain/known-names.ts";
import type { RecordedEvent } from "../../domain/ledger/index.ts";
import { checkName } from "../../domain/webhook/index.ts";
import { checkLimit, checkObject, checkPosition } from "../check-arguments.ts";

export interface Following {
  /** The name under which the position is stored. Whoever follows under it goes on from there, one at a time. */
  readonly name: string;
  /**
   * Where a new name begins: at the `"beginning"` (the default), with what is appended from `"now"` on, or after a
   * position. A known name goes on where it was.
   */
  readonly from?: "beginning" | "now" | number | undefined;
  /**
   * Takes events in the order of the ledger, each at least once. The next batch comes when its promise has resolved. If
   * it throws, rejects or returns an `Err`, the same events come again, after pauses that grow up to 30 s: none is
   * skipped.
   */
  readonly onEvents: (events: readonly RecordedEvent[]) => unknown;
  /** The most events in a batch, 1 to 1,000; 500 if not given. */
  readonly batchSize?: number | undefined;
  /** If the leader gives no sign of life for this many seconds, another takes over; 10 if not given. */
  readonly leaseSeconds?: number | undefined;
}

const followingNames: NamesOf<Following> = {
  name: true,
  from: true,
  onEvents: true,
  batchSize: true,
  leaseSeconds: true,
};

export interface CheckedFollowing {
  readonly name: string;
  readonly from: "now" | number;
  readonly onEvents: Following["onEvents"];
  readonly batchSize: number;
  readonly leaseSeconds: number;
}

export function checkFollowing(following: Following): Result<CheckedFollowing, InvalidInput> {
  return checkObject("following", following, followingNames).andThen(
    ({ name, from = "beginning", onEvents, batchSize = 500, leaseSeconds = 10 }) =>
      checkName("name", name)
        .andThen(() =>
          typeof onEvents === "function" ? ok() : err(invalidInput("onEvents", "must be a function", onEvents)),
        )
        .andThen(() => checkLimit("batchSize", batchSize))
        .andThen(() => checkLeaseSeconds(leaseSeconds))
        .andThen(() => checkFrom(from))
        .map((checkedFrom) => ({ name, from: checkedFrom, onEvents, batchSize, leaseSeconds })),
  );
}

function checkFrom(from: unknown): Result<"now" | number, InvalidInput> {
  if (from === "now") return ok(from);
  if (from === "beginning") return ok(0);
  return checkPosition("from", from).mapErr(() =>
    invalidInput("from", 'must be "beginning", "now" or a position', from),
  );
}

function checkLeaseSeconds(seconds: unknown): Result<unknown, InvalidInput> {
  return typeof seconds === "number" && seconds >= 1 && seconds <= 3600
    ? ok(seconds)
    : err(invalidInput("leaseSeconds", "must be a number of seconds from 1 to 3600", seconds));
}
