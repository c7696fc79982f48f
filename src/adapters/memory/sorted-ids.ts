import { byCodePoint } from "../../domain/by-code-point.ts";

/** Ids in order of code points, each once. Adding one that sorts last, as a new UUIDv7 does, costs next to nothing. */
export interface SortedIds {
  add(id: string): void;
  remove(id: string): void;
  /** Yields the ids that sort after `id`, in order; without an `id`, all of them. */
  after(id: string | undefined): Iterable<string>;
  /** Yields the ids that sort before `id`, the last first; without an `id`, all of them. */
  before(id: string | undefined): Iterable<string>;
  clear(): void;
}

export function createSortedIds(): SortedIds {
  const ids: string[] = [];

  /** How many ids sort before `id`. */
  function rank(id: string): number {
    let low = 0;
    let high = ids.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const found = ids[middle];
      if (found !== undefined && byCodePoint(found, id) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  return {
    add(id) {
      const last = ids.at(-1);
      if (last === undefined || byCodePoint(last, id) < 0) {
        ids.push(id);
        return;
      }
      const index = rank(id);
      if (ids[index] !== id) ids.splice(index, 0, id);
    },
    remove(id) {
      const index = rank(id);
      if (ids[index] === id) ids.splice(index, 1);
    },
    *after(id) {
      const index = id === undefined ? 0 : rank(id);
      for (let next = ids[index] === id ? index + 1 : index; ; next += 1) {
        const found = ids[next];
        if (found === undefined) return;
        yield found;
      }
    },
    *before(id) {
      for (let next = (id === undefined ? ids.length : rank(id)) - 1; ; next -= 1) {
        const found = ids[next];
        if (found === undefined) return;
        yield found;
      }
    },
    clear() {
      ids.length = 0;
    },
  };
}
