import { err, ok, safeTry, type ResultAsync } from "neverthrow";
import type { ReadError } from "../../ports/ledger-reader.ts";
import type { StorageError } from "../../ports/storage-error.ts";
import type { Storage } from "../../ports/storage.ts";
import { ROWS_A_PAGE, type RowKind } from "./row-kinds.ts";

/**
 * The two ledgers do not hold the same: somebody has written to one of them, or the target held something else before.
 */
export interface CopyDiffers {
  readonly type: "CopyDiffers";
  readonly what: "events" | "messages" | "secrets" | "responses" | "projections";
  readonly message: string;
}

/** Checks that both hold the same events up to a position. */
export function compareEvents(from: Storage, to: Storage, upTo: number): ResultAsync<unknown, ReadError | CopyDiffers> {
  return safeTry<unknown, ReadError | CopyDiffers>(async function* () {
    for (let after = 0; after < upTo;) {
      const there = yield* to.reader.readAll({ after, limit: ROWS_A_PAGE });
      const here = yield* from.reader.readAll({ after, limit: ROWS_A_PAGE });
      const wanted = here.filter(({ position }) => position <= upTo);
      const index = wanted.findIndex((event, at) => textOf(event) !== textOf(there[at]));
      const odd = wanted[index] ?? there[wanted.length];
      if (odd !== undefined) {
        const what = `the events of the source and the target differ at position ${odd.position}`;
        return err(differs("events", `${what}; copy into an empty target`));
      }
      const last = wanted.at(-1);
      if (last === undefined) break;
      after = last.position;
    }
    return ok();
  });
}

/** Compares rows page by page. The error does not tell what is in them: it may be secret. */
export function compareRows<Row extends object>(
  { what, pageAfter }: RowKind<Row>,
  from: Storage,
  to: Storage,
): ResultAsync<unknown, StorageError | CopyDiffers> {
  return safeTry<unknown, StorageError | CopyDiffers>(async function* () {
    for (let last: Row | undefined; ;) {
      const here: readonly Row[] = yield* pageAfter(from, last);
      const there: readonly Row[] = yield* pageAfter(to, last);
      const odd = here.findIndex((row, at) => textOf(row) !== textOf(there[at]));
      const next = "empty the target, and copy again";
      if (odd !== -1) return err(differs(what, `the ${what} of the source and the target differ; ${next}`));
      if (there.length > here.length) return err(differs(what, `the target has more ${what} than the source; ${next}`));
      last = here.at(-1);
      if (last === undefined) return ok();
    }
  });
}

/** Writes the members in one order, whichever storage they come from. */
function textOf(row: object | undefined): string {
  return JSON.stringify(row && Object.entries(row).sort(([left], [right]) => (left < right ? -1 : 1)));
}

export function differs(what: CopyDiffers["what"], message: string): CopyDiffers {
  return { type: "CopyDiffers", what, message };
}
