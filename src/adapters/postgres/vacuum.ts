import { sql } from "drizzle-orm";
import type { Result } from "neverthrow";
import type { StorageError } from "../../ports/storage-error.ts";
import { tried, type Connections } from "./connections.ts";
import { statement } from "./statement.ts";
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

/**
 * Often enough for a claim not to notice what it passes over. It goes through the whole index, so where much is pending it comes after
 * as many rows as the table has pages.
 */
const EVERY_ROWS = 5000;
const MOST_OF_THE_TIME = 1 / 20;
/** After a failure it is left to autovacuum for so long. */
const PAUSE_MS = 60_000;

/** The table that is cleaned up. */
export interface Cleanable {
  pages(): Promise<Result<number, StorageError>>;
  clean(): Promise<Result<unknown, StorageError>>;
}

/** @param now - milliseconds, from whenever */
export function createVacuum({ pages, clean }: Cleanable, now: () => number = () => performance.now()): Vacuum {
  let rows = 0;
  let wanted = EVERY_ROWS;
  let notBefore = -Infinity;
  let underWay: Promise<void> | null = null;

  async function cleanIfWanted(): Promise<Result<unknown, StorageError>> {
    const size = await pages();
    if (size.isErr()) return size;
    wanted = Math.max(EVERY_ROWS, size.value);
    if (rows < wanted) return size;
    rows = 0;
    return clean();
  }

  async function run(): Promise<void> {
    const begun = now();
    // Nobody has asked for it and could be told. A pool that the application has ended breaks it off, too.
    const isDone = await cleanIfWanted().then(
      (done) => done.isOk(),
      () => false,
    );
    const end = now();
    notBefore = end + (isDone ? (end - begun) / MOST_OF_THE_TIME : PAUSE_MS);
    underWay = null;
  }

  return {
    note(more) {
      rows += more;
      if (rows >= wanted && underWay === null && now() >= notBefore) underWay = run();
    },
    async done() {
      await underWay;
    },
  };
}

/** Where another is at it already, it is left to that one. It takes no lock that stops who reads or writes. */
export function cleanableQueue({ lend }: Connections, { queue }: Tables, schema: string): Cleanable {
  const size = statement<{ readonly pages: number }>(
    "pages",
    sql`select pg_relation_size(${`"${schema}".queue`}::regclass) / current_setting('block_size')::bigint as pages`,
  );
  const vacuum = sql`vacuum (skip_locked, truncate false, index_cleanup on) ${queue}`;
  return {
    pages: () => tried(() => lend(async (connection) => (await connection.run(size, {}))[0]?.pages ?? 0)),
    clean: () => tried(() => lend((connection) => connection.orm.execute(vacuum))),
  };
}
