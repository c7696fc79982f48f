import type { Ids } from "../ports/ids.ts";

/** Makes UUIDv7s that count up from 1, so that runs can be compared. */
export function createCountingIds(): Ids {
  let count = 0;
  return {
    next() {
      count += 1;
      return `00000000-0000-7000-8000-${count.toString(16).padStart(12, "0")}`;
    },
  };
}
