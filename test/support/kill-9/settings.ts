import { setTimeout } from "node:timers/promises";
import { postgresStorage } from "../../../src/adapters/postgres/index.ts";
import { sqliteStorage } from "../../../src/adapters/sqlite/index.ts";
import { openHookledger, type Hookledger, type OpenError } from "../../../src/index.ts";
import type { StorageAdapter } from "../../../src/ports/storage.ts";

export const event = "memory.updated";

/**
 * The lease is short, so that others soon take over what a killed worker held, and longer than an attempt may take. An
 * attempt may take longer than the receiver stands still on a busy machine: otherwise the receiver would see the next
 * attempt beside the one that timed out.
 */
export const workerSettings = { concurrency: 8, leaseSeconds: 6 };

/** Enough attempts that bad luck alone exhausts no delivery. */
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

/** Whether the server is only starting again: whoever supervises the process would wait for it. */
function isPassing(error: OpenError): boolean {
  return error.type === "StorageError" && error.retryable;
}
