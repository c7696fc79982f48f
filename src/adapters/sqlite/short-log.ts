import type Driver from "better-sqlite3";
import { tried } from "./map-error.ts";

/** Of messages that come one by one, so many commits fill some two hundred pages of the log. */
const COMMITS = 20;
/** When nothing was committed for so long, what was committed is on its way, and nobody waits. */
const QUIET_MS = 2;

/** Keeps the write-ahead log short while there is time for it. */
export interface ShortLog {
  /** Told of each commit. */
  committed(): void;
  close(): void;
}

/**
 * Copies what is in the log into the database while nobody waits. What is left to SQLite is done by the commit that comes to the limit, which
 * takes as long as thousands of pages do: at some hundred messages a second, one in a hundred would wait for it. Where commits follow each other without a
 * pause, that is as it should be, since most pages are written again before they are copied.
 */
export function createShortLog(database: Driver.Database): ShortLog {
  let commits = 0;
  let timer: NodeJS.Timeout | null = null;

  function copy(): void {
    timer = null;
    if (!database.open || database.inTransaction) return;
    commits = 0;
    // What fails here, such as for want of space, is told by the commit that fails of it.
    tried(() => database.pragma("wal_checkpoint(PASSIVE)")).unwrapOr(undefined);
  }

  return {
    committed() {
      commits += 1;
      if (timer !== null) timer.refresh();
      else if (commits >= COMMITS) timer = setTimeout(copy, QUIET_MS).unref();
    },
    close() {
      if (timer !== null) clearTimeout(timer);
    },
  };
}
