import { byCodePoint } from "../../domain/by-code-point.ts";

/** Returns up to `limit` of the rows in the order of their ids, those whose id comes after `after` in it. */
export function pageById<Row>(
  rows: Iterable<Row>,
  idOf: (row: Row) => string,
  after: string | undefined,
  limit: number,
  inOrder = byCodePoint,
): readonly Row[] {
  return [...rows]
    .filter((row) => after === undefined || inOrder(idOf(row), after) > 0)
    .sort((one, other) => inOrder(idOf(one), idOf(other)))
    .slice(0, limit);
}
