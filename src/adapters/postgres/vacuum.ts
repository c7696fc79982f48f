import { sql } from "drizzle-orm";
import type { Result } from "neverthrow";
import type { StorageError } from "../../ports/storage-error.ts";
import { tried, type Connections } from "./connections.ts";
import type { Tables } from "./tables.ts";

/**
 * Cleans the queue up as it is used. What has ended lies before what is pending in the index that claims walk along, and each of
 * them passes over it until then. Autovacuum comes once a minute at most, by when a claim costs ten times what it does on a clean
 * table.
 */
export interface Vacuum {
  /** So many rows of the queue have been deleted or moved. */
  note(rows: number): void;
  /** Resolves when none is under way. */
  done(): Promise<void>;
}

/** Often enough for a claim not to notice what it passes over, and a percent of the time where little is pending. */
const EVERY_ROWS = 5000;
/** It goes through the whole index, which is large where much is pending: then it comes less often. */
const MOST_OF_THE_TIME = 1 / 20;
/** After a failure it is left to autovacuum for so long. */
const PAUSE_MS = 60_000;

/** @param now - milliseconds, from whenever */
export function createVacuum(
  clean: () => Promise<Result<unknown, StorageError>>,
  now: () => number = () => performance.now(),
): Vacuum {
  let rows = 0;
  let notBefore = -Infinity;
  let underWay: Promise<void> | null = null;

  async function run(): Promise<void> {
    const begun = now();
    const cleaned = await clean();
    const end = now();
    notBefore = end + (cleaned.isOk() ? (end - begun) / MOST_OF_THE_TIME : PAUSE_MS);
    underWay = null;
  }

  return {
    note(more) {
      rows += more;
      if (rows < EVERY_ROWS || underWay !== null || now() < notBefore) return;
      rows = 0;
      underWay = run();
    },
    async done() {
      await underWay;
    },
  };
}

/** Where another is at it already, it is left to that one. It takes no lock that stops who reads or writes. */
export function cleanQueue({ lend }: Connections, { queue }: Tables) {
  const statement = sql`vacuum (skip_locked, truncate false, index_cleanup on) ${queue}`;
  return () => tried(() => lend((connection) => connection.orm.execute(statement)));
}
