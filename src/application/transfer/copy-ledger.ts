import { err, ok, safeTry, type ResultAsync } from "neverthrow";
import type { ReadError } from "../../ports/ledger-reader.ts";
import type { Logger } from "../../ports/logger.ts";
import type { StorageError } from "../../ports/storage-error.ts";
import type { Storage } from "../../ports/storage.ts";
import { reportProgress } from "../report-progress.ts";
import { compareEvents, compareRows, differs, type CopyDiffers } from "./compare-ledgers.ts";
import { messageRows, PAGE, responseRows, secretRows, type RowKind } from "./row-kinds.ts";

/** What was copied, by this call or one before. */
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

type Count = (what: keyof Copied, by: number) => void;

/**
 * Copies a ledger with all that belongs to it, in steps. Called again after it was broken off, it goes on where it was. At the end the
 * target's projections are built from its ledger, and both sides are verified and compared.
 */
export function copyLedger({ from, to, logger, onProgress }: Copying): ResultAsync<Copied, CopyError> {
  return safeTry<Copied, CopyError>(async function* () {
    let soFar: Copied = { events: 0, messages: 0, secrets: 0, responses: 0 };
    const count: Count = (what, by) => {
      soFar = { ...soFar, [what]: soFar[what] + by };
      if (onProgress !== undefined) reportProgress(logger, onProgress, soFar);
    };
    yield* copyEvents(from, to, count);
    yield* copyRows(messageRows, from, to, count);
    yield* copyRows(secretRows, from, to, count);
    yield* copyRows(responseRows, from, to, count);
    yield* copyCheckpoints(from, to);
    yield* to.projections.rebuild();
    yield* compare(from, to);
    return ok(soFar);
  });
}

/** Those that are there already are compared instead. */
function copyEvents(from: Storage, to: Storage, count: Count): ResultAsync<unknown, CopyError> {
  return safeTry<unknown, CopyError>(async function* () {
    const begun = yield* to.reader.settledPosition();
    yield* compareEvents(from, to, begun);
    for (let after = 0; ;) {
      const events = yield* from.reader.readAll({ after, limit: PAGE });
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
  from: Storage,
  to: Storage,
  count: Count,
): ResultAsync<unknown, StorageError> {
  return safeTry<unknown, StorageError>(async function* () {
    for (let last: Row | undefined; ;) {
      const rows: readonly Row[] = yield* pageAfter(from, last);
      last = rows.at(-1);
      if (last === undefined) return ok();
      yield* to.transfer.restore(restorationOf(rows));
      count(what, rows.length);
    }
  });
}

/** With the last position: events that were pruned have had theirs, and followers may have passed it. */
function copyCheckpoints(from: Storage, to: Storage): ResultAsync<unknown, StorageError> {
  return safeTry<unknown, StorageError>(async function* () {
    const checkpoints = yield* from.transfer.checkpoints();
    const settled = yield* from.reader.settledPosition();
    const lastPosition = Math.max(settled, ...checkpoints.map(({ position }) => position));
    return to.transfer.restore({ checkpoints, lastPosition });
  });
}

function compare(from: Storage, to: Storage): ResultAsync<unknown, CopyError> {
  return safeTry<unknown, CopyError>(async function* () {
    yield* compareEvents(from, to, Number.MAX_SAFE_INTEGER);
    yield* compareRows(messageRows, from, to);
    yield* compareRows(secretRows, from, to);
    yield* compareRows(responseRows, from, to);
    for (const [side, storage] of Object.entries({ source: from, target: to })) {
      const { differences } = yield* storage.projections.verify();
      if (differences.length > 0) return err(differs("projections", `${side} differ from its ledger; rebuild them`));
    }
    return ok();
  });
}
