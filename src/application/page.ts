import { ok, type Result } from "neverthrow";
import type { InvalidInput } from "../domain/invalid-input.ts";
import { checkId } from "../domain/webhook/index.ts";
import { checkLimit } from "./check-arguments.ts";

/** What a listing says of its pages. */
export interface Paging {
  /** The `next` of the page before. */
  readonly after?: string | undefined;
  /** At most this many, 1 to 1,000; 100 by default. */
  readonly limit?: number | undefined;
}

export interface Page<Item> {
  readonly items: readonly Item[];
  /** Where the next page begins; absent on the last one. */
  readonly next?: string;
}

/** What a storage is asked for. */
interface Wanted {
  readonly after?: string;
  /** One more than the page has, which tells whether there is another one. */
  readonly limit: number;
}

const DEFAULT_LIMIT = 100;

export function checkPaging({ after, limit = DEFAULT_LIMIT }: Paging): Result<Wanted, InvalidInput> {
  return checkLimit(limit).andThen((most): Result<Wanted, InvalidInput> => {
    const wanted = { limit: most + 1 };
    // An empty cursor, as of a request's `?after=`, would be the first page, or none at all where the newest come first.
    return after === undefined ? ok(wanted) : checkId("after", after).map(() => ({ ...wanted, after }));
  });
}

/** The page of the rows that were found, and where the next one begins: after its last row. */
export function pageOf<Row>(found: readonly Row[], { limit }: Wanted, idOf: (row: Row) => string): Page<Row> {
  const items = found.slice(0, limit - 1);
  const last = items.at(-1);
  return items.length < found.length && last !== undefined ? { items, next: idOf(last) } : { items };
}
