import { err, ok, safeTry, type ResultAsync } from "neverthrow";
import type { ReadError } from "../../ports/ledger-reader.ts";
import type { Logger } from "../../ports/logger.ts";
import type { Storage } from "../../ports/storage.ts";
import { reportProgress } from "../report-progress.ts";
import { compareEvents, compareRows, differs, type CopyDiffers } from "./compare-ledgers.ts";
import { messageRows, ROWS_A_PAGE, responseRows, secretRows, type RowKind } from "./row-kinds.ts";

/** What was copied, by this call or earlier ones. */
export interface Copied {
  readonly events: number;
  readonly messages: number;
  readonly secrets: number;
  readonly responses: number;
}

export type CopyError = ReadError | CopyDiffers;

interface Copying {
  readonly from: Storage;
  readonly to: Storage;
  readonly logger: Logger;
  readonly onProgress: ((soFar: Copied) => unknown) | undefined;
}

interface Underway extends Pick<Copying, "from" | "to"> {
  /**
   * The last position to copy. What is written to the source after it is left to the next call, so that this one does
   * not chase a writer.
   */
  readonly until: number;
  readonly count: (what: keyof Copied, by: number) => void;
}

/**
 * Copies a ledger with all that belongs to it, in steps. If the copy broke off, or somebody wrote to the source
 * meanwhile, another call goes on where it was. At the end it builds the target's projections from its ledger, and
 * verifies and compares both sides.
 */
export function copyLedger({ from, to, logger, onProgress }: Copying): ResultAsync<Copied, CopyError> {
  return safeTry<Copied, CopyError>(async function* () {
    let soFar: Copied = { events: 0, messages: 0, secrets: 0, responses: 0 };
    const count: Underway["count"] = (what, by) => {
      soFar = { ...soFar, [what]: soFar[what] + by };
      reportProgress(logger, onProgress, soFar);
    };
    const until = yield* from.reader.settledPosition();
    const underway = { from, to, until, count };
    yield* copyEvents(underway);
    yield* copyRows(messageRows, underway);
    yield* copyRows(secretRows, underway);
    yield* copyRows(responseRows, underway);
    yield* nothingSince(underway);
    // Pruned events had positions as well, and followers may have passed them.
    yield* to.transfer.restore({ checkpoints: yield* from.transfer.checkpoints(), lastPosition: until });
    yield* to.projections.rebuild();
    const compared = await compare(from, to);
    // If they differ, the reason is what was written meanwhile.
    yield* nothingSince(underway);
    return compared.map(() => soFar);
  });
}

/** Copies the events. Those that are already in the target are compared instead. */
function copyEvents({ from, to, until, count }: Underway): ResultAsync<unknown, CopyError> {
  return safeTry<unknown, CopyError>(async function* () {
    const begun = yield* to.reader.settledPosition();
    yield* compareEvents(from, to, begun);
    for (let after = 0; ;) {
      const page = yield* from.reader.readAll({ after, limit: ROWS_A_PAGE });
      const events = page.filter(({ position }) => position <= until);
      const last = events.at(-1);
      if (last === undefined) return ok();
      if (last.position > begun) yield* to.transfer.restore({ events });
      after = last.position;
      count("events", events.length);
    }
  });
}

function copyRows<Row extends object>(
  { what, pageAfter, restorationOf }: RowKind<Row>,
  underway: Underway,
): ResultAsync<unknown, CopyError> {
  const { from, to, until, count } = underway;
  return safeTry<unknown, CopyError>(async function* () {
    let copied = 0;
    for (let last: Row | undefined; ;) {
      const rows: readonly Row[] = yield* pageAfter(from, last);
      last = rows.at(-1);
      if (last === undefined) return ok();
      yield* to.transfer.restore(restorationOf(rows));
      count(what, rows.length);
      if (rows.length < ROWS_A_PAGE) return ok();
      copied += rows.length;
      // More rows than events: somebody may be writing them faster than they are copied.
      if (copied > until) yield* nothingSince(underway);
    }
  });
}

/**
 * Checks that the source has stood still. Every row is written together with an event, so it has if there are no new
 * events.
 */
function nothingSince({ from, until }: Underway): ResultAsync<unknown, CopyError> {
  return from.reader.readAll({ after: until, limit: 1 }).andThen((events) => {
    const message = "the source was written to during the copy; stop the writers, and copy again to continue";
    return events.length === 0 ? ok() : err(differs("events", message));
  });
}

function compare(from: Storage, to: Storage): ResultAsync<unknown, CopyError> {
  return safeTry<unknown, CopyError>(async function* () {
    yield* compareEvents(from, to, Number.MAX_SAFE_INTEGER);
    const [source, target] = [yield* from.projections.verify(), yield* to.projections.verify()];
    for (const [side, { differences }] of Object.entries({ source, target }))
      if (differences.length > 0)
        return err(differs("projections", `the projections of the ${side} differ from its ledger; rebuild them`));
    // An open transaction keeps readers from what was committed after it began. Rows of that differ as well.
    const what = "the source and the target have a different number of events";
    const next = "a transaction is still open in the source; end it, and copy again";
    if (source.events !== target.events) return err(differs("events", `${what}: ${next}`));
    yield* compareRows(messageRows, from, to);
    yield* compareRows(secretRows, from, to);
    yield* compareRows(responseRows, from, to);
    return ok();
  });
}
