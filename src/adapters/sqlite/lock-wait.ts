import type Driver from "better-sqlite3";
import type { Result } from "neverthrow";
import { setTimeout } from "node:timers/promises";
import type { StorageError } from "../../ports/storage-error.ts";

/**
 * How long a transaction that writes waits in the driver for another connection's, at a time. Most take no longer. The
 * driver stops the whole process meanwhile, so whoever has to wait longer does so in the event loop.
 */
export const WAIT_IN_DRIVER_MS = 5;

/** The pause before the next try. */
export const LOCK_PAUSE_MS = 20;

/** Tries again, for up to `patienceMs`, while another connection is writing. */
export async function whileLocked<T, E>(
  attempt: () => Result<T, E | StorageError>,
  patienceMs: number,
): Promise<Result<T, E | StorageError>> {
  const began = performance.now();
  for (;;) {
    const result = attempt();
    if (lockedOf(result) === null || performance.now() - began >= patienceMs) return result;
    await setTimeout(LOCK_PAUSE_MS);
  }
}

/** Does work for which the driver waits `waitMs` for another connection's lock, in place of `usualMs`. */
export function withBusyTimeout<T>(database: Driver.Database, waitMs: number, usualMs: number, work: () => T): T {
  // Cannot be prepared: SQLite sets it while it compiles the statement.
  database.pragma(`busy_timeout = ${waitMs}`);
  try {
    return work();
  } finally {
    database.pragma(`busy_timeout = ${usualMs}`);
  }
}

/** Returns the error if the result is that another connection is writing. */
export function lockedOf<T, E>(result: Result<T, E | StorageError>): StorageError | null {
  if (result.isOk()) return null;
  const { error } = result;
  return isStorageError(error) && error.reason === "locked" ? error : null;
}

function isStorageError(error: unknown): error is StorageError {
  return typeof error === "object" && error !== null && "type" in error && error.type === "StorageError";
}
