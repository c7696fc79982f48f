import { sqliteStorage } from "../../../src/adapters/sqlite/index.ts";
import type { memoryEvents } from "../../../src/domain/message/catalogue.ts";
import { openHookledger, type Hookledger } from "../../../src/index.ts";

export const event = "memory.updated";

/** Short, so that others soon take over what a killed worker held; longer than an attempt may take. */
export const workerSettings = { concurrency: 8, leaseSeconds: 2 };

/** So many attempts that bad luck alone exhausts no delivery. */
export const retryConfig = { maxRetries: 30, baseDelaySeconds: 0.05, maxDelaySeconds: 0.2 };

/** Opens the ledger that all processes share. */
export async function openShared(path: string): Promise<Hookledger<typeof memoryEvents>> {
  const opened = await openHookledger({
    storage: sqliteStorage({ path }),
    network: { allow: ["127.0.0.0/8"] },
    request: { timeoutSeconds: 1 },
  });
  return opened._unsafeUnwrap({ withStackTrace: true });
}
