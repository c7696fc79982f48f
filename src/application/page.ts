import { err, ok, type Result } from "neverthrow";
import { invalidInput, type InvalidInput } from "../domain/invalid-input.ts";
import { checkLimit, checkText } from "./check-arguments.ts";

/** Which page of a listing to return. */
export interface Paging {
  /** The `next` of the previous page. */
  readonly after?: string | undefined;
  /** At most this many, 1 to 1,000; 100 by default. */
  readonly limit?: number | undefined;
}

export interface Page<Item> {
  readonly items: readonly Item[];
  /** Where the next page begins; absent on the last one. */
  readonly next?: string;
}

/** What the storage is asked for. */
interface Wanted {
  readonly after?: string;
  /** One more than fits on the page. If it is found, there is another page. */
  readonly limit: number;
}

const DEFAULT_LIMIT = 100;

export function checkPaging({ after, limit = DEFAULT_LIMIT }: Paging): Result<Wanted, InvalidInput> {
  return checkLimit("limit", limit).andThen((most): Result<Wanted, InvalidInput> => {
    const wanted = { limit: most + 1 };
    return after === undefined ? ok(wanted) : checkCursor(after).map(() => ({ ...wanted, after }));
  });
}

/** Makes the page of the rows that were found. The next page begins after its last row. */
export function pageOf<Row>(found: readonly Row[], { limit }: Wanted, idOf: (row: Row) => string): Page<Row> {
  const items = found.slice(0, limit - 1);
  const last = items.at(-1);
  return items.length < found.length && last !== undefined ? { items, next: idOf(last) } : { items };
}

/** Any text may be an id of the application's `ids`. An empty cursor, as of a request's `?after=`, is refused. */
function checkCursor(after: unknown): Result<unknown, InvalidInput> {
  return after === ""
    ? err(invalidInput("after", "must not be empty: leave it out for the first page", after))
    : checkText("after", after);
}
