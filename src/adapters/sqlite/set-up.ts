import type Driver from "better-sqlite3";

/**
 * 16 MB of pages. The commit that comes to them copies into the database what the checkpointer has not, and waits for
 * that. With SQLite's 1000, more of them would wait.
 */
const CHECKPOINT_PAGES = 4000;

/**
 * If a long reader or a vacuum has made the log longer than this many bytes, the commit that begins it anew cuts it
 * back to them. Otherwise the file would stay as long as it ever was. It is twice what the log usually comes to, so
 * mere load hardly ever cuts it.
 */
const LOG_BYTES = 32_000_000;

/** Gives a connection of our own, to a file in WAL mode or to memory, its settings. */
export function setUp(database: Driver.Database): void {
  database.pragma("synchronous = FULL");
  database.pragma("foreign_keys = ON");
  database.pragma("secure_delete = ON");
  database.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
  database.pragma(`journal_size_limit = ${LOG_BYTES}`);
}
