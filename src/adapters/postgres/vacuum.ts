import { sql } from "drizzle-orm";
import type { Result } from "neverthrow";
import type { StorageError } from "../../ports/storage-error.ts";
import type { Connections } from "./connections.ts";
import { statement } from "./statement.ts";
import type { Tables } from "./tables.ts";
import { tried } from "./tried.ts";

/**
 * Cleans the queue up as it is used. In the index that claims walk along, what has ended lies before what is pending,
 * and each claim passes over it until it is cleaned up. Autovacuum comes once a minute at the most. By then a claim
 * costs ten times what it does on a clean table.
 */
export interface Vacuum {
  /** Counts rows of the queue that were deleted or moved, and begins a vacuum when there are enough. */
  note(rows: number): void;
  /** Resolves when no vacuum is under way. */
  done(): Promise<void>;
}

/**
 * How many rows there are between two vacuums, so that a claim does not notice what it passes over. A vacuum goes
 * through the whole index. If much is pending, it comes after as many rows as the table has pages.
 */
const EVERY_ROWS = 5000;
const MOST_OF_THE_TIME = 1 / 20;
/** How long the table is left to autovacuum after a failure. */
const PAUSE_MS = 60_000;

/** The table that is cleaned up. */
export interface Cleanable {
  pages(): Promise<Result<number, StorageError>>;
  clean(): Promise<Result<unknown, StorageError>>;
}

/** @param now - milliseconds since any fixed moment */
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
    // A failure is told to nobody, since nobody asked. It also fails if the application has ended its pool.
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

/** Vacuums the queue, unless another process is at it already. Takes no lock that stops readers or writers. */
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
