import { byCodePoint } from "../../domain/by-code-point.ts";

/** Returns up to `limit` of the rows in the order of their ids, those whose id sorts after `after`. */
export function pageById<Row>(
  rows: Iterable<Row>,
  idOf: (row: Row) => string,
  after: string,
  limit: number,
): readonly Row[] {
  return [...rows]
    .filter((row) => byCodePoint(idOf(row), after) > 0)
    .sort((one, other) => byCodePoint(idOf(one), idOf(other)))
    .slice(0, limit);
}
