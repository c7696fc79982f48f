import { setTimeout } from "node:timers/promises";
import { postgresStorage } from "../../../src/adapters/postgres/index.ts";
import { sqliteStorage } from "../../../src/adapters/sqlite/index.ts";
import { openHookledger, type Hookledger, type OpenError } from "../../../src/index.ts";
import type { StorageAdapter } from "../../../src/ports/storage.ts";

export const event = "memory.updated";

/**
 * Short, so that others soon take over what a killed worker held; longer than an attempt may take. An attempt may take longer than the
 * receiver stands still on a busy machine, or that would hear of the next one beside it.
 */
export const workerSettings = { concurrency: 8, leaseSeconds: 6 };

/** So many attempts that bad luck alone exhausts no delivery. */
export const retryConfig = { maxRetries: 30, baseDelaySeconds: 0.05, maxDelaySeconds: 0.2 };

/**
 * Opens the ledger that all processes share.
 *
 * @param where - a file, or the URL of a PostgreSQL database
 */
export async function openShared(where: string): Promise<Hookledger> {
  const storage: StorageAdapter = where.startsWith("postgres:")
    ? postgresStorage({ connectionString: where })
    : sqliteStorage({ path: where });
  const open = () => openHookledger({ storage, network: { allow: ["127.0.0.0/8"] }, request: { timeoutSeconds: 5 } });
  let opened = await open();
  for (let triesLeft = 100; triesLeft > 0 && opened.isErr() && isPassing(opened.error); triesLeft -= 1) {
    await setTimeout(100);
    opened = await open();
  }
  return opened._unsafeUnwrap({ withStackTrace: true });
}

/** A server that is just starting again, as whoever supervises the process would wait for. */
function isPassing(error: OpenError): boolean {
  return error.type === "StorageError" && error.retryable;
}
